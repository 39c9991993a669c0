"""Nodes of the graph, what they saved, and what a backward finds when it reads that again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.tensor import Effect

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.region import Region
    from flake8_gradsafe.autograd.tensor import Cut, Grad, Place, Write


class Reads(Enum):
    """What an operator's backward reads of a saved tensor."""

    VALUE = "value"
    MAGNITUDE = "magnitude"
    SIGN = "sign"
    SHAPE = "shape"


class SavedTensor(NamedTuple):
    """A tensor that a node keeps for backward, with its version counter's value at that moment.

    `ref` is the tensor object that was kept by reference, None where a private handle of the memory was kept
    instead: only the first notices `x.data = …` and `detach_()`. Writes after `time` are later than the save.
    `when` tells under which gradients it is saved at all, `read_when` under which of them it is read (None: under the same),
    `feeds` names the nodes and leaves whose gradients are computed from it.
    """

    what: str
    ref: int | None
    storage: int
    counter: int | None
    version: int
    time: int
    region: Region
    node: int | None
    reads: Reads
    whole: bool
    checked: bool
    sure: bool
    when: Grad
    feeds: tuple[int, ...] = ()
    reads_sure: bool = True
    by_sure: bool = True  # that the object itself was kept, where `ref` names it
    assumed: bool = False  # saved by code that is out of sight
    read_when: Grad | None = None


class Vanishing(Enum):
    """Why the derivative of an operator's result is zero, whatever its operands are."""

    CANCELS = "each operand is added and taken away again"
    TAKEN_BACK = "one operand is added and taken away again, and others are left"
    RATIO = "a tensor is divided by itself"
    ZERO = "it is multiplied by zero"
    EQUAL = "what is compared is equal, and the comparison is flat there"
    ONE_CLASS = "a softmax over one element is one"
    SUM_OF_ONE = "what a softmax gives adds up to one"
    STEP = "a result that is constant between its steps"


class Node(NamedTuple):
    """One operator's record in the graph. `edges` are the nodes it passes gradients to, `leaves` the leaf
    tensors.

    To those in `part` the gradient of some elements only is passed, to those in `none` nothing but zeros.
    `drops`: the gradient of some elements of the result goes nowhere. The node of a view has a `view_region`: the
    storage that it shares with its base, and what it covers of that.
    """

    id: int
    name: str
    place: Place
    edges: tuple[int, ...]
    leaves: tuple[int, ...]
    saves: tuple[SavedTensor, ...]
    grad: Grad
    frees: bool | None = False
    part: frozenset[int] = frozenset()
    none: frozenset[int] = frozenset()
    drops: bool = False
    joins: bool = False  # the result is put together from several tensors
    view_region: tuple[int, Region] | None = None
    opaque: bool = (
        False  # made by code that is out of sight, which may have leaves of its own, and may cut its arguments off
    )
    passes_unchanged: tuple[int, ...] = ()  # the nodes and leaves that are given the very gradient that arrives here
    gradient: bool = False  # of a gradient: whatever it leads to, the nodes lead to from which that was computed
    trained: bool = False  # made by a model that is out of sight, and taken to be trained
    through: frozenset[int] = frozenset()  # of an opaque node: what a trained model's gradient is taken to pass to
    terms: tuple[int, ...] = ()  # the tensors that it adds up
    read: frozenset[Cut] = frozenset()  # the cuts behind the numbers that it adds
    function: int | None = None  # the custom Function whose node this is
    vanishing: Vanishing | None = None  # why nothing but zeros pass it
    if_two_axes: bool = False  # that is so if the operand has two axes


class ErrorKind(Enum):
    """Why PyTorch refuses: one value per RuntimeError."""

    MODIFIED = "modified-inplace"
    SAVED_DETACHED = "saved-detached"
    FREED = "freed"
    NO_GRAD = "no-grad"
    INPUT_NO_GRAD = "input-no-grad"
    LEAF_WRITE = "leaf-inplace"
    LEAF_DIRTY = "leaf-dirty"  # a custom Function says that it wrote to it
    LEAF_VIEW_WRITE = "leaf-view-inplace"
    MULTI_VIEW_WRITE = "multi-view"
    CUSTOM_VIEW_WRITE = "custom-view"
    NO_GRAD_VIEW_WRITE = "no-grad-view"
    DETACH_VIEW = "detach-view"
    NON_LEAF = "non-leaf-requires-grad"
    INFERENCE_SAVED = "inference-saved"
    OUT_AUTOGRAD = "out-autograd"


