"""What a program's text tells of a tensor besides its values: its shape, its dtype, and that it is on the processor."""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Shape = tuple[int, ...]
#: The size of each axis, None where it is not known.
Sizes = tuple[int | None, ...]

#: The dtype of a tensor that was made of floating numbers and not told which: what `torch.get_default_dtype()` gives.
DEFAULT_DTYPE = "default"
#: Dtypes that operators on tensors of one of them keep.
FLOATING = frozenset({DEFAULT_DTYPE, "float16", "bfloat16", "float32", "float64"})


class Metadata(NamedTuple):
    """A tensor's sizes and dtype (`float32`, or `default`), None where they are not known; `on_cpu` where it surely is."""

    sizes: Sizes | None = None
    dtype: str | None = None
    on_cpu: bool = False

    @property
    def shape(self) -> Shape | None:
        """The shape, where the size of every axis is known."""
        known = tuple(size for size in self.sizes or () if size is not None)
        return known if self.sizes is not None and len(known) == len(self.sizes) else None

    @property
    def numel(self) -> int | None:
        """How many elements it has."""
        shape = self.shape
        return None if shape is None else prod(shape)


UNKNOWN = Metadata()


def of_result(shape: str, operands: Iterable[Metadata]) -> Metadata:
    """What is known of an operator's floating result; `shape` is how its shape follows from those of its operands.

    That is "broadcast" or "scalar", as operators.json has it, or empty.
    """
    known = tuple(operands)
    if not shape or not known:
        return UNKNOWN
    dtypes = {each.dtype for each in known}
    return Metadata(
        () if shape == "scalar" else broadcast([each.sizes for each in known]),
        dtypes.pop() if len(dtypes) == 1 and dtypes <= FLOATING else None,  # integers may be promoted
        all(each.on_cpu for each in known),
    )


def at_index(given: Metadata, parts: Sequence[int | slice | None]) -> Metadata:
    """What is known of the part of a tensor that integers and slices pick, one for each of its first axes.

    None stands for a slice of which nothing is known.
    """
    if given.sizes is None or len(parts) > len(given.sizes):
        return given._replace(sizes=None)
    picked = [
        _size_picked(size, part) for size, part in zip(given.sizes, parts, strict=False) if not isinstance(part, int)
    ]
    return given._replace(sizes=(*picked, *given.sizes[len(parts) :]))


def _size_picked(size: int | None, part: int | slice | None) -> int | None:
    if part == slice(None):
        return size
    return None if size is None or not isinstance(part, slice) else len(range(*part.indices(size)))


def broadcast(shapes: Sequence[Sizes | None]) -> Sizes | None:
    """The sizes that several are broadcast to; None where of one nothing is known, or where they do not fit."""
    found: Sizes = ()
    for shape in shapes:
        if shape is None:
            return None
        pairs = list(zip_longest(reversed(found), reversed(shape), fillvalue=1))
        if any(1 not in pair and None not in pair and pair[0] != pair[1] for pair in pairs):
            return None
        found = tuple(own if other in {1, None} and own != 1 else other for own, other in reversed(pairs))
    return found
