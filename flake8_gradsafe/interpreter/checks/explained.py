"""Events that another event explains: they are told by that one alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.events import GradientVanishes, SnapshotMoved

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.events import Event


def unexplained(events: list[Event]) -> list[Event]:
    """The events without the distances that are zero because what is compared has moved along."""
    compared = {id(event.read) for event in events if isinstance(event, SnapshotMoved)}
    if not compared:
        return events
    return [event for event in events if not (isinstance(event, GradientVanishes) and _holds(event, compared))]


def _holds(event: GradientVanishes, places: set[int]) -> bool:
    return isinstance(event.place, ast.AST) and any(id(node) in places for node in ast.walk(event.place))
