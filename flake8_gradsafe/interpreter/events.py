"""What happens while a program runs on the model: the facts from which rules make findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

    from flake8_gradsafe.autograd.graph import AutogradError, LostShare, Node, Premise, StaleSave, Vanishing
    from flake8_gradsafe.autograd.tensor import CutKind, Hop, Place, Via
    from flake8_gradsafe.idioms.table import Idiom


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `place`; `premises` is all that it assumes."""

    place: Place
    premises: frozenset[Premise]


@dataclass(frozen=True, slots=True)
class Corrupted(Event):
    """A backward reads a saved tensor after a write that autograd did not see. `place` is the backward, None a caller's.

    `leaves` are the names of the tensors whose gradient is wrong, as far as they have one. `in_forward` is set inside a
    module's forward. `state`: what was written is a module's parameter or buffer. `twice`: it takes a second call of the
    module's forward before one backward. `written_in_forward`: the write stands in a forward, whatever called that.
    """

    stale_save: StaleSave
    leaves: tuple[str, ...]
    in_forward: bool
    state: bool = False
    twice: bool = False
    written_in_forward: bool = False


@dataclass(frozen=True, slots=True)
class Raised(Event):
    """A RuntimeError. `place` is where it is raised, None where a caller's backward raises it.

    `carried` are the names of what a loop carries over into a graph of an earlier round, by which the backward came to what it
    is refused for; None where nothing is carried. Of several results of one operator, those are carried whose names occur at
    one of the places `taken_by`, if there are such. `stepped`: leaves were updated since the node to blame was made.
    `again`: an earlier backward began at the same loss. `of_earlier_round`: the backward came to the node to blame
    by way of an earlier round, and it is not sure that what hands it on keeps its graph. `surely_reached`: it is of no such
    round, and nothing out of sight but models and losses lies between. `each_round`: it stands in a loop that runs it in each
    round.
    """

    error: AutogradError
    leaves: tuple[str, ...]
    carried: tuple[str, ...] | None = None
    taken_by: tuple[Place, ...] = ()
    stepped: bool = False
    again: bool = False
    of_earlier_round: bool = False
    surely_reached: bool = False
    each_round: bool = False


@dataclass(frozen=True, slots=True)
class KeptGraph(Event):
    """A module's forward keeps a tensor with its graph in an attribute, and a later call of it differentiates that again.

    `place` is where the tensor was computed, `attribute` what keeps it, `node` made what the first backward frees; None where
    that is out of sight.
    """

    attribute: str
    node: Node | None


@dataclass(frozen=True, slots=True)
class LossKept(Event):
    """A loss that `backward` differentiates in each round of a loop is added up with its graph: the sum keeps the graphs of all
    rounds. `meter`: it is handed to an object that does so.
    """

    backward: Place
    meter: bool


@dataclass(frozen=True, slots=True)
class LostGradient(Event):
    """One backward reaches a node whose tensor was also used after `detach_()`."""

    share: LostShare
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frozen(Event):
    """A backward reaches a leaf that was told to stop requiring grad after its forward. `place` is where it was told."""

    backward: Place
    leaf: str


@dataclass(frozen=True, slots=True)
class Discarded(Event):
    """A statement without effect. `what` is detach (the result is not bound), rebound (only a loop's own name is), copy
    (an in-place operator on a tensor that nobody else holds) or flag (`requires_grad` is set on a module)."""

    what: str


@dataclass(frozen=True, slots=True)
class UpdateDropped(Event):
    """The result of an operator is dropped as if it had changed what is `written`. `place` is the call.

    `written_to` tells what that is: parameter (or a handle on one), gradient, or tensor. `operator` is its name. `bound`: the
    result is bound to the name by which a loop goes through parameters, and nobody reads that.
    """

    written: Place
    written_to: str
    operator: str
    bound: bool = False


@dataclass(frozen=True, slots=True)
class CallForgotten(Event):
    """A statement that only looks as if it did something. `what` is method (it is named, not called), mode (nothing enters it)
    or comparison (of a flag, or of a gradient). `name` is that of the method, the mode, the flag: zero_grad for `x.grad.zero_`.
    """

    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Misspelt(Event):
    """An attribute is set that PyTorch does not know, or a method overwritten. `meant` is requires_grad, grad or training.

    `of_module`: it is set on a module, not on a tensor.
    """

    meant: str
    overwrites: bool
    of_module: bool


