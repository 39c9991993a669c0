"""What tells the program of a notebook from that of a file: a comment where each cell begins."""

from __future__ import annotations

#: The line before each cell.
CELL = "#%% gradsafe: a cell of a notebook\n"


def is_notebook(source: str) -> bool:
    """Whether a program is put together from the cells of a notebook, which somebody runs one after another."""
    return source.startswith(CELL)
