"""What the rules about a graph that is carried over from round to round advise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules.advice import Advice

if TYPE_CHECKING:
    from flake8_gradsafe.rules.rule import Report

DETACH_EACH_ROUND = Advice(
    "detach what is carried over, at the beginning of each round: {detached}",
    "detach what is carried over, at the beginning of each round, by `detach()`",
)


def detached(event: Event) -> Advice | None:
    """The advice to detach what a loop carries over; None where the backward comes to no earlier round."""
    return DETACH_EACH_ROUND if isinstance(event, Refused) and event.carried is not None else None


def named(report: Report, event: Event) -> Report:
    """The report with the names of what is carried over, for its advice."""
    names = (event.carried or ()) if isinstance(event, Refused) else ()
    words = ", ".join(f"`{name} = {name}.detach()`" for name in names)
    return replace(report, subjects=(*report.subjects, ("detached", words)))
