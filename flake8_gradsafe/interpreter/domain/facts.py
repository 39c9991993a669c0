"""What the heap keeps beside the attributes that the program sets: one class for each kind of fact.

A fact is about an owner: an object, a tensor, a memory or an unknown value, by its number. The heap keeps one of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.interpreter.domain.values import TensorValue, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.autograd.region import Region
    from flake8_gradsafe.autograd.tensor import Cut, Place
    from flake8_gradsafe.interpreter.domain.values import Unknown
    from flake8_gradsafe.interpreter.events import DeadEnd
    from flake8_gradsafe.knowledge.ranges import Range


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the interpreter remembers of an owner."""

    @property
    def values(self) -> tuple[Value, ...]:
        """The values that it holds, which may lead to tensors."""
        return ()

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        """The same fact about other values, in the same order."""
        return self

    def joined(self, unknown: Callable[[], Unknown]) -> Fact:
        """What is left of it where paths meet that differ in it, or of which one has none; `unknown` makes a new value."""
        return Unclear(unknown())

    def met(self, other: object, unknown: Callable[[], Unknown]) -> Fact:
        """What is left of it where it meets what the other path has instead, or nothing."""
        return self.joined(unknown)


@dataclass(frozen=True, slots=True)
class _OfOneValue(Fact):
    """A fact that is one value."""

    value: Value

    @property
    def values(self) -> tuple[Value, ...]:
        return (self.value,)

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        return type(self)(*values)

    def joined(self, unknown: Callable[[], Unknown]) -> Fact:
        return type(self)(unknown())


@dataclass(frozen=True, slots=True)
class _OfValues(Fact):
    """A fact that is several values, in order."""

    values: tuple[Value, ...]

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        return type(self)(values)


@dataclass(frozen=True, slots=True)
class _Lasting(Fact):
    """A fact that stays where paths meet: what happened on one of them may have happened."""

    def joined(self, unknown: Callable[[], Unknown]) -> Fact:
        return self


@dataclass(frozen=True, slots=True)
class Unclear(_OfOneValue):
    """Stands for a fact of any kind that paths which met did not agree on: there is one, but nobody knows what it says."""


# -- tensors ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RewrappedAt(Fact):
    """A tensor that was cut off was made a leaf, by `set_requires_grad`.

    `cut` is where it was cut, `how` one of called, assigned and wrapped, `time` when; `granted`: it was in a graph if a model
    is trained; `of_argument`: if what was computed with an argument is. `backward`, which the run sets, reached it in vain;
    `alone`: a term of that loss leads to such leaves only.
    """

    place: Place
    cut: Place
    how: str
    time: int = 0
    granted: bool = False
    of_argument: bool = False
    backward: Place = None
    alone: bool = True


@dataclass(frozen=True, slots=True)
class UnusedGradient(_Lasting):
    """A leaf has a gradient of this backward that no step has used yet; set by the run, taken away by a step."""

    backward: Place


@dataclass(frozen=True, slots=True)
class LatestGradient(_Lasting):
    """A leaf has a gradient of this backward, run at `time` and in these rounds of loops; on some path no step has used it."""

    backward: Place
    time: int
    rounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeftGradient(_Lasting):
    """A leaf has the gradient of a backward that was run at `time` for another optimizer's step, at `place`."""

    backward: Place
    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class ClippedGradient(_Lasting):
    """The gradient of a leaf was clipped at `place`, when a step `used` it already, or, with None, when there was none.

    `since` is when that was. `by_hand`: it was changed in place in another way.
    """

    place: Place
    used: Place
    since: int
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class GradientHooks(_OfValues):
    """The functions that backward calls with a leaf once it has its gradient, in order."""


@dataclass(frozen=True, slots=True)
class SpentInBackward(_Lasting):
    """A hook has cleared the gradient of a leaf within the backward at `place`; `time` is when."""

    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class ScaledGradient(_Lasting):
    """A tensor is a loss that a GradScaler has scaled at `place`, or a leaf has the gradient of such a loss."""

    place: Place
    may_be_off: bool


@dataclass(frozen=True, slots=True)
class ClearedGradient(_Lasting):
    """The gradient of a leaf was cleared at `place`, by `zero_grad`; `backward` is the one that nothing had used.

    `time` is when that was.
    """

    place: Place
    backward: Place
    time: int


@dataclass(frozen=True, slots=True)
class UsedGradient(_Lasting):
    """The gradient of a leaf was used by the step at `place`, and is there still; `time` is when that was.

    `backward` had computed it. `fresh`: it was cleared before that step, since the entry began.
    """

    place: Place
    time: int
    backward: Place
    fresh: bool


