"""Gradients that are cleared too often or never, or clipped too late, told by the spelling of a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import GRANTED, Premise
from flake8_gradsafe.idioms.clearing import cleared_parts, clipped_late, steps_uncleared
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.events import (
    ClearedTooEarly,
    EditedInVain,
    NeverCleared,
    PiledUp,
    UsedOfAnother,
    Vanity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir

_IF_TRAINED = frozenset({Premise.TRAINED})


def spelled_clearing(run: Run, body: ir.Body) -> Iterator[Event]:
    """The events that the spelling of the file's training steps tells of, where no path was seen to do so."""
    if not run.names.optimizers:
        return
    for each in (body, *(code.body for code in run.own_functions if "zero_grad" in code.calls)):
        yield from _spelled_in(run, each)


def _spelled_in(run: Run, body: ir.Body) -> Iterator[Event]:
    for part in cleared_parts(body):
        if name_of(part.optimizer) in run.names.optimizers:
            calls = (part.cleared,)
            yield ClearedTooEarly(part.cleared, _IF_TRAINED, part.backward, (), 1, calls, (), part.step)
    for late in clipped_late(body):
        if name_of(late.optimizer) in run.names.optimizers:
            yield EditedInVain(late.clipped, _IF_TRAINED, Vanity.USED, late.step)
    told = {event.backward for event in run.events if isinstance(event, UsedOfAnother)}
    told |= {event.place for event in run.events if isinstance(event, PiledUp) and event.premises <= GRANTED}
    for step in steps_uncleared(body, run.names.uncleared):
        if step.backward not in told and not _is_named_elsewhere(run, name_of(step.optimizer)):
            yield NeverCleared(step.step, _IF_TRAINED | {Premise.ELSEWHERE}, step.backward)


def _is_named_elsewhere(run: Run, optimizer: str) -> bool:
    """Whether a file that uses this one names an optimizer: a subclass there may clear it."""
    return run.users is not None and run.users.mention(optimizer)