@dataclass(frozen=True, slots=True)
class DetachedInPlace(Event):
    """A `detach_()` that PyTorch allows. `argument` is the name of the function's argument that it cuts off, if it is one."""

    argument: str


@dataclass(frozen=True, slots=True)
class DataRead(Event):
    """A `.data` through which nothing is written."""


@dataclass(frozen=True, slots=True)
class GradOfDetached(Event):
    """`.grad` of a tensor that was detached and never made a leaf that requires grad. `cut` is where it was detached."""

    cut: Place


@dataclass(frozen=True, slots=True)
class GradOfUnreached(Event):
    """`.grad` of a leaf that no backward has reached, although there were some. `made` is where the leaf was made."""

    made: Place


@dataclass(frozen=True, slots=True)
class TakenForLeaf(Event):
    """A computed tensor that keeps no gradient is taken for a leaf. `what` is grad (it is read, behind a backward that went
    through the tensor), view (it is read of a view of a leaf) or optimizer (it is handed to one). `made` is where the tensor
    was computed.
    """

    what: str
    made: Place


@dataclass(frozen=True, slots=True)
class Rewrapped(Event):
    """What was cut off from its graph was made a leaf, and differentiated. `place` is where; `backward` is what reached it."""

    cut: Place
    backward: Place


@dataclass(frozen=True, slots=True)
class CheckpointCutOff(Event):
    """A reentrant checkpoint gets no input that requires grad: its result has no graph, whatever parameters it reads."""


@dataclass(frozen=True, slots=True)
class NotRegistered(Event):
    """A module holds parameters in an attribute and does not register them. `place` is the value that is bound to it.

    `computed`: it is a tensor that was computed from a parameter; `plain`: one that was made no parameter; else a container of
    modules. `holder` is the module's class.
    """

    attribute: str
    computed: bool
    holder: str = ""
    plain: bool = False


class Omission(Enum):
    """Why an optimizer does not hold a parameter."""

    MADE_LATER = "it was made later"
    FROZEN_THEN = "it did not require grad then"
    LEFT_OUT = "it was not given to it"
    LISTED_LATER = "it was added to the list when the optimizer had taken that"


@dataclass(frozen=True, slots=True)
class NotHeld(Event):
    """A backward computes gradients of parameters that no optimizer holds, and those of others are stepped with.

    `place` is where the optimizer was made that steps those, `step` where it does; that and the backward are None where a
    framework does it. `idle`: it has none to step with. `unheld`
    has the name of each parameter that it does not hold, as `NeverTrained` has. `since` is where they were made, or told to
    require grad again. `attribute` is that of a module, by the names of its class and its own, which holds them without being
    registered.
    """

    unheld: tuple[tuple[tuple[Place, int], str], ...]
    omission: Omission
    since: Place
    backward: Place
    step: Place
    attribute: tuple[str, str] | None = None
    idle: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters that have one."""
        return tuple(sorted({name for _, name in self.unheld if name}))

    def without(self, used: Set[tuple[Place, int]]) -> NotHeld | None:
        """The same without parameters that are trained after all; None where none is left."""
        unheld = tuple((made, name) for made, name in self.unheld if made not in used)
        return replace(self, unheld=unheld) if unheld else None


@dataclass(frozen=True, slots=True)
class PiledUp(Event):
    """A backward adds to gradients that a step has used, and nothing has cleared since. `place` is the backward's.

    `step` uses them again.
    """

    step: Place


@dataclass(frozen=True, slots=True)
class NeverCleared(Event):
    """A step uses the gradients of a `backward` that adds to all before: nothing clears those of its optimizer, in a file that
    clears those of others. `place` is the step; or, where this optimizer steps behind a call that clears another one, that
    call, with the step as `instead`.
    """

    backward: Place
    instead: Place = None


@dataclass(frozen=True, slots=True)
class UsedOfAnother(Event):
    """A step uses gradients that a backward has left for another optimizer's step. `place` is the step.

    `backward` has computed them, and `other` is the step that they were computed for.
    """

    backward: Place
    other: Place


@dataclass(frozen=True, slots=True)
class DataWrite(Event):
    """A `.data` write, at the end of its path. `place` is the write.

    `in_graph`: the tensor surely was in a graph when it was written; `computed`: it was no leaf there.
    `read_rightly`: a backward in sight went through it.
    `changed_before_use`: an operator saved it for a backward after the write, or has computed with what a mask put in, so that
    the gradient is that of another function.
    `may_keep_values`: the write may leave every value as it was, as a clamp to bounds that hold already.
    `drops_second_order`: what is written was computed of a gradient that was asked for with its graph, which nothing else uses.
    """

    via: Via
    hops: tuple[Hop, ...]
    idiom: Idiom
    in_graph: bool
    computed: bool
    read_rightly: bool
    changed_before_use: bool
    may_keep_values: bool
    module_state: bool
    tensor_evident: bool
    drops_second_order: bool = False


@dataclass(frozen=True, slots=True)
class SharedWrite(Event):
    """A write through a detach() result to a tensor in a graph, whose value is used again. `place` is the write,
    `in_forward`: it stands in a module's forward."""

    hops: tuple[Hop, ...]
    used_at: Place
    in_forward: bool = False


