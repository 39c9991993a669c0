"""What a framework does with a class of models that makes its own optimizer: it steps that by the loss of each batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.interpreter.domain.facts import MadeAsOptimizer
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    LibraryInstance,
    ListValue,
    Literal,
    Method,
    OptimizerValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.events import (
    ConstantTerm,
    GradientVanishes,
    NeverTrained,
    NotHeld,
    OutOfReach,
    Raised,
    SteppedInVain,
    UsedOfAnother,
)
from flake8_gradsafe.interpreter.models.classes import class_attribute
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, methods_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.events import Event

SELF, OPTIMIZERS, OPTIMIZER, GIVEN, LOSS = "(self)", "(optimizers)", "(optimizer)", "(given)", "(loss)"
_ARGUMENTS = ("(batch)", "(index)")
_OPTIMIZER, _LOSS = Literal("optimizer"), Literal("loss")
_TOLD = (NeverTrained, NotHeld, ConstantTerm, GradientVanishes, OutOfReach)
_TOLD_BY_HAND = (*_TOLD, Raised, SteppedInVain, UsedOfAnother)


@dataclass(frozen=True, slots=True)
class Fit:
    """The methods of a class through which a framework trains it; `by_hand`: it differentiates its losses itself."""

    makes: FunctionValue
    trains: FunctionValue
    by_hand: bool

    def made(self) -> tuple[ir.Statement, ...]:
        """`optimizers = self.configure_optimizers()`."""
        place = self.makes.code.place
        return (_assigned(place, OPTIMIZERS, _call(place, SELF, self.makes.code.name)),)

    def given(self, optimizer: Place) -> tuple[ir.Statement, ...]:
        """`optimizer.zero_grad()`, and `given = self.training_step(batch, index)`."""
        place, count = self.trains.code.place, len(self.trains.code.parameters) - 1
        step = _assigned(place, GIVEN, _call(place, SELF, self.trains.code.name, *_ARGUMENTS[:count]))
        return (step,) if self.by_hand else (_evaluated(optimizer, OPTIMIZER, "zero_grad"), step)

    def used(self, optimizer: Place) -> tuple[ir.Statement, ...]:
        """`loss.backward()` and `optimizer.step()`."""
        returned = returned_at(self.trains.code.body)
        return (_evaluated(returned, LOSS, "backward"), _evaluated(optimizer, OPTIMIZER, "step"))

    def told(self, events: Iterable[Event]) -> Iterator[Event]:
        """What is told of a model that the framework trains, by what the class says."""
        kinds = _TOLD_BY_HAND if self.by_hand else _TOLD
        toggled = training.TOGGLES in self.trains.code.mentions
        for event in events:
            if isinstance(event, kinds) and not (toggled and isinstance(event, UsedOfAnother)):
                yield replace(event, premises=event.premises | {Premise.TRAINED})


def fit_of(cls: ClassValue, state: State) -> Fit | None:
    """How a framework trains a class, if it does so as the class says, and nothing in the class changes that."""
    bases = {last_name(base) for each in cls.lineage for base in each.code.bases}
    if bases.isdisjoint(training.FITTED) or any(map(_interferes, _methods_in(cls))):
        return None
    makes, trains = (class_attribute(cls, name, state) for name in (training.MAKES_OPTIMIZERS, training.TRAINS_BATCH))
    if not isinstance(makes, FunctionValue) or not isinstance(trains, FunctionValue):
        return None
    by_hand = any(not training.BY_HAND.isdisjoint(method.mentions) for method in _methods_in(cls))
    required = [each for each in trains.code.parameters if each.default is None and not each.star]
    if len(makes.code.parameters) != 1 or not 1 < len(required) <= len(_ARGUMENTS) + 1:
        return None
    if len(trains.code.parameters) != len(required) or (not by_hand and returned_at(trains.code.body) is None):
        return None
    return Fit(makes, trains, by_hand)


def optimizers_in(made: Value, state: State) -> list[OptimizerValue]:
    """The optimizers in what is made for a framework: one, a dict, or lists, whose first one holds them."""
    if isinstance(made, OptimizerValue):
        return [made]
    if isinstance(made, DictValue):
        return [
            each
            for key, value in state.entries_of(made) or ()
            if key == _OPTIMIZER
            for each in optimizers_in(value, state)
        ]
    items = state.items_of(made) if isinstance(made, (TupleValue, ListValue)) else None
    if items and isinstance(items[0], (TupleValue, ListValue)):
        return optimizers_in(items[0], state)
    return [each for item in items or () for each in optimizers_in(item, state)]


def give_optimizers(instance: Instance, made: list[OptimizerValue], state: State) -> None:
    """Let the methods that the framework gives a model return its optimizers, and differentiate."""
    loop = LibraryInstance(state.autograd.tick(), "framework")
    state.heap[loop.id, OPTIMIZERS] = made[0] if len(made) == 1 else state.new_list(tuple(made))
    for own, name in (("optimizers", OPTIMIZERS), ("manual_backward", "backward")):
        state.heap[instance.id, own] = Method(loop, name)


def keep_optimizers(instance: Instance, made: list[OptimizerValue], state: State) -> None:
    """Note which optimizers a model has made for the framework: `optimizers_of` tells them."""
    state.heap[instance.id, OPTIMIZERS] = state.new_list(tuple(made))


def optimizers_of(model: Value, state: State) -> list[OptimizerValue]:
    """The optimizers that a model has made for the framework that trains it."""
    kept = state.heap.get((model.id, OPTIMIZERS)) if isinstance(model, Instance) else None
    return [] if kept is None else optimizers_in(kept, state)


def give_log(instance: Instance, state: State) -> None:
    """Let the methods by which a model tells of its losses keep nothing of them."""
    for name in training.LOGGING:
        state.heap[instance.id, name] = Method(LibraryInstance(state.autograd.tick(), "framework"), name)


def made_at(optimizer: OptimizerValue, state: State) -> Place:
    """Where an optimizer is made."""
    made = state.heap.fact(optimizer.id, MadeAsOptimizer)
    return None if made is None else made.place


def loss_in(given: Value, state: State) -> Value | None:
    """The loss in what a training step gives: itself, or under the key `loss`."""
    if isinstance(given, DictValue):
        return next((item for key, item in state.entries_of(given) or () if key == _LOSS), None)
    return given


def returned_at(body: ir.Body) -> Place:
    """What the only `return` of a body gives back."""
    returned = [each.value for each in statements_in(body) if isinstance(each, ir.Return) and not each.raises]
    return returned[0].place if len(returned) == 1 and returned[0] is not None else None


def arguments(state: State) -> dict[str, Value]:
    """What a training step is given: a batch and its number, of which nothing is known."""
    return {name: state.unknown() for name in _ARGUMENTS}


def _methods_in(cls: ClassValue) -> Iterator[ir.Function]:
    return (method for each in cls.lineage for method in methods_of(each.code))


def _interferes(method: ir.Function) -> bool:
    """Whether a method changes how the framework trains, or what it trains."""
    if method.name in training.LOOP_METHODS:
        return True
    called_for = method.name in training.SETTING_UP or method.name.startswith("on_")
    return called_for and (bool(method.assigns) or not training.CHANGES_TRAINED.isdisjoint(method.mentions))


def _call(place: Place, owner: str, method: str, *given: str) -> ir.Call:
    names = tuple(ir.Argument(ir.Name(place, name)) for name in given)
    return ir.Call(place, ir.Attribute(place, ir.Name(place, owner), method), names)


def _assigned(place: Place, name: str, value: ir.Expression) -> ir.Statement:
    return ir.Assign(place, (ir.Name(place, name),), value)


def _evaluated(place: Place, owner: str, method: str) -> ir.Statement:
    return ir.Evaluate(place, _call(place, owner, method))