@dataclass(frozen=True, slots=True)
class UsedFromBefore(_Lasting):
    """The step at `place` used the gradient of a leaf before anything had cleared it, since the entry began; `backward` had
    added to it.
    """

    place: Place
    backward: Place


@dataclass(frozen=True, slots=True)
class ClearedLast(_Lasting):
    """The gradient of a leaf, or those of an optimizer, were cleared in sight, at last at `time`, after so many backwards."""

    time: int
    walks: int = -1


@dataclass(frozen=True, slots=True)
class IsParameter(Fact):
    """A tensor is a parameter, of whatever module; set where modules and parameters are made."""


@dataclass(frozen=True, slots=True)
class IsBuffer(Fact):
    """A tensor is a buffer, of whatever module; set where modules are made and buffers registered."""


@dataclass(frozen=True, slots=True)
class Restored(_Lasting):
    """A parameter was given stored values."""


@dataclass(frozen=True, slots=True)
class Thawed(_Lasting):
    """A leaf was told at `place` to require grad again, by these calls; `time` is when, after so many backwards."""

    place: Place
    time: int
    calls: tuple[Place, ...] = ()
    walks: int = 0


@dataclass(frozen=True, slots=True)
class FrozenAt(_Lasting):
    """A leaf was told at `place` to require no grad, by these calls; `time` is when, after so many backwards."""

    place: Place
    time: int
    calls: tuple[Place, ...]
    walks: int


@dataclass(frozen=True, slots=True)
class LeadsNowhere(_Lasting):
    """What is computed with a leaf may lead nowhere: it was bound to `name` at `place`, at `time`, and has this `node`.

    Without a reason `why`, it was handed to code out of sight, which may differentiate it.
    """

    place: Place
    time: int
    why: DeadEnd | None
    name: str = ""
    node: int = 0


@dataclass(frozen=True, slots=True)
class DetachedAt(Fact):
    """A tensor was made by `detach()`."""

    place: Place


@dataclass(frozen=True, slots=True)
class CutWhileKept(_Lasting):
    """The tensor was cut off in place where a list or a dict kept it, in a `loop` or in none."""

    place: Place
    loop: object


@dataclass(frozen=True, slots=True)
class RetainsGrad(Fact):
    """A computed tensor keeps its gradient, or may keep it: set by `retain_grad`, hooks and `backward(inputs=…)`."""


@dataclass(frozen=True, slots=True)
class MayBeMoved(Fact):
    """A tensor is a leaf that was told to be on a device, or of a dtype, that is not known: computed, if it is another."""


@dataclass(frozen=True, slots=True)
class IsIncomingGradient(Fact):
    """A tensor is a gradient that backward hands to a hook or to a custom Function's backward."""


