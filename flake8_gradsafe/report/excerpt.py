"""Excerpts of lines of source, and where in them a location stands on the terminal."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from flake8_gradsafe.report.outcome import printable

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Location

_TAB = 8
#: Columns of the longest line that is shown whole. Of a longer one, so many are shown, so many of them before a location.
_LONGEST = 200
_SHOWN = 120
_BEFORE = 30
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of columns on one line, over which a location extends."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The columns of a line from `first` to before `last`, as text with a mark at each end where something is cut off."""

    text: str
    first: int
    last: int

    def holds(self, stretch: Stretch) -> bool:
        """True if the excerpt has a stretch in it, or as much of it as an excerpt of the stretch itself would show."""
        end = stretch.start + min(stretch.length, _SHOWN - _BEFORE)
        return self.first <= stretch.start and end <= self.last

    def underlined(self, stretch: Stretch) -> tuple[int, int]:
        """Return where in the text, and how far, a stretch that it holds is underlined."""
        before = len(_CUT) if self.first else 0
        return stretch.start - self.first + before, min(stretch.length, self.last - stretch.start)


NOTHING = Excerpt("", 0, 0)


def stretch_of(source: str, location: Location) -> Stretch:
    """Return the range of columns of a location on its first line."""
    end = location.end_column if location.end_line == location.line else len(source)
    start = _width(_expanded(source[: location.column]))
    return Stretch(start, max(1, _width(_expanded(source[:end])) - start))


def excerpt(source: str, stretch: Stretch) -> Excerpt:
    """A line, of which no more than what is around the stretch is taken if it is long."""
    text = _expanded(source)
    columns = _width(text)
    if columns <= _LONGEST:
        return Excerpt(text, 0, sys.maxsize)
    first = max(0, min(stretch.start - _BEFORE, columns - _SHOWN))
    return _cut(text, first, first + _SHOWN, columns)


def _cut(text: str, first: int, last: int, columns: int) -> Excerpt:
    """The characters that lie between two columns as a whole."""
    if not text.isascii():
        ends = list(accumulate(map(_width, text)))
        inside = [index for index, end in enumerate(ends) if end - _width(text[index]) >= first and end <= last]
        first, last = ends[inside[0]] - _width(text[inside[0]]), ends[inside[-1]]
        text = text[inside[0] : inside[-1] + 1]
    else:
        text = text[first:last]
    return Excerpt(f"{_CUT if first else ''}{text}{_CUT if last < columns else ''}", first, last)


def _expanded(text: str) -> str:
    return printable(text.expandtabs(_TAB))


def _width(text: str) -> int:
    """Return the number of columns that a text needs on a terminal.

    East Asian wide characters take two, accents that combine none.
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
