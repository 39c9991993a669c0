"""Gradients that are cleared too often or never, or clipped too late, told by the spelling of a training step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import GRANTED, Premise
from flake8_gradsafe.idioms.bindings import calls_in, statements_in
from flake8_gradsafe.idioms.clearing import (
    cleared_parts,
    clipped_early,
    clipped_late,
    steps_in_vain,
    steps_of_another,
    steps_uncleared,
)
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.checks.told import places_told
from flake8_gradsafe.interpreter.events import (
    ClearedTooEarly,
    EditedInVain,
    NeverCleared,
    PiledUp,
    SteppedInVain,
    UsedOfAnother,
    Vanity,
)
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run

_IF_TRAINED = frozenset({Premise.TRAINED})


def spelled_clearing(run: Run, body: ir.Body, seen: Sequence[Event]) -> Iterator[Event]:
    """The events that the spelling of the file's training steps tells of, where none of those `seen` on paths does so."""
    if not run.names.optimizers:
        return
    clearing = [code for code in run.own_functions if "zero_grad" in code.calls]
    bodies = (body, *(code.body for code in clearing))
    for each in bodies:
        yield from _spelled_in(run, each, seen)
    yield from _steps_in_vain(run, bodies, seen)
    for code in clearing:
        yield from _steps_of_another(run, code, seen)


def _steps_in_vain(run: Run, bodies: Iterable[ir.Body], seen: Sequence[Event]) -> Iterator[Event]:
    told = places_told(seen, SteppedInVain)
    differentiating = {code.name for code in run.own_functions if not training.DIFFERENTIATING.isdisjoint(code.calls)}
    for vain in (vain for body in bodies for vain in steps_in_vain(body, differentiating)):
        if vain.step not in told and name_of(vain.optimizer) in run.names.optimizers:
            yield SteppedInVain(vain.step, _IF_TRAINED, vain.backward, vain.cleared)


def _steps_of_another(run: Run, code: ir.Function, seen: Sequence[Event]) -> Iterator[Event]:
    told = places_told(seen, UsedOfAnother, PiledUp)
    for step in steps_of_another(code.body):
        names = {name_of(step.optimizer)} | _cleared_by(code.body)
        is_told = not told.isdisjoint((step.step, step.backward))
        if not is_told and names <= run.names.optimizers and not _may_clear(run, code, step.optimizer):
            yield NeverCleared(step.cleared, _IF_TRAINED | {Premise.ELSEWHERE}, step.backward, step.step)


def _cleared_by(body: ir.Body) -> set[str]:
    methods = [call.function for call in calls_in(body) if last_name(call.function) == "zero_grad"]
    return {name_of(method.value) for method in methods if isinstance(method, ir.Attribute)}


def _may_clear(run: Run, code: ir.Function, optimizer: ir.Expression) -> bool:
    """Whether another function of the file, of the same class if it is a method, may clear an optimizer's gradients."""
    owner, name = run.owner_of(code), name_of(optimizer)
    if code.name == "<lambda>" or not code.mentions.isdisjoint({"grad", "closure"}):
        return True
    for other in run.own_functions:
        same = owner is None or run.owner_of(other) is None or run.owner_of(other) is owner
        if other is code or not same:
            continue
        if name in other.mentions and "zero_grad" in other.calls and name in _cleared_by(other.body):
            return True
        if other.name in code.calls and (any(map(_CLEARS.search, other.calls)) or _sets_gradients(other.body)):
            return True
    return _is_named_elsewhere(run, name)


def _sets_gradients(body: ir.Body) -> bool:
    """Whether a gradient is assigned, as `None` is to clear it."""
    assigned = (target for each in statements_in(body) if isinstance(each, ir.Assign) for target in each.targets)
    return any(isinstance(target, ir.Attribute) and target.attr == "grad" for target in assigned)


#: Names of what may clear gradients.
_CLEARS = re.compile(r"zero|clear|reset|grad", re.IGNORECASE)


def _spelled_in(run: Run, body: ir.Body, seen: Sequence[Event]) -> Iterator[Event]:
    for part in cleared_parts(body):
        if name_of(part.optimizer) in run.names.optimizers:
            calls = (part.cleared,)
            yield ClearedTooEarly(part.cleared, _IF_TRAINED, part.backward, (), 1, calls, (), part.step)
    for late in clipped_late(body):
        if name_of(late.optimizer) in run.names.optimizers:
            yield EditedInVain(late.clipped, _IF_TRAINED, Vanity.USED, late.step)
    edited = places_told(seen, EditedInVain)
    for early in clipped_early(body):
        if early.clipped not in edited and name_of(early.optimizer) in run.names.optimizers:
            yield EditedInVain(early.clipped, _IF_TRAINED, Vanity.NONE, early.backward)
    told = {event.backward for event in run.events if isinstance(event, UsedOfAnother)}
    told |= {event.place for event in run.events if isinstance(event, PiledUp) and event.premises <= GRANTED}
    for step in steps_uncleared(body, run.names.uncleared):
        if step.backward not in told and not _is_named_elsewhere(run, name_of(step.optimizer)):
            yield NeverCleared(step.step, _IF_TRAINED | {Premise.ELSEWHERE}, step.backward)


def _is_named_elsewhere(run: Run, optimizer: str) -> bool:
    """Whether a file that uses this one names an optimizer: a subclass there may clear it."""
    return run.users is not None and run.users.mention(optimizer)
