"""Tensors as Python objects, the storages and version counters behind them, and the writes that storages
remember.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.metadata import UNKNOWN, Metadata
from flake8_gradsafe.autograd.region import WHOLE, Region

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where something happened. The model only passes places on: a syntax node, a statement's number, anything
#: hashable.
Place = object


class Via(Enum):
    """The last hop by which a handle reached the memory it shares; it decides what autograd can see of a
    write.
    """

    PLAIN = "plain"
    DETACH = "detach"
    DATA = "data"
    NUMPY = "numpy"
    SET_DATA = "set_data"
    STEP = "step"
    LIBRARY = "library"


class Effect(Enum):
    """What a write does to the values it covers."""

    NOTHING = "nothing"
    SCALES = "scales"  # all values, and no sign: by positive factors, or by a constant that leaves all on their side
    ZEROES = "zeroes"
    CHANGES = "changes"
    FLIPS = "flips"  # the sign of some or all elements: abs, neg
    MAY_CHANGE = "may change"  # some elements, on a condition: clamp, mask, where
    KEEPS_SIGN = "keeps the sign"  # the same, where no element gets another sign: a clamp to bounds around zero


class Grad(NamedTuple):
    """Whether a tensor requires grad: surely, or if any of some unknown sources does, or (no sources) surely
    not.
    """

    sure: bool = False
    sources: frozenset[int] = frozenset()

    @property
    def possible(self) -> bool:
        """Whether it may require grad at all."""
        return self.sure or bool(self.sources)

    def follows_from(self, clauses: Iterable[frozenset[int]]) -> bool:
        """Whether it surely requires grad, given that of each clause at least one source does."""
        return self.sure or any(clause <= self.sources for clause in clauses)


YES = Grad(sure=True)
NO = Grad()


def any_of(grads: Iterable[Grad]) -> Grad:
    """What holds for the result of an operator whose operands are these."""
    found = NO
    for grad in grads:
        if grad.sure:
            return YES
        if grad.sources and grad is not found:
            found = Grad(sources=found.sources | grad.sources) if found.sources else grad
    return found


class CutKind(Enum):
    """How a value left the graph."""

    DETACH = "detach"
    DATA = "data"
    NO_GRAD = "no_grad"
    DETACH_ = "detach_"
    READ = "read out"
    FIRST_ORDER = "first order"  # a gradient that autograd gave without a graph
    USED_UP = "used up"  # an iterator of tensors that was gone through before gives none of them
    OPERATOR = "operator"  # an operator that passes no gradient: argmax, a comparison, a conversion to integers


class Cut(NamedTuple):
    """A place where a value left the graph; it travels with all that is computed from the value.

    `node` is the node that the value had, None where it had none or where it is not known.
    """

    kind: CutKind
    place: Place
    node: int | None
    sure: bool  # the value surely was in a graph
    time: int = 0
    origins: tuple[int, ...] = ()  # the nodes and leaves that it was cut off from


class Hop(NamedTuple):
    """One step by which a handle came to share memory: for the trace. `storage`: the handle is the raw storage."""

    via: Via
    place: Place
    storage: bool = False


class ViewKind(Enum):
    """What PyTorch allows on a view that is written in place with grad mode on."""

    NORMAL = "normal"
    MULTI = "multi"  # one of the views that unbind, chunk or split return
    CUSTOM = "custom"  # made by a custom Function, such as that of a full backward hook
    NO_GRAD = "no_grad"  # made while grad mode was off


class Tensor(NamedTuple):
    """A tensor as Python sees it: one object, named by `ref`, which names, attributes and list items are
    bound to.

    `counter` is None where nothing counts the writes (NumPy arrays). `base` is the tensor that a
    differentiable view was taken of, and `fresh_at` the version for which the view's `node` holds: PyTorch
    makes the node anew when it is asked for after a later write. `tensor_seen` is false while nothing has
    shown that the object is a tensor at all. `inference`: it was made under `inference_mode`. `frozen` is where
    a leaf was told to stop requiring grad. `dtype` is the letter by which operators.json names it: T
    floating (or not known), I integer, B boolean, C complex.
    """

    ref: int
    storage: int
    counter: int | None
    region: Region = WHOLE
    grad: Grad = NO
    node: int | None = None
    base: int | None = None
    view: ViewKind | None = None
    fresh_at: int = 0
    via: Via = Via.PLAIN
    hops: tuple[Hop, ...] = ()
    cuts: frozenset[Cut] = frozenset()
    tensor_seen: bool = True
    dtype: str = "T"
    inference: bool = False
    frozen: Place = None
    frozen_in: tuple[Place, ...] | None = None  # the calls through which it was told so, where it was by its flag
    place: Place = None
    metadata: Metadata = UNKNOWN


class Write(NamedTuple):
    """A write into a storage. `counter` is the version counter that it bumped, None where it bumped none.

    `may` is true where the written handle only may share this storage.
    """

    time: int
    place: Place
    region: Region
    effect: Effect
    counter: int | None
    via: Via
    target: int
    hops: tuple[Hop, ...] = ()
    may: bool = False
    updates_leaf: bool = False  # of a leaf that requires grad, with grad mode off
    calls: tuple[Place, ...] = ()  # the calls through which the program came to it, outermost first
    repeats: object = None  # what it writes, where writing that twice is no more than writing it once


@dataclass(frozen=True, slots=True)
class Swap:
    """An assignment to `.data`: from `write.time` on the object has another storage."""

    write: Write
    storage: int
    region: Region


@dataclass(frozen=True, slots=True)
class MayShare:
    """Another storage that is perhaps the same memory, and which of its counters is then which of ours.

    `aligned`: if it is, the same element has the same place in both.
    """

    storage: int
    counter: int | None
    own_counter: int | None
    aligned: bool = False
