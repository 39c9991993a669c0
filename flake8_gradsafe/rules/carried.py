"""What the rules about a graph that is carried over from round to round advise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules.advice import Advice, Named

if TYPE_CHECKING:
    from flake8_gradsafe.rules.rule import Diagnosis

DETACH_EACH_ROUND = Advice(
    "detach what is carried over, at the end of each round: {detached}",
    "detach what is carried over, at the end of each round, by `detach()`",
)


_DETACHED = "`{name} = {name}.detach()`"


def detached(event: Raised) -> Advice | None:
    """The advice to detach what a loop carries over; None where the backward comes to no earlier round."""
    return DETACH_EACH_ROUND if event.carried is not None else None


def named(report: Diagnosis, event: Raised) -> Diagnosis:
    """The report with the names of what is carried over, for its advice."""
    if not event.carried:
        return report
    return replace(report, subjects=(*report.subjects, ("detached", Named(event.carried, _DETACHED, event.taken_by))))
