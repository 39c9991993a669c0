"""A file's program, and what could not be read of it: plain data."""

from __future__ import annotations

import io
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why something could not be done, in one line; or, where it is not `grave`, what is wrong beside the
    findings.

    `path` names the file, or the option.
    """

    path: str
    text: str
    line: int | None = None
    cell: int | None = None
    column: int | None = None
    grave: bool = True

    @property
    def file_line(self) -> int | None:
        """The line of the file, None where that of a notebook's cell alone is known."""
        return self.line if self.cell is None else None

    def __str__(self) -> str:
        """The place, and what is wrong there."""
        place = self.path
        if self.cell is not None:
            place += f":cell {self.cell}"
        if self.line is not None:
            place += f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        return f"{place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a notebook's cell in the program that its code cells make. Cells and lines count from 1."""

    number: int
    first_line: int


@dataclass(frozen=True, slots=True)
class Document:
    """The program of a file. Its lines end at newlines alone. A notebook has `cells`, and `raw`, which is the file itself."""

    path: str
    text: str
    cells: tuple[Cell, ...] = ()
    raw: bytes = field(default=b"", repr=False, compare=False)

    @property
    def lines(self) -> list[str]:
        """The lines with their ends: a form feed, or what else `splitlines` takes for an end, does not end one."""
        return list(io.StringIO(self.text))

    def place(self, line: int) -> tuple[int | None, int]:
        """The cell that a line belongs to, None outside of notebooks, and the line in it."""
        for cell in reversed(self.cells):
            if cell.first_line <= line:
                return cell.number, line - cell.first_line + 1
        return None, line
