"""Edits of a text: where they stand, and what the text is with them. A byte order mark is no part of the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.finding import Edit, Location

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")


class Lines:
    """A text by its lines, as Python counts them: a form feed ends none."""

    def __init__(self, text: str) -> None:
        """Take the whole text."""
        self.text = text
        self.lines = [line for line in _LINE.findall(text) if line] or [""]
        self._starts = [0, *accumulate(len(line) for line in self.lines)]

    def offset(self, line: int, column: int) -> int:
        """The offset of a place: the line from 1, the column from 0 in characters."""
        return self._starts[line - 1] + column

    def line_at(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return min(bisect_right(self._starts, offset), len(self.lines))

    def stretch(self, location: Location) -> tuple[int, int]:
        """The offsets between which a location lies."""
        return self.offset(location.line, location.column), self.offset(location.end_line, location.end_column)

    def slice(self, location: Location) -> str:
        """The text of a location."""
        start, end = self.stretch(location)
        return self.text[start:end]


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with these edits made, which are sorted and do not overlap."""
    lines = Lines(text)
    parts, done = [], 0
    for edit in edits:
        start, end = lines.stretch(edit.location)
        if start < done:
            raise ValueError(f"edits overlap in line {edit.location.line}")
        parts += [text[done:start], edit.replacement]
        done = end
    return "".join([*parts, text[done:]])
