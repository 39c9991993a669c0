"""What the functions and layers of einops give: a view of what they are given, a copy of it, or the thing itself.

Measured with einops 0.8 and torch 2.13: `tests/runtime/test_einops.py` asks both again.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The functions that go by a pattern, by their full names, and their layers, which have no parameters.
FUNCTIONS = {
    f"{module}.{name}": name for module in ("einops", "einops.einops") for name in ("rearrange", "repeat", "reduce")
}
LAYERS = {
    f"einops.layers.torch.{kind}": (kind, function)
    for kind, function in (("Rearrange", "rearrange"), ("Reduce", "reduce"))
}
#: The kinds of these layers, and the function that each calls.
KINDS = dict(LAYERS.values())

#: The operator that makes one element of several, by the name of the reduction.
REDUCTIONS = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin", "prod": "prod"}

#: Stand for the axes that three dots stand for, and for an axis of length one beside them where they are made one axis.
ELLIPSIS, MERGED = "…", "1"

_SIDE = re.compile(r"\s*(?:[A-Za-z_]\w*|\d+|…|\([^()]*\))")
_AXIS = re.compile(r"[A-Za-z_]\w*|\d+|…")

#: An axis of a tensor: those that it is put together of, but for such as have length one.
Group = tuple[str, ...]


class Pattern(NamedTuple):
    """What stands on the two sides of an arrow: the axes of a tensor, and those of what is made of it."""

    left: tuple[Group, ...]
    right: tuple[Group, ...]

    def reduced(self) -> frozenset[str]:
        """The axes that are no more on the right."""
        return frozenset(_flat(self.left)) - frozenset(_flat(self.right))

    def added(self) -> frozenset[str]:
        """The axes that are new on the right."""
        return frozenset(_flat(self.right)) - frozenset(_flat(self.left))


class Result(Enum):
    """How a result is stored."""

    ITSELF = "itself"
    VIEW = "view"
    COPY = "copy"
    EITHER = "either"


def read_pattern(text: str) -> Pattern | None:
    """The pattern that a text is; None for any other text."""
    left, arrow, right = text.replace("...", ELLIPSIS).partition("->")
    sides = (_read_side(left), _read_side(right))
    if not arrow or sides[0] is None or sides[1] is None:
        return None
    return Pattern(sides[0], sides[1])


def axes_of(side: tuple[Group, ...]) -> int | None:
    """How many axes a tensor has by one side of a pattern; None where three dots stand for any number."""
    return None if (ELLIPSIS,) in side else len(side)


def rearranged(pattern: Pattern, lengths: Mapping[str, int], *, contiguous: bool) -> Result:
    """How a tensor is stored that is made by such a pattern, which reduces nothing.

    `lengths` are those of axes that are known, `contiguous` whether the tensor that it is made of is.
    """
    if pattern.left == pattern.right and all(len(group) == 1 for group in pattern.left):
        return Result.ITSELF
    units = frozenset({MERGED, *(name for name, length in lengths.items() if length == 1)})
    merged = [_merged(group, pattern, units, lengths, contiguous=contiguous) for group in pattern.right]
    if Result.COPY in merged:
        return Result.COPY
    return Result.EITHER if Result.EITHER in merged else Result.VIEW


def _merged(
    group: Group, pattern: Pattern, units: frozenset[str], lengths: Mapping[str, int], *, contiguous: bool
) -> Result:
    """Whether an axis on the right can be made of those in it without a copy."""
    names = [name for name in group if name not in units]
    if group == (ELLIPSIS,) or (len(names) < 2 and ELLIPSIS not in names):
        return Result.VIEW
    new = pattern.added().intersection(names)
    if new:
        return Result.COPY if all(_length(name, lengths) > 1 for name in new) else Result.EITHER
    if any(_run(names, whole, units) for whole in pattern.left if ELLIPSIS not in whole):
        return Result.VIEW
    if not contiguous:
        return Result.EITHER
    return Result.VIEW if _run(names, _flat(pattern.left), units) else Result.COPY


def _run(names: list[str], axes: Group, units: frozenset[str]) -> bool:
    """Whether some axes stand side by side, in this order, among others."""
    kept = [axis for axis in axes if axis not in units]
    starts = range(len(kept) - len(names) + 1)
    return any(kept[start : start + len(names)] == names for start in starts)


def _length(name: str, lengths: Mapping[str, int]) -> int:
    """How long an axis is; zero where that is not known."""
    return int(name) if name.isdigit() else lengths.get(name, 0)


def _flat(side: tuple[Group, ...]) -> Group:
    return tuple(name for group in side for name in group)


def _read_side(text: str) -> tuple[Group, ...] | None:
    groups: list[Group] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _SIDE.match(text, place)
        if found is None:
            return None
        group = tuple(name for name in _AXIS.findall(found.group()) if name != "1")
        groups.append((*group, MERGED) if group == (ELLIPSIS,) and "(" in found.group() else group)
        place = found.end()
    names = [name for name in _flat(tuple(groups)) if not name.isdigit()]
    return tuple(groups) if len(names) == len(set(names)) else None