@dataclass(frozen=True, slots=True)
class MadeOf(Fact):
    """An object of a library's class `name` holds tensors as these parameters, in the order of its Items."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilledWith(Fact):
    """All elements of a new memory are this number; set by the factories of tensors."""

    number: object


@dataclass(frozen=True, slots=True)
class HasAxes(Fact):
    """A tensor has so many axes, of whatever sizes."""

    count: int


@dataclass(frozen=True, slots=True)
class InRange(Fact):
    """The values in a memory lie between these bounds, as long as it has been written so many times."""

    bounds: Range
    writes: int

    def met(self, other: object, unknown: Callable[[], Unknown]) -> Fact:
        """Where the paths have written it as often, what holds on either."""
        if isinstance(other, InRange) and other.writes == self.writes:
            return InRange(self.bounds.join(other.bounds), self.writes)
        return self.joined(unknown)


@dataclass(frozen=True, slots=True)
class HoldsForAll(Fact):
    """A mask is true for all elements, or for none."""

    holds: bool


@dataclass(frozen=True, slots=True)
class ScatteredBatches(Fact):
    """A batch of matrices on several axes, one of which stands in memory between those of the matrices."""


@dataclass(frozen=True, slots=True)
class StoredInOrder(Fact):
    """Whether a tensor's elements stand in memory in the order of its axes: it is `contiguous`, or it was transposed.

    `swaps`: two of its axes have changed places.
    """

    contiguous: bool
    swaps: bool = False


@dataclass(frozen=True, slots=True)
class CopyOf(Fact):
    """A tensor was cloned of the whole of a storage at a time."""

    storage: int
    time: int


class ValueKey(NamedTuple):
    """The values that a part of a memory has had, when it had been written so many times."""

    storage: int
    region: Region
    writes: int


@dataclass(frozen=True, slots=True)
class LinearForm(Fact):
    """A tensor with these values and this node is a sum of others, each with a factor: `of` are their values, `through` the
    nodes and leaves that its gradient goes to.
    """

    key: ValueKey
    node: int | None
    of: tuple[tuple[ValueKey, float], ...]
    through: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class AddsUpToOne(Fact):
    """The elements along an axis of a tensor add up to one."""

    axis: int


@dataclass(frozen=True, slots=True)
class HasOneColumn(Fact):
    """The last axis of a tensor has one element."""


class ComputedParameter(NamedTuple):
    """A parameter that a module computes, by a function of this name, from others of these names.

    `kept`: it is computed when the module is called and stays until the next call; otherwise at each access.
    """

    name: str
    how: str
    originals: tuple[str, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class ComputedParameters(_Lasting):
    """The parameters that a module computes."""

    parts: tuple[ComputedParameter, ...]


# -- unknown values ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class KnownTensor(Fact):
    """An unknown value has turned out to be a tensor, and is this one from then on."""

    ref: int

    @property
    def values(self) -> tuple[Value, ...]:
        """The tensor."""
        return (TensorValue(self.ref),)

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        """The same of another tensor."""
        (tensor,) = values
        return KnownTensor(tensor.ref) if isinstance(tensor, TensorValue) else self


@dataclass(frozen=True, slots=True)
class ComputedFrom(_OfValues):
    """An unknown value is the result of an unknown call of these, by the name of what was called: they are tensors if it turns
    out to be one.
    """

    function: str = "call"

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        """The same of other values."""
        return ComputedFrom(values, self.function)


@dataclass(frozen=True, slots=True)
class ReadFrom(Fact):
    """An unknown value is a number, or a list of numbers, that was read from a tensor with these cuts behind it."""

    cuts: frozenset[Cut]


@dataclass(frozen=True, slots=True)
class AtLeast(Fact):
    """An unknown value is a number that is no smaller than this one: the place of an item behind others that are not known."""

    number: int


@dataclass(frozen=True, slots=True)
class SpelledAs(Fact):
    """What stands for an unknown string where it names an attribute: the same for strings that are put together alike."""

    text: str


@dataclass(frozen=True, slots=True)
class IsPackedSequence(Fact):
    """An unknown value is a PackedSequence, whose `.data` is differentiable; set by the functions that pack."""


@dataclass(frozen=True, slots=True)
class IsScheduler(Fact):
    """An unknown value is a scheduler of torch.optim: an optimizer's learning rate moves as it is stepped."""


@dataclass(frozen=True, slots=True)
class IsArgument(_Lasting):
    """An unknown value is an argument of the function that is entered."""


@dataclass(frozen=True, slots=True)
class ItemOf(_Lasting):
    """An unknown value is an item of another unknown value, or what a method of it has given."""

    owner: int


@dataclass(frozen=True, slots=True)
class RunByItself(_Lasting):
    """A method of an unknown object was called: what it holds may be what that has computed."""


# -- containers and iterators -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Items(_OfValues):
    """The known items of a list, or the values of a dict in the order of its keys."""


@dataclass(frozen=True, slots=True)
class UsedUp(_OfValues):
    """The items that an iterator had, all of which it has handed out; or those that a list would have if it had not."""


@dataclass(frozen=True, slots=True)
class GoesThrough(_OfValues):
    """A generator expression goes through an iterator, the first of these, which has the others as its items."""


@dataclass(frozen=True, slots=True)
class Keys(_OfValues):
    """The keys of a dict, where all are known."""


@dataclass(frozen=True, slots=True)
class OpenFrom(Fact):
    """From this place on a list may hold others between and after its known items."""

    place: int


@dataclass(frozen=True, slots=True)
class MaxLength(Fact):
    """A deque drops items at its other end once it has so many."""

    length: int


@dataclass(frozen=True, slots=True)
class DefaultFactory(_OfOneValue):
    """What makes the missing items of a defaultdict."""


@dataclass(frozen=True, slots=True)
class IteratesOver(_OfOneValue):
    """The tuple or list that an iterator goes through."""


@dataclass(frozen=True, slots=True)
class Drained(Fact):
    """An iterator has handed out all that it had, at `place`."""

    place: Place


@dataclass(frozen=True, slots=True)
class Consumed(Fact):
    """An iterator has handed out so many items."""

    count: int


# -- functions --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class GradModeOf(Fact):
    """A function of the file runs in this grad mode; set by its decorators."""

    mode: str


@dataclass(frozen=True, slots=True)
class IsStaticMethod(Fact):
    """A function is decorated with `staticmethod`."""


