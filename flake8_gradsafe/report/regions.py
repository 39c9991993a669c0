"""The region of a finding in a file as other programs read it: a notebook's file has other lines than its cells."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe.source.notebook.reading import code_cells, decoded

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Location
    from flake8_gradsafe.source.document import Document


@dataclass(frozen=True, slots=True)
class Region:
    """A range of a file: lines and columns from 1, the end exclusive. Columns are None where lines alone are known."""

    line: int
    end_line: int
    column: int | None = None
    end_column: int | None = None


def region(document: Document, location: Location) -> Region | None:
    """Return the region of a location in its file; None if that is not known."""
    if not document.cells:
        return Region(location.line, location.end_line, location.column + 1, location.end_column + 1)
    start, end = row(document, location.line), row(document, location.end_line)
    return None if start is None or end is None else Region(start, max(start, end))


def row(document: Document, line: int) -> int | None:
    """The line of the file in which a line of its program stands; None where that is not known."""
    cell, line = document.place(line)
    if cell is None:
        return line
    rows = _rows(document.raw).get(cell)
    return rows[min(line, len(rows)) - 1] if rows else None


def relative(path: str, root: str = os.curdir) -> str:
    """A path from a folder, with slashes, if it lies in it; else as it is."""
    try:
        found = os.path.relpath(path, root)
    except ValueError:
        # On Windows there is no way from one drive to another.
        return path
    return path if found.split(os.sep)[0] == os.pardir else found.replace(os.sep, "/")


@lru_cache(maxsize=4)
def _rows(raw: bytes) -> dict[int, list[int]]:
    """The lines of a notebook's file in which the lines of each cell's source stand, by the cell's number."""
    text = decoded(raw)
    found: dict[int, list[int]] = {}
    row, done = 1, 0
    for cell in code_cells(text):
        rows = found.setdefault(cell.number, [])
        goes_on = False
        for start, end in cell.located.strings if cell.located is not None else ():
            row, done = row + text.count("\n", done, start), start
            source = json.loads(f'"{text[start:end]}"', strict=False)
            lines = source.count("\n") + (not source.endswith("\n"))
            rows += [row] * (lines - goes_on)
            goes_on = not source.endswith("\n")
    return found