@dataclass(frozen=True, slots=True)
class NeverTrained(Event):
    """Parameters that an optimizer holds and steps, but that no backward reaches but through a cut. `place` is the cut.

    `step` is None where they are a module's own, cut off from all that its forward returns.

    `held` has the name of each, empty where it has none, by where it was made and by its number.
    """

    step: Place
    held: tuple[tuple[tuple[Place, int], str], ...]
    cut: CutKind

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters that have one."""
        return tuple(sorted(name for _, name in self.held if name))

    def without(self, reached: Set[tuple[Place, int]]) -> NeverTrained | None:
        """The same without parameters that are reached after all; None where none is left."""
        held = tuple((made, name) for made, name in self.held if made not in reached)
        return replace(self, held=held) if held else None


class DeadEnd(Enum):
    """Why no backward reaches a parameter that nothing cuts off."""

    LOSS = "the loss that is computed of it is never differentiated"
    RESULT = "what is computed with it is never used"
    THAW = "it is frozen together with others, and only those are told to require grad again"
    FREEZE = "it is frozen, and so is all that its optimizer holds"


@dataclass(frozen=True, slots=True)
class OutOfReach(Event):
    """Parameters that an optimizer holds and steps, that no backward reaches, and that nothing cuts off.

    `place` is the loss, or the result, that leads nowhere; where they are frozen, what has told others to require grad again,
    else what has frozen them.

    `held` has the name of each, as `NeverTrained` has. `name` is what the dead end is bound to. `trained_before`: they were
    trained until they were frozen.
    """

    step: Place
    held: tuple[tuple[tuple[Place, int], str], ...]
    why: DeadEnd
    name: str = ""
    trained_before: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters that have one."""
        return tuple(sorted({name for _, name in self.held if name}))

    def without(self, reached: Set[tuple[Place, int]]) -> OutOfReach | None:
        """The same without parameters that are reached after all; None where none is left."""
        if self.trained_before:
            return self
        held = tuple((made, name) for made, name in self.held if made not in reached)
        return replace(self, held=held) if held else None


@dataclass(frozen=True, slots=True)
class SteppedInVain(Event):
    """An optimizer is stepped when none of what it holds has a gradient. `place` is the step.

    `backward` computed the gradient that was `cleared` before any step had used it.
    """

    backward: Place
    cleared: Place


@dataclass(frozen=True, slots=True)
class ClearedTooEarly(Event):
    """Gradients that a backward computes in one round of a loop are cleared in the next one, before any step.

    `place` is where they are cleared, in so many `loops` and by these `calls`; `tests` decided that no step came before. `step`
    uses those of the last round alone; it is known at the end.
    """

    backward: Place
    leaves: tuple[int, ...]
    loops: int
    calls: tuple[Place, ...]
    tests: tuple[Place, ...]
    step: Place = None


