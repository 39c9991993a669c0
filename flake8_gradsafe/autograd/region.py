"""Which elements of a storage a tensor covers, as far as constant slices and indices tell."""

from __future__ import annotations

from itertools import zip_longest
from math import inf
from typing import NamedTuple

Span = tuple[int, float]
FULL: Span = (0, inf)

#: One item of a constant index: an integer, a pair of slice bounds, or None for "not known".
IndexItem = int | tuple[int | None, int | None] | None


class Region(NamedTuple):
    """A box of a storage's first shape, or some unknown part of that box.

    `spans` bounds the leading axes (an axis that is not listed is whole). The visible axes are the storage's
    axes `axes`, None for one that has no extent in memory, and then those from `rest` on. `exact` is false
    when the region is only known to lie somewhere inside the box. `folded` is set once a view (a reshape) has
    renamed the axes in a way that is not followed, after which an index can no longer be placed. `some`: there surely
    are elements in it, whichever they are.
    """

    spans: tuple[Span, ...] = ()
    axes: tuple[int | None, ...] = ()
    rest: int = 0
    exact: bool = True
    folded: bool = False
    some: bool = False

    def fold(self) -> Region:
        """The same elements, seen through a view that renames the axes."""
        return self if self.folded else self._replace(folded=True)

    def part(self, *, some: bool = False) -> Region:
        """Unknown elements of this region: perhaps none, unless there are `some`."""
        return self._replace(exact=False, folded=True, some=some)

    def swapped(self, one: int, other: int) -> Region:
        """The same elements with two visible axes in each other's place; both are counted from the left."""
        if self.folded or one < 0 or other < 0:
            return self.fold()
        axes, rest = self._visible(max(one, other) + 1)
        axes[one], axes[other] = axes[other], axes[one]
        return self._replace(axes=tuple(axes), rest=rest)

    def with_axis(self, place: int) -> Region:
        """The same elements with a new axis of no extent at this place, as `unsqueeze` and a leading `expand`
        make one.
        """
        if self.folded or place < 0:
            return self.fold()
        axes, rest = self._visible(place)
        axes.insert(place, None)
        return self._replace(axes=tuple(axes), rest=rest)

    def at(self, index: tuple[IndexItem, ...]) -> Region:
        """The elements that a constant index picks, one item per visible axis."""
        if self.folded:
            return self.part(some=(self.exact or self.some) and all(map(_surely_picks, index)))
        spans, exact = list(self.spans), self.exact
        axes, rest = self._visible(len(index))
        kept: list[int | None] = []
        for axis, item in zip(axes, index, strict=False):
            if not isinstance(item, int):
                kept.append(axis)
            if axis is None:
                exact = exact and item is not None
                continue
            spans.extend([FULL] * (axis + 1 - len(spans)))
            narrowed = _narrow(spans[axis], item)
            exact = exact and narrowed is not None
            spans[axis] = narrowed or spans[axis]
        return Region(tuple(spans), (*kept, *axes[len(index) :]), rest, exact, not exact)

    def overlaps(self, other: Region) -> bool | None:
        """Whether the two share elements of one storage: yes, no, or None where it cannot be told."""
        for mine, theirs in zip(self.spans, other.spans, strict=False):
            if mine[1] <= theirs[0] or theirs[1] <= mine[0]:
                return False
        if (self.covers(other) and other.some) or (other.covers(self) and self.some):
            return True
        return True if self.exact and other.exact else None

    def covers(self, other: Region) -> bool:
        """Whether the other's elements surely are all among these."""
        pairs = zip_longest(self.spans, other.spans, fillvalue=FULL)
        return self.exact and all(mine[0] <= theirs[0] and theirs[1] <= mine[1] for mine, theirs in pairs)

    def _visible(self, count: int) -> tuple[list[int | None], int]:
        """At least the first `count` visible axes, and the axis that follows."""
        missing = max(0, count - len(self.axes))
        return [*self.axes, *range(self.rest, self.rest + missing)], self.rest + missing


def _surely_picks(item: IndexItem) -> bool:
    """Whether an item of an index picks something of any axis that has elements, or is refused."""
    if item is None or isinstance(item, int):
        return item is not None
    lower, upper = item
    return lower in {None, 0} and (upper is None or upper > 0)


WHOLE = Region()


def _narrow(span: Span, item: IndexItem) -> Span | None:
    if item is None:
        return None
    if isinstance(item, int):
        return None if item < 0 else (span[0] + item, span[0] + item + 1)
    start, stop = item[0] or 0, item[1]
    if start < 0 or (stop is not None and stop < 0):
        return None
    return span[0] + start, span[1] if stop is None else min(span[1], span[0] + stop)
