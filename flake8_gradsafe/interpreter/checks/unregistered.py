"""Parameters that a module of the file holds, and does not register."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.registration import unregistered
from flake8_gradsafe.interpreter.events import NotHeld, NotRegistered

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run


def emit_unregistered(run: Run) -> None:
    """Tell of what the constructors of the file's modules make and do not register, by their spelling."""
    if not run.trains:
        return
    classes = {cls.code.name: cls.code for cls in run.classes.values()}
    modules = [cls.code.name for cls in run.classes.values() if cls.kind == "module"]
    premises = frozenset({Premise.NOT_HANDED})
    functions = [function.code for function, _ in run.definitions.values()]
    for found in unregistered(classes, modules, functions):
        run.events.append(NotRegistered(found.place, premises, *found[1:]))


def seen_unregistered(events: list[Event]) -> list[Event]:
    """The events. What a module does not register and no optimizer was seen to hold is told once, where the module gets it."""
    unheld = {event.attribute: event for event in events if isinstance(event, NotHeld) and not event.premises}
    told = {(event.holder, event.attribute) for event in events if isinstance(event, NotRegistered)}
    return [
        replace(event, premises=unheld[event.holder, event.attribute].premises)
        if isinstance(event, NotRegistered) and (event.holder, event.attribute) in unheld
        else event
        for event in events
        if not (isinstance(event, NotHeld) and event.attribute in told)
    ]
