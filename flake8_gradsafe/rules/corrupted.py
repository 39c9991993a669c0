"""How much may be assumed of a corruption for it to be reported as suspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.events import Corrupted


def suspect(event: Corrupted) -> bool:
    """Whether something is assumed, but no more than is granted.

    In a module's forward, training is what the code is for: a second premise is granted there.
    """
    granted = 2 if event.in_forward and Premise.DIFFERENTIATED in event.premises else 1
    return 1 <= len(event.premises) <= granted