class Vanity(Enum):
    """Why an edit of gradients changes no step."""

    USED = "a step has used them before"
    NONE = "no backward has computed any yet"
    SPENT = "the iterator over the parameters is used up"
    CLEARED = "a hook has used and cleared them within the backward"
    SCALED = "they are still multiplied by the loss scale"


@dataclass(frozen=True, slots=True)
class EditedInVain(Event):
    """Gradients are clipped where that changes no step, or not as it says. `place` is the clipping.

    `other` is the step that has used them, the backward that computes them later, what has used the iterator up, the backward
    in which they were cleared, or where the loss was scaled. `by_hand`: they are changed in place in another way.
    """

    why: Vanity
    other: Place
    by_hand: bool = False


class SnapshotUse(Enum):
    """What values of an earlier time are used for."""

    LOADED = "they are loaded into the module"
    COMPARED = "they are compared with those of now"
    WRITTEN_BACK = "they are written to the parameter"


@dataclass(frozen=True, slots=True)
class LoadedIntoItself(Event):
    """A module loads its own state, under two names: what was meant for a copy of it is the module itself.

    `place` is the call of `load_state_dict`.
    """


@dataclass(frozen=True, slots=True)
class ModelShared(Event):
    """A model is taken at `place` for a copy of itself: its parameters are those of the copy. `frozen` is where these are told
    to require no grad, if they are.
    """

    frozen: Place


@dataclass(frozen=True, slots=True)
class ConstantDifferentiated(Event):
    """At `place`, what is meant as a constant is used with the graph of `model`, made by the call `made`, and differentiated.

    `kind` is "target", "advantage", "old" or "reparametrized"; `backward` is None where it is out of sight.
    """

    kind: str
    model: str
    made: Place
    backward: Place


@dataclass(frozen=True, slots=True)
class ParameterShared(Event):
    """A parameter was given the memory of another one by `.data = …` at `place`, and the `step` of the other changes both; None
    where it is out of sight.
    """

    step: Place


@dataclass(frozen=True, slots=True)
class ValuesShared(Event):
    """The values of parameters are kept at `place` without a copy, and `changed` in place. `read` is where they are written
    back then; None where they are the beginning of an average, which is updated there.
    """

    changed: Place
    read: Place


@dataclass(frozen=True, slots=True)
class RegisteredAgain(Event):
    """A module registers a tensor at `place` that it holds already: as `first`, and as `second`. `changed` is where one of
    them is written in place; None where a step does so.
    """

    first: str
    second: str
    changed: Place


@dataclass(frozen=True, slots=True)
class SnapshotMoved(Event):
    """Values of a module, or of a parameter, are used as those of an earlier time, after a step has changed them as well: they
    were taken without a copy.

    `place` is where they were taken, `step` has changed them, `read` is where they are read; `use` tells what for. `of_module`:
    they are what `state_dict()` gave.
    """

    step: Place
    read: Place
    use: SnapshotUse
    of_module: bool


@dataclass(frozen=True, slots=True)
class ConstantTerm(Event):
    """A term of a loss that was cut off from all that it was computed from. `place` is the cut, `added` where it is added."""

    cut: CutKind
    added: Place
    backward: Place


@dataclass(frozen=True, slots=True)
class GradientVanishes(Event):
    """A backward goes through an operator whose derivative is zero, and by no other way to these leaves, or, where it is a
    term of the loss, from that term to any. `place` is the operator. `leaves` are the names.
    """

    why: Vanishing
    backward: Place
    leaves: tuple[str, ...]
    term: bool


@dataclass(frozen=True, slots=True)
class GradientEdited(Event):
    """An incoming gradient is written in place. `place` is the write.

    `source` is backward (of a custom Function), hook or module hook. `shared_with` is the operator in sight that hands the
    same gradient to another branch as well, None where none is in sight.
    """

    source: str
    shared_with: Place | None


@dataclass(frozen=True, slots=True)
class SavedThenWritten(Event):
    """A custom Function writes what it saved, before its forward is over. `place` is the write."""

    saved_at: Place
    what: str