@dataclass(frozen=True, slots=True)
class IsClassMethod(Fact):
    """A function is decorated with `classmethod`."""


@dataclass(frozen=True, slots=True)
class IsProperty(Fact):
    """A function is decorated with `property`, or with a cached one."""


@dataclass(frozen=True, slots=True)
class ChangedByDecorator(Fact):
    """A decorator that is not known may have made something else of a function."""


# -- modules ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BaseModule(_OfOneValue):
    """The module of torch.nn that an object of a class derived from its kind is itself, under the same number."""


@dataclass(frozen=True, slots=True)
class ForwardHooks(_OfValues):
    """The functions that are called after a module's forward, in order."""


@dataclass(frozen=True, slots=True)
class ForwardPreHooks(_OfValues):
    """The functions that are called before a module's forward, in order."""


@dataclass(frozen=True, slots=True)
class GivesViews(_Lasting):
    """A module has a full backward hook: what it gives is a view that may not be written in place."""


@dataclass(frozen=True, slots=True)
class SnapshotOf(_Lasting):
    """A dict is what `state_dict()` of a module gave at `place`, at `time`: it shares the memory of the parameters."""

    module: int
    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class HandedOut(Fact):
    """Code out of sight was given a module, and may have made another of it."""


@dataclass(frozen=True, slots=True)
class Renormalises(Fact):
    """An embedding scales the rows that it looks up, in place; set by its `max_norm`."""


@dataclass(frozen=True, slots=True)
class OfLibrary(_Lasting):
    """A model whose code is in a library; the parameter that stands for its own requires grad as long as nobody freezes it."""


@dataclass(frozen=True, slots=True)
class OpaqueModel(_Lasting):
    """A module is a model that is out of sight, and that the file trains under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class PartOf(_Lasting):
    """An unknown value is the attribute of this name of a model that is out of sight."""

    module: int
    name: str


@dataclass(frozen=True, slots=True)
class WrapperOf(_OfOneValue):
    """An unknown value was made of an optimizer, or of a model that is out of sight: it is that, if the file uses it so."""


@dataclass(frozen=True, slots=True)
class ModelResult(_Lasting):
    """An unknown value is what a model out of sight gave: a tensor, or something that holds several."""


# -- optimizers -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HeldTensors(Fact):
    """The tensors that an optimizer holds."""

    values: tuple[TensorValue, ...]

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        """The same of those among the values that are tensors."""
        return HeldTensors(tuple(value for value in values if isinstance(value, TensorValue)))


@dataclass(frozen=True, slots=True)
class MadeAsOptimizer(_Lasting):
    """Where and when an optimizer was made."""

    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class SteppedLast(_Lasting):
    """When an optimizer was stepped last."""

    time: int


@dataclass(frozen=True, slots=True)
class MayHoldOthers(_Lasting):
    """An optimizer may hold other tensors than those that are known."""


@dataclass(frozen=True, slots=True)
class OpaqueOptimizer(_Lasting):
    """An optimizer that is made out of sight, and the names of the models that it was given where the file tells.

    `alone`: the file has no other.
    """

    name: str
    models: frozenset[str]
    alone: bool


@dataclass(frozen=True, slots=True)
class IsFused(Fact):
    """The step of an optimizer moves no version counter."""


# -- custom Functions -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SavedForBackward(Fact):
    """What a `ctx` was given to save at `place`, each with the time when it was."""

    place: Place
    saved: tuple[tuple[Value, int], ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """What was saved."""
        return tuple(value for value, _ in self.saved)

    def with_values(self, values: tuple[Value, ...]) -> Fact:
        """The same of other values, saved at the same times."""
        return SavedForBackward(self.place, tuple(zip(values, (time for _, time in self.saved), strict=True)))


@dataclass(frozen=True, slots=True)
class DirtyTensors(_OfValues):
    """What a `ctx` was told of by `mark_dirty`."""


@dataclass(frozen=True, slots=True)
class AssignedAt(Fact):
    """When and where an attribute of a library's object was set; it is kept of the owner and the attribute's name."""

    time: int
    place: Place


#: The kinds of facts that hold values.
HOLDING = (
    Unclear,
    KnownTensor,
    ComputedFrom,
    WrapperOf,
    Items,
    UsedUp,
    GoesThrough,
    Keys,
    DefaultFactory,
    IteratesOver,
    BaseModule,
    ForwardHooks,
    ForwardPreHooks,
    GradientHooks,
    HeldTensors,
    SavedForBackward,
    DirtyTensors,
)
