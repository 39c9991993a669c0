"""The comment at the beginning of each cell, by which a notebook's program differs from a file's."""

from __future__ import annotations

#: The line before each cell.
CELL = "#%% gradsafe: a cell of a notebook\n"


def is_notebook(source: str) -> bool:
    """True if a program is put together from the cells of a notebook, which somebody runs one after another."""
    return source.startswith(CELL)
