"""Which elements of a storage a tensor covers, as far as constant slices and indices tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

Span = tuple[int, float]
FULL: Span = (0, inf)

#: One item of a constant index: an integer, a pair of slice bounds, or None for "not known".
IndexItem = int | tuple[int | None, int | None] | None


@dataclass(frozen=True, slots=True)
class Region:
    """A box of a storage's first shape, or some unknown part of that box.

    `spans` bounds the leading axes (an axis that is not listed is whole), `dropped` names the axes that integer
    indices removed. `exact` is false when the region is only known to lie somewhere inside the box. `folded` is set once
    a view (a reshape, a transposition) has renamed the axes, after which an index can no longer be placed.
    """

    spans: tuple[Span, ...] = ()
    dropped: frozenset[int] = frozenset()
    exact: bool = True
    folded: bool = False

    def fold(self) -> Region:
        """The same elements, seen through a view that renames the axes."""
        return self if self.folded else replace(self, folded=True)

    def part(self) -> Region:
        """Some unknown elements of this region."""
        return replace(self, exact=False, folded=True)

    def at(self, index: tuple[IndexItem, ...]) -> Region:
        """The elements that a constant index picks, one item per visible axis."""
        if self.folded:
            return self.part()
        spans, dropped, exact = list(self.spans), set(self.dropped), self.exact
        visible = (axis for axis in range(len(index) + len(self.spans) + len(dropped)) if axis not in self.dropped)
        for axis, item in zip(visible, index, strict=False):
            spans.extend([FULL] * (axis + 1 - len(spans)))
            narrowed = _narrow(spans[axis], item)
            if narrowed is None:
                exact = False
                continue
            spans[axis] = narrowed
            if isinstance(item, int):
                dropped.add(axis)
        return Region(tuple(spans), frozenset(dropped), exact, not exact)

    def overlaps(self, other: Region) -> bool | None:
        """Whether the two share elements of one storage: yes, no, or None where it cannot be told."""
        for mine, theirs in zip(self.spans, other.spans, strict=False):
            if mine[1] <= theirs[0] or theirs[1] <= mine[0]:
                return False
        return True if self.exact and other.exact else None


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
