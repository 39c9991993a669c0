"""Places in a text, as the analysis has them and as the protocol has them: its columns count what the client says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.workspace import ServerTextPosition

from flake8_gradsafe.edits import Lines
from flake8_gradsafe.finding import Edit, Location

if TYPE_CHECKING:
    from pygls.workspace import PositionCodec


class Places:
    """The lines of one text, and the client's way to count in them."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        """Take the text."""
        self._lines = Lines(text).lines
        self._codec = codec

    def range(self, location: Location) -> types.Range:
        """A location as the client has it."""
        return types.Range(
            self._position(location.line, location.column), self._position(location.end_line, location.end_column)
        )

    def edit(self, edit: Edit) -> types.TextEdit:
        """An edit as the client has it."""
        return types.TextEdit(self.range(edit.location), edit.replacement)

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line, from 1, and the column in code points, from 0, of a client's position."""
        if position.line >= len(self._lines):
            return len(self._lines), len(self._lines[-1])
        # The codec writes into what it is given.
        asked = types.Position(position.line, position.character)
        return position.line + 1, self._codec.position_from_client_units(self._lines, asked).character

    def _position(self, line: int, column: int) -> types.Position:
        if line > len(self._lines):
            # Behind the last newline stands an empty line, which is no item of the list.
            last = self._lines[-1]
            if last.endswith(("\n", "\r")):
                return types.Position(len(self._lines), 0)
            line, column = len(self._lines), len(last)
        return self._codec.position_to_client_units(self._lines, ServerTextPosition(line - 1, column))
