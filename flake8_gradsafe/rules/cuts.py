"""Which cut explains that a backward finds no graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.autograd.tensor import Cut, CutKind
from flake8_gradsafe.interpreter.events import Raised

if TYPE_CHECKING:
    from collections.abc import Iterable

DETACHING = frozenset({CutKind.DETACH, CutKind.DATA, CutKind.READ, CutKind.FIRST_ORDER})
IN_PLACE = CutKind.DETACH_
GRAD_OFF = CutKind.NO_GRAD
NO_GRADIENT = CutKind.OPERATOR


def newest_of_refused(event: Raised) -> Cut | None:
    """The newest cut behind a loss that has no graph; None for any other event."""
    return newest(event.error.cuts) if event.error.kind is ErrorKind.NO_GRAD else None


def newest(cuts: Iterable[Cut]) -> Cut | None:
    """The cut that was made last."""
    return max(cuts, key=lambda cut: cut.time, default=None)
