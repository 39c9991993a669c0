"""Which cut explains that a backward finds no graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.autograd.tensor import Cut, CutKind
from flake8_gradsafe.interpreter.events import Raised

if TYPE_CHECKING:
    from collections.abc import Iterable

DETACHING = frozenset({CutKind.DETACH, CutKind.DATA, CutKind.READ})
IN_PLACE = CutKind.DETACH_
GRAD_OFF = CutKind.NO_GRAD
NO_GRADIENT = CutKind.OPERATOR


def without_graph(event: Raised) -> Raised | None:
    """The event, if it is a proven refusal for want of a graph."""
    if event.error.kind is ErrorKind.NO_GRAD and not event.premises:
        return event
    return None


def newest(cuts: Iterable[Cut]) -> Cut | None:
    """The cut that was made last."""
    return max(cuts, key=lambda cut: cut.time, default=None)


def newest_cut_of_refused(event: Raised) -> Cut | None:
    """The newest cut of a backward that is refused for want of a graph."""
    refused = without_graph(event)
    return None if refused is None else newest(refused.error.cuts)
