"""A place as it is printed and asked for: FILE:LINE, FILE:LINE:COLUMN, and in a notebook FILE:cell N:LINE:COLUMN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.source.document import Document

#: The colon at the end is what stands behind a place that is copied from a report.
_PLACE = re.compile(
    r"(?P<path>.+?)(?::cell (?P<cell>[1-9]\d{0,8}))?:(?P<line>[1-9]\d{0,8})(?::(?P<column>[1-9]\d{0,8}))?:?", re.DOTALL
)


class BadPlace(Exception):
    """A place that is none, or that a file does not have: one line that says so."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, as it was written: cell, line and column count from 1."""

    path: str
    line: int
    column: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        """The place, as findings have theirs."""
        parts = [self.path, *([f"cell {self.cell}"] if self.cell else []), str(self.line)]
        return ":".join([*parts, str(self.column)] if self.column else parts)

    def line_in(self, document: Document) -> int:
        """The line of a document's program that is meant. Raises BadPlace where there is none."""
        first, last = self._lines(document)
        if self.line > last - first + 1:
            whole = "the file" if self.cell is None else f"cell {self.cell}"
            raise BadPlace(f"{self}: {whole} has {last - first + 1} lines")
        line = first + self.line - 1
        width = len(document.lines[line - 1].rstrip("\n"))
        if self.column is not None and self.column > max(1, width):
            raise BadPlace(f"{self}: the line has {width} columns")
        return line

    def _lines(self, document: Document) -> tuple[int, int]:
        """The first and the last line of the file, or of the cell."""
        count = len(document.lines)
        if not document.cells:
            if self.cell is not None:
                raise BadPlace(f"{self}: a file that is no notebook has no cells")
            return 1, count
        if self.cell is None:
            raise BadPlace(
                f"{self.path}: a line of a notebook cannot be asked for without its cell, as {self.path}:cell 2:1"
            )
        firsts = [cell.first_line for cell in document.cells] + [count + 1]
        for number, cell in enumerate(document.cells):
            if cell.number == self.cell:
                return cell.first_line, firsts[number + 1] - 1
        raise BadPlace(f"{self}: the notebook has no cell of code of this number")


def parse(text: str) -> Place:
    """The place that is written. Raises BadPlace."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise BadPlace(f"{text}: expected FILE:LINE, as train.py:12, or FILE:LINE:COLUMN")
    cell, column = match["cell"], match["column"]
    return Place(match["path"], int(match["line"]), int(column) if column else None, int(cell) if cell else None)
