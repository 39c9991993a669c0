"""What is proven of a file alone, and may be otherwise where other files of its project use it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.interpreter.domain.values import FunctionValue
from flake8_gradsafe.interpreter.events import (
    ConstantTerm,
    Corrupted,
    LostGradient,
    NeverTrained,
    OutOfReach,
    Raised,
    Rewrapped,
    SteppedInVain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run, Users

#: What is told of a function that may be otherwise where other files call it, or derive from its class.
_PROVEN = (ConstantTerm, Corrupted, LostGradient, NeverTrained, OutOfReach, Raised, Rewrapped, SteppedInVain)

#: What PyTorch refuses at once, unless whoever calls the code has switched grad mode off or frozen what is written.
_REFUSED_BY_MODE = frozenset(
    {
        ErrorKind.LEAF_WRITE,
        ErrorKind.LEAF_VIEW_WRITE,
        ErrorKind.MULTI_VIEW_WRITE,
        ErrorKind.NO_GRAD_VIEW_WRITE,
        ErrorKind.NON_LEAF,
    }
)


class Entered(NamedTuple):
    """The events, by their numbers, that were told while a function was entered by itself."""

    first: int
    last: int
    function: FunctionValue


def as_used_elsewhere(events: list[Event], entered: Iterable[Entered], run: Run) -> list[Event]:
    """The events, of which those assume that other files change nothing which depend on what other files do.

    A method does, of a class from which one of another file derives; so does what a function is refused that is called there.
    """
    users = run.users
    if users is None:
        return events
    for first, last, function in entered:
        owner = None if function.owner is None else run.classes.get(function.owner)
        for number in range(first, last):
            event = events[number]
            if event.premises or not isinstance(event, _PROVEN):
                continue
            derived = owner is not None and users.derive_from(owner.code.name)
            if derived or (_is_refused_by_mode(event) and _is_called_elsewhere(function, users)):
                events[number] = replace(event, premises=frozenset({Premise.ELSEWHERE}))
    return events


def _is_refused_by_mode(event: Event) -> bool:
    return isinstance(event, Raised) and event.error.kind in _REFUSED_BY_MODE


def _is_called_elsewhere(function: FunctionValue, users: Users) -> bool:
    """Whether another file calls a function, or a method, by its name: not by what Python or PyTorch calls by itself."""
    name = function.code.name
    if name == "forward" or name.startswith("__"):
        return False
    return users.mention(name) if function.owner is None else users.call_method(name)
