"""The advice to detach what a loop carries, where a backward comes by it to the graph of an earlier round.

GRD144 and GRD152 give it: the backward is refused for a tensor that the earlier round saved.
"""

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
#: How one of the names that the loop carries over is detached.
_DETACHED = "`{name} = {name}.detach()`"


def advice_to_detach(event: Raised) -> Advice | None:
    """Return the advice to detach, or None where the backward comes to the graph of no earlier round."""
    return DETACH_EACH_ROUND if event.carried is not None else None


def with_names_to_detach(report: Diagnosis, event: Raised) -> Diagnosis:
    """Return the report with the names that the loop carries over, for which `{detached}` stands in the advice."""
    if not event.carried:
        return report
    return replace(report, subjects=(*report.subjects, ("detached", Named(event.carried, _DETACHED, event.taken_by))))
