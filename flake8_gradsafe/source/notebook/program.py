"""The program that the code cells of a notebook make together, and the cells of a program that was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.source.document import Cell, Document, Problem
from flake8_gradsafe.source.files import Unreadable
from flake8_gradsafe.source.notebook.magics import holds_stand_in, plain, sourced
from flake8_gradsafe.source.notebook.reading import code_cells, decoded
from flake8_gradsafe.syntax.cells import CELL
from flake8_gradsafe.syntax.mention import mentions_torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_gradsafe.finding import Fix
    from flake8_gradsafe.source.notebook.magics import Plain


@dataclass(frozen=True, slots=True)
class Program:
    """The cells of a notebook as one program."""

    cells: tuple[Plain, ...]

    @property
    def text(self) -> str:
        """The cells one after another, a comment before each."""
        return "".join(f"{CELL}{cell.text}" for cell in self.cells)

    @property
    def first_lines(self) -> list[int]:
        """The line on which each cell begins."""
        lines, line = [], 1
        for cell in self.cells:
            lines.append(line + 1)
            line += 1 + cell.text.count("\n")
        return lines

    def sources(self, text: str) -> list[str | None] | None:
        """The cells that are another text of the program, None for those that stay; None where cells cannot be that text.

        A source has no space at its end, and newlines alone end its lines.
        """
        texts = text.split(CELL)[1:]
        if len(texts) != len(self.cells):
            return None
        made: list[str | None] = []
        for cell, after in zip(self.cells, texts, strict=True):
            source = None if after == cell.text else sourced(after, cell.left_out)
            if source is None and after != cell.text:
                return None
            made.append(source)
        return made


def program(sources: Iterable[str]) -> Program:
    """The program of code cells."""
    return Program(tuple(plain(source) for source in sources))


def notebook_document(path: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """A notebook's program, None where it does not mention torch; and what could not be read of it."""
    try:
        cells = code_cells(decoded(data))
    except Unreadable as error:
        return None, [Problem(path, error.text)]
    if not mentions_torch("\n".join(cell.source for cell in cells)):
        return None, []
    made = program(cell.translated for cell in cells)
    numbers = [cell.number for cell in cells]
    problems = [
        Problem(path, f"passed over: no valid Python: {cell.error.msg}", cell.error.lineno, number)
        for cell, number in zip(made.cells, numbers, strict=True)
        if cell.error is not None
    ]
    places = map(Cell, numbers, made.first_lines)
    return Document(path, made.text, tuple(places), data), problems


def can_take(fix: Fix, lines: Sequence[str]) -> bool:
    """True if a fix leaves alone the lines that stand in for what is no Python in the cells."""
    touched = (line for edit in fix.edits for line in lines[edit.location.line - 1 : edit.location.end_line])
    return not any(holds_stand_in(line) or line == CELL for line in touched)
