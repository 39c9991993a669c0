"""Parameters whose gradients a backward computes, and which no optimizer holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.domain.facts import (
    HeldTensors,
    IsParameter,
    MadeAsOptimizer,
    MayHoldOthers,
    OfLibrary,
    OpaqueOptimizer,
    Restored,
    Thawed,
    UnusedGradient,
)
from flake8_gradsafe.interpreter.domain.values import (
    DictValue,
    Instance,
    ListValue,
    Literal,
    ModuleValue,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.events import Frozen, NotHeld, Omission
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.paths.premises import with_path
from flake8_gradsafe.interpreter.run import made_at
from flake8_gradsafe.interpreter.tensor_names import Names
from flake8_gradsafe.knowledge import library, training

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run

#: So deep a container in an attribute is looked into.
_MOST_LEVELS = 2


def note_held(run: Run, refs: Iterable[int], state: State) -> None:
    """Note that some optimizer holds these tensors."""
    run.held_leaves.update(made_at(state, ref) for ref in refs)


def is_all_known(given: Value, state: State) -> bool:
    """Whether it is known which tensors an optimizer is given: all items of a list, all of those in groups."""
    if state.known_tensor(given) is not None:
        return True
    if isinstance(given, DictValue):
        entries = state.entries_of(given)
        return entries is not None and all(is_all_known(held, state) for key, held in entries if key == _PARAMS)
    items = state.items_of(given)
    return items is not None and all(is_all_known(item, state) for item in items)


_PARAMS = Literal("params")


def emit_unheld(run: Run, owner: int, held: Iterable[int], step: Place, state: State) -> None:
    """Tell of a step after a backward that has computed gradients of parameters which no optimizer holds.

    Either it uses others of that backward, or it has none to use at all.
    """
    made = state.heap.fact(owner, MadeAsOptimizer)
    if made is None or state.opaque:
        return
    held = frozenset(held)
    gradients = state.heap.facts_of_kind(UnusedGradient)
    backwards = {unused.backward for ref, unused in gradients if ref in held}
    unused = [(ref, fact.backward) for ref, fact in gradients if ref not in held]
    known = _all_held(state) if unused else None
    if known is None or (not backwards and _is_told_why(held, run, state)):
        return
    step_of = _Step(run, made, held, state, idle=not backwards)
    told: dict[tuple[Omission, Place, Place, tuple[str, str] | None], list[int]] = {}
    for ref, backward in unused:
        if (backward in backwards or not backwards) and ref not in known and _is_trainable(ref, state):
            omission, since = _why(ref, made, state)
            attribute = _unregistered_attribute(ref, state)
            if attribute is not None or step_of.leaves_out_by_mistake(ref, omission):
                told.setdefault((omission, since, backward, attribute), []).append(ref)
    names = Names(state)
    for (omission, since, backward, attribute), refs in told.items():
        unheld = tuple((made_at(state, ref), next(iter(names.of((ref,))), "")) for ref in refs)
        if any(library.NOT_TRAINED.search(name) for _, name in unheld):
            continue
        run.unheld.update(refs)
        handed = frozenset({Premise.NOT_HANDED} if any(_is_older_than_the_entry(ref, run) for ref in refs) else ())
        premises = with_path(handed, state, _first_use(refs, state))
        idle = not backwards
        run.emit(NotHeld(made.place, premises, unheld, omission, since, backward, step, attribute, idle), state)


def _is_told_why(held: frozenset[int], run: Run, state: State) -> bool:
    """Whether it is told elsewhere why a step has no gradient: at what cut its parameters off, or froze them."""
    return any(leaf in held for leaf, _ in state.cuts) or any(isinstance(event, Frozen) for event in run.events)


class _Step:
    """A step of an optimizer, and what it leaves out. `idle`: it has no gradient to use."""

    def __init__(self, run: Run, made: MadeAsOptimizer, held: frozenset[int], state: State, *, idle: bool) -> None:
        self.run, self.made, self.held, self.state, self.idle = run, made, held, state, idle

    def leaves_out_by_mistake(self, ref: int, omission: Omission) -> bool:
        """Whether something speaks for a parameter being meant to be trained: a network beside the one that is trained may be
        there to judge what that computes, or to give it what it is computed from.
        """
        if _may_be_added(ref, self.run):
            return False
        if omission is Omission.FROZEN_THEN or not _is_held_by_module(ref, self.state):
            return True
        if self.run.fits and omission is Omission.LEFT_OUT:
            return not self._is_of_a_library(ref)
        if self._is_of_one_model(ref):
            return omission is Omission.MADE_LATER
        if self.idle or (omission is Omission.MADE_LATER and self._holds_what_is_unused()):
            return True
        return self._is_of_a_loss(ref) or self._is_decoder(ref)

    def _is_of_a_library(self, ref: int) -> bool:
        """Whether a parameter belongs to a model that a library makes, which may have been trained before."""
        owners = {owner for owner, _ in self.state.heap.holding(ref)}
        return ref in self.state.autograd.trained or any(self.state.heap.has(owner, OfLibrary) for owner in owners)

    def _is_of_one_model(self, ref: int) -> bool:
        """Whether a module has a parameter, and others that the optimizer holds."""
        for module in _modules(self.state):
            own = {value.ref for _, value in parameters_of(module, self.state)}
            if ref in own and not self.held.isdisjoint(own):
                return True
        return False

    def _holds_what_is_unused(self) -> bool:
        """Whether the optimizer holds parameters that the loss does not depend on."""
        return any(not self.state.heap.has(ref, UnusedGradient) for ref in self.held)

    def _is_of_a_loss(self, ref: int) -> bool:
        """Whether a parameter belongs to what computes a loss, by the name of its class or its own."""
        if any(map(_OF_A_LOSS.match, Names(self.state).of((ref,)))):
            return True
        owners = {owner for owner, _ in self.state.heap.holding(ref)}
        losses = (each for each in _modules(self.state) if isinstance(each, Instance) and each.id in owners)
        return any(training.is_loss(each.cls.code.name) for each in losses)

    def _is_decoder(self, ref: int) -> bool:
        """Whether what is left out is the decoder of an encoder that is trained, by their names."""
        names = Names(self.state)
        return any(map(_DECODER.search, names.of((ref,)))) and any(map(_ENCODER.search, names.of(self.held)))


_OF_A_LOSS = re.compile(r"(?:self\.)?(?:\w*_)?(?:criterion|crit|loss_?(?:fn|func|function|module)?)\.", re.IGNORECASE)
_DECODER = re.compile(r"(?:^|[._])dec(?:oder?)?(?:s|_?\d*)?(?:[._]|$)", re.IGNORECASE)
_ENCODER = re.compile(r"(?:^|[._])enc(?:oder?)?(?:s|_?\d*)?(?:[._]|$)", re.IGNORECASE)


def _all_held(state: State) -> set[int] | None:
    """The tensors that any optimizer holds; None where one may hold others than those that are known."""
    if any(state.heap.has(owner, OpaqueOptimizer) for owner in state.heap.owners(OpaqueOptimizer)):
        return None
    known: set[int] = set()
    for owner in state.heap.owners(HeldTensors):
        held, groups = state.heap.fact(owner, HeldTensors), state.heap.get((owner, "param_groups"))
        if not state.heap.has(owner, HeldTensors):
            continue
        if held is None or state.heap.has(owner, MayHoldOthers) or groups is None or not is_all_known(groups, state):
            return None
        known.update(each.ref for each in held.values)
        known.update(state.tensors_in(groups))
    return known


def _is_trainable(ref: int, state: State) -> bool:
    """Whether nothing speaks against a parameter being meant to be trained by an optimizer in sight."""
    tensor = state.autograd.tensors.get(ref)
    if tensor is None or not tensor.grad.sure or ref in state.escaped or (ref, "grad") in state.heap:
        return False
    if not state.heap.has(ref, IsParameter) or state.heap.has(ref, Restored):
        return False
    holders = [owner for owner, _ in state.heap.holding(ref)]
    return not any(state.heap.get((owner, "training")) == Literal(False) for owner in holders)


def _why(ref: int, optimizer: MadeAsOptimizer, state: State) -> tuple[Omission, Place]:
    made, thawed = state.autograd.tensors[ref].place, state.heap.fact(ref, Thawed)
    if ref > optimizer.time:
        return Omission.MADE_LATER, made
    if thawed is not None and thawed.time > optimizer.time:
        return Omission.FROZEN_THEN, thawed.place
    return Omission.LEFT_OUT, made


def _is_older_than_the_entry(ref: int, run: Run) -> bool:
    return not run.script and ref <= run.entered_at


def _may_be_added(ref: int, run: Run) -> bool:
    """Whether a method of the program may give an optimizer a parameter that was there when the file was entered."""
    codes = (function.code for function, _ in run.definitions.values())
    return _is_older_than_the_entry(ref, run) and any("add_param_group" in code.mentions for code in codes)


def _is_held_by_module(ref: int, state: State) -> bool:
    return any((owner, "training") in state.heap for owner, _ in state.heap.holding(ref))


def _modules(state: State) -> Iterator[Instance | ModuleValue]:
    """The modules that names and attributes hold."""
    values = [value for frame in state.frames.values() for value in frame.values()]
    values += [value for (_, name), value in state.heap.items() if isinstance(name, str)]  # type: ignore[misc]
    found = {value.id: value for value in values if isinstance(value, (Instance, ModuleValue))}
    yield from (module for module in found.values() if isinstance(module, ModuleValue) or module.cls.kind == "module")


def _first_use(refs: Iterable[int], state: State) -> int:
    return min((node.id for ref in refs for node in state.autograd.consumers(ref)), default=0)


def _unregistered_attribute(ref: int, state: State) -> tuple[str, str] | None:
    """The attribute of a module of the file by which it holds a parameter that it does not register."""
    for module in _modules(state):
        if not isinstance(module, Instance) or any(own.ref == ref for _, own in parameters_of(module, state)):
            continue
        for name, value in state.heap.attributes(module.id):
            if _holds_unregistered(value, ref, state, 0):
                return module.cls.code.name, name
    return None


def _holds_unregistered(value: Value, ref: int, state: State, level: int) -> bool:
    if isinstance(value, TensorValue):
        tensor = state.autograd.tensors.get(value.ref)
        node = None if tensor is None else tensor.node
        if level or node is None:
            return value.ref == ref
        return not _is_held_by_module(ref, state) and ref in state.autograd.leaves_below((node,))
    if isinstance(value, (ListValue, DictValue, TupleValue)) and level < _MOST_LEVELS:
        return any(_holds_unregistered(item, ref, state, level + 1) for item in state.known_items(value))
    if level and isinstance(value, (Instance, ModuleValue)):
        return any(held.ref == ref for _, held in parameters_of(value, state))
    return False
