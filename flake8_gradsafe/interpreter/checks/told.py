"""Where paths tell of something already, so that its spelling need not be told as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import GRANTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event


def places_told(events: Iterable[Event], *kinds: type[Event]) -> set[Place]:
    """Where paths were seen to come to such an event, with nothing assumed but what is granted."""
    return {event.place for event in events if isinstance(event, kinds) and event.premises <= GRANTED}
