"""Notebooks as an editor has them open: their cells, each a document of its own, and what changes in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsprotocol import types

from flake8_gradsafe.server.parts import Part
from flake8_gradsafe.server.positions import changed
from flake8_gradsafe.syntax.cells import CELL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygls.workspace import PositionCodec

_LANGUAGE = "python"


@dataclass
class Notebook:
    """An open notebook: its cells in order, and the texts of those that the client has told."""

    uri: str
    version: int
    cells: list[types.NotebookCell]
    texts: dict[str, types.TextDocumentItem] = field(default_factory=dict)

    def open(self, texts: Iterable[types.TextDocumentItem]) -> None:
        """Take the texts of cells that were not there before."""
        self.texts.update((text.uri, text) for text in texts)

    def change(self, event: types.NotebookDocumentChangeEvent, codec: PositionCodec) -> str | None:
        """Take a change; return the cell whose text was changed last, if one was."""
        cells = event.cells
        if cells is None:
            return None
        if cells.structure is not None:
            self._rearrange(cells.structure)
        for new in cells.data or ():
            self.cells = [new if cell.document == new.document else cell for cell in self.cells]
        edited = None
        for content in cells.text_content or ():
            known = self.texts.get(content.document.uri)
            if known is not None:
                for change in content.changes:
                    known.text = changed(known.text, change, codec)
                known.version = content.document.version
                edited = known.uri
        return edited

    def _rearrange(self, structure: types.NotebookDocumentCellChangeStructure) -> None:
        array = structure.array
        self.cells[array.start : array.start + array.delete_count] = array.cells or ()
        for closed in structure.did_close or ():
            self.texts.pop(closed.uri, None)
        self.open(structure.did_open or ())

    @property
    def parts(self) -> tuple[Part, ...]:
        """The cells that hold Python, where they stand in the program that they make."""
        parts, line = [], 1
        for number, cell in enumerate(self.cells, 1):
            item = self.texts.get(cell.document)
            if item is not None and cell.kind is types.NotebookCellKind.Code and item.language_id == _LANGUAGE:
                parts.append(Part(item.uri, item.version, item.text, line + 1, number))
                line = parts[-1].last_line + 1
        return tuple(parts)

    @property
    def text(self) -> str:
        """All cells, so that a change of any is one of this."""
        return "".join(f"{CELL}{part.text}\n" for part in self.parts)