class Premise(Enum):
    """What a finding assumes because it was not seen."""

    REQUIRES_GRAD = "that it requires grad"
    DIFFERENTIATED = "that a caller differentiates it"
    SHARES_MEMORY = "that the memory is shared"
    SAVED = "that the operator saved it"
    CHANGES_VALUE = "that the write changes the value"
    IS_TENSOR = "that it is a tensor"
    PASSES = "that code out of sight passes the gradient on"
    PATH = "that the program takes this path"
    TWICE = "that the module runs twice before one backward"
    SHARES_GRADIENT = "that another branch shares this gradient"
    REBOUND = "that another file gives the attribute another tensor"
    FOLLOWED = "that what was left out before changes nothing here"
    NOT_HANDED = "that no other code gives its parameters to an optimizer"
    ONE_STEP = "that each gradient is meant for one step"
    ALIKE = "that the ways which were left out are like those that were followed"
    TRAINED = "that this model is trained"
    MENDED = "that the error before is mended"
    ELSEWHERE = "that no other file of the project changes what happens here"
    NAMED = "that the object is what its name tells"
    SCALES = "that the scaler is enabled"
    MOVED = "that the leaf is moved to another device or dtype"
    TWO_AXES = "that the scores have two axes"
    CONSTANT = "that this is meant as a constant of the loss"


#: With one of these nothing is proven; beside the others, they are no premise too many.
GRANTED = frozenset(
    {Premise.FOLLOWED, Premise.ALIKE, Premise.ONE_STEP, Premise.TRAINED, Premise.MENDED, Premise.ELSEWHERE}
)


def counted(premises: frozenset[Premise]) -> frozenset[Premise]:
    """The premises of which a suspicion has no more than one.

    Where a model is taken to be trained, so is that gradients pass the code between it and its loss.
    """
    rest = premises - GRANTED
    return rest - {Premise.PASSES} if Premise.TRAINED in premises else rest


def is_too_much(premises: frozenset[Premise]) -> bool:
    """Whether more is assumed of what raises than any suspicion may: one premise, beside what a differentiated result says."""
    return len(counted(premises) - {Premise.REQUIRES_GRAD}) > 1


@dataclass(frozen=True, slots=True)
class AutogradError:
    """A RuntimeError: at backward with the node, the save and the writes to blame; or at once, with the place and
    the time where the tensor was made that PyTorch refuses to touch.
    """

    kind: ErrorKind
    premises: frozenset[Premise]
    node: Node | None = None
    save: SavedTensor | None = None
    writes: tuple[Write, ...] = ()
    cuts: frozenset[Cut] = frozenset()
    made: Place = None
    made_at: int = 0

    @property
    def since(self) -> int:
        """When the earliest thing happened that it is about."""
        if self.save is not None:
            return self.save.time
        if self.node is not None:
            return self.node.id
        return max((cut.time for cut in self.cuts), default=self.made_at)


class Doubt(Enum):
    """Why it may be that a write changes nothing of what backward reads."""

    EFFECT = "the write may leave what is read of the value as it was"
    REGION = "the write may go to other elements"
    OBJECT = "another object of the same memory may have been saved"
    READS = "backward may read other elements"
    FLOW = "the gradient of the written elements may be zero"


@dataclass(frozen=True, slots=True)
class StaleSave:
    """A saved tensor that backward reads after a write that autograd did not see.

    `doubts` are what the premise CHANGES_VALUE stands for.
    """

    node: Node
    save: SavedTensor
    write: Write
    premises: frozenset[Premise]
    doubts: frozenset[Doubt] = frozenset()


@dataclass(frozen=True, slots=True)
class LostShare:
    """A node that one backward reaches, although a part of its use was cut off by `detach_()`.

    Without a use before that, the backward reaches nothing of the node.
    """

    cut: Cut
    node: Node
    premises: frozenset[Premise]
    used_before: bool = True


@dataclass(frozen=True, slots=True)
class BackwardResult:
    """What a backward did: the nodes and leaves it reached from its `roots`, and what went wrong on the way.

    `accumulated` are the leaves whose `.grad` it added to: none for `torch.autograd.grad`.
    """

    nodes: tuple[Node, ...]
    leaves: frozenset[int]
    errors: tuple[AutogradError, ...]
    stale_saves: tuple[StaleSave, ...]
    lost: tuple[LostShare, ...]
    frozen: tuple[tuple[int, Place], ...] = ()  # leaves that were frozen after their forward, and where
    accumulated: frozenset[int] = frozenset()
    roots: tuple[int, ...] = ()

    @property
    def raises(self) -> bool:
        """Whether it surely raised: an assumed refusal does not end the path."""
        return any(not refusal.premises for refusal in self.errors)


def affects(reads: Reads, effect: Effect) -> bool | None:
    """Whether a write with this effect changes what backward reads: yes, no, or None for maybe."""
    return _HARM[reads][effect.name]


_HARM: dict[Reads, dict[str, bool | None]] = {
    Reads.VALUE: {
        "NOTHING": False,
        "SCALES": True,
        "ZEROES": True,
        "CHANGES": True,
        "FLIPS": None,
        "MAY_CHANGE": None,
        "KEEPS_SIGN": None,
    },
    Reads.MAGNITUDE: {
        "NOTHING": False,
        "SCALES": True,
        "ZEROES": True,
        "CHANGES": True,
        "FLIPS": False,
        "MAY_CHANGE": None,
        "KEEPS_SIGN": None,
    },
    Reads.SIGN: {
        "NOTHING": False,
        "SCALES": False,
        "ZEROES": True,
        "CHANGES": None,
        "FLIPS": None,
        "MAY_CHANGE": None,
        "KEEPS_SIGN": False,
    },
    Reads.SHAPE: dict.fromkeys(Effect.__members__, False),
}
