"""Places in a text, as the analysis has them and as the protocol has them: its columns count what the client says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.workspace import ServerTextPosition

from flake8_gradsafe.finding import Edit, Location
from flake8_gradsafe.report.elsewhere import document_of
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.edits import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pygls.workspace import PositionCodec

    from flake8_gradsafe.server.parts import Part


#: A column behind everything.
_BEHIND = 2**31


class Places:
    """The lines of one text, and the client's way to count in them."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        """Take the text."""
        self._text = Lines(text)
        self._lines = self._text.lines
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

    def offset(self, position: types.Position) -> int:
        """The offset in the text of a client's position."""
        return self._text.offset(*self.place(position))

    def _position(self, line: int, column: int) -> types.Position:
        if line > len(self._lines):
            # Behind the last newline stands an empty line, which is no item of the list.
            last = self._lines[-1]
            if last.endswith(("\n", "\r")):
                return types.Position(len(self._lines), 0)
            line, column = len(self._lines), len(last)
        return self._codec.position_to_client_units(self._lines, ServerTextPosition(line - 1, column))


def changed(text: str, change: types.TextDocumentContentChangeEvent, codec: PositionCodec) -> str:
    """A text after a change of the client's, to the whole or to a part."""
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    places = Places(text, codec)
    start, end = places.offset(change.range.start), places.offset(change.range.end)
    return text[:start] + change.text + text[max(start, end) :]


class Layout:
    """The places of a program's lines in the client's documents: one has all of them, or each cell its own."""

    def __init__(
        self, parts: Sequence[Part], codec: PositionCodec, opened: Callable[[str], str | None] = lambda _: None
    ) -> None:
        """Take the documents, in the order of their lines. `opened` gives the text of another file that is open."""
        self._parts = parts
        self._codec = codec
        self._opened = opened
        self._places: dict[str, Places] = {}

    def location(self, location: Location) -> types.Location:
        """A place of the program, or in another file, as the client has it."""
        if location.path:
            text = self._opened(location.path)
            places = Places(document_of(Document("", ""), location).text if text is None else text, self._codec)
            return types.Location(Path(location.path).as_uri(), places.range(location))
        part = self._part_of(location.line)
        return types.Location(part.uri, self._of(part).range(_moved(location, 1 - part.first_line)))

    def edits(self, edits: Iterable[Edit]) -> list[tuple[Part, list[types.TextEdit]]]:
        """Edits of the program, by document."""
        found: dict[str, tuple[Part, list[types.TextEdit]]] = {}
        for edit in edits:
            part = self._part_of(edit.location.line)
            here = Edit(_moved(edit.location, 1 - part.first_line), edit.replacement)
            found.setdefault(part.uri, (part, []))[1].append(self._of(part).edit(here))
        return list(found.values())

    def place(self, uri: str, position: types.Position) -> tuple[int, int]:
        """The line of the program, from 1, and the column in code points, from 0, of a position in a document."""
        part = next((candidate for candidate in self._parts if candidate.uri == uri), self._parts[0])
        line, column = self._of(part).place(position)
        line += part.first_line - 1
        return (line, column) if line <= part.last_line else (part.last_line, _BEHIND)

    def _part_of(self, line: int) -> Part:
        return next((part for part in reversed(self._parts) if part.first_line <= line), self._parts[0])

    def _of(self, part: Part) -> Places:
        if part.uri not in self._places:
            self._places[part.uri] = Places(part.text, self._codec)
        return self._places[part.uri]


def _moved(location: Location, lines: int) -> Location:
    return Location(location.line + lines, location.column, location.end_line + lines, location.end_column)
