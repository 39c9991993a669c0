"""Locations of the nodes of CPython's tree: its columns count bytes, those of findings count characters."""

from __future__ import annotations

import ast
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.syntax.program import Prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

Located = ast.expr | ast.stmt | ast.pattern


class Span(NamedTuple):
    """A range of the text: lines from 1, columns from 0 in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def start(self) -> tuple[int, int]:
        """Its first line and column."""
        return self[:2]

    @property
    def end(self) -> tuple[int, int]:
        """Its last line, and the column behind it."""
        return self[2:]


class Locations:
    """The ranges of a text's places."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Take the lines of the text that the tree was parsed from, as Python counts them."""
        self._lines = lines
        self._bytes: dict[int, list[int]] = {}

    def span(self, place: object) -> Span:
        """The range of a place of the program. That of a generator expression leaves out its parentheses, which may be those
        of a call. Raises TypeError for what is no place."""
        first, last = _ends(place)
        end_line = last.end_lineno or last.lineno
        start = self._column(first.lineno, first.col_offset)
        return Span(first.lineno, start, end_line, self._column(end_line, last.end_col_offset or 0))

    def _column(self, line: int, byte: int) -> int:
        text = self._lines[line - 1]
        if text.isascii():
            return byte
        if line not in self._bytes:
            self._bytes[line] = list(accumulate((len(character.encode()) for character in text), initial=0))
        return bisect_left(self._bytes[line], byte)


def start_of(place: object) -> tuple[int, int]:
    """The line and the byte at which a place begins. Raises TypeError for what is no place."""
    first, _ = _ends(place)
    return first.lineno, first.col_offset


def _ends(place: object) -> tuple[Located, Located]:
    """The nodes that a place begins and ends with."""
    if isinstance(place, Prefix):
        return place.whole, place.whole.values[place.operands - 1]
    if isinstance(place, ast.GeneratorExp):
        last = place.generators[-1]
        return place.elt, last.ifs[-1] if last.ifs else last.iter
    if isinstance(place, ast.FormattedValue):
        return place.value, place.value
    if isinstance(place, ast.match_case):
        return place.pattern, place.body[-1]
    if not isinstance(place, Located):
        raise TypeError(f"not a place in a module: {place!r}")
    return place, place
