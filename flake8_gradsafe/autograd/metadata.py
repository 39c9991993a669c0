"""What a program's text tells of a tensor besides its values: its shape, its dtype, and that it is on the processor."""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Shape = tuple[int, ...]

#: The dtype of a tensor that was made of floating numbers and not told which: what `torch.get_default_dtype()` gives.
DEFAULT_DTYPE = "default"
#: Dtypes that operators on tensors of one of them keep.
FLOATING = frozenset({DEFAULT_DTYPE, "float16", "bfloat16", "float32", "float64"})


class Metadata(NamedTuple):
    """A tensor's shape and dtype (`float32`, or `default`), None where they are not known; `on_cpu` where it surely is."""

    shape: Shape | None = None
    dtype: str | None = None
    on_cpu: bool = False

    @property
    def numel(self) -> int | None:
        """How many elements it has."""
        return None if self.shape is None else prod(self.shape)


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
        () if shape == "scalar" else broadcast([each.shape for each in known]),
        dtypes.pop() if len(dtypes) == 1 and dtypes <= FLOATING else None,  # integers may be promoted
        all(each.on_cpu for each in known),
    )


def broadcast(shapes: Sequence[Shape | None]) -> Shape | None:
    """The shape that several are broadcast to; None where one is not known, or where they do not fit."""
    found: Shape = ()
    for shape in shapes:
        if shape is None:
            return None
        pairs = list(zip_longest(reversed(found), reversed(shape), fillvalue=1))
        if any(1 not in pair and pair[0] != pair[1] for pair in pairs):
            return None
        found = tuple(own if other == 1 else other for own, other in reversed(pairs))
    return found
