"""What happens on every path that comes by is certain, however many conditions each of the paths has left open."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.domain.certainty import MAX_OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event


#: What is assumed of a path, not of what happens on it.
OF_THE_PATH = frozenset({Premise.PATH, Premise.FOLLOWED})


class Visited(NamedTuple):
    """A statement, and in which round of each loop around it."""

    statement: Place
    rounds: tuple[int, ...]


class _Kind(NamedTuple):
    """What is the same of something that happens on several paths."""

    visited: Visited
    event: type[Event]
    place: Place
    of: object


class PathConsensus:
    """How many paths came by a statement, and on how many of them something happened there, and under which premises."""

    def __init__(self) -> None:
        """Begin with none."""
        self.visits: Counter[Visited] = Counter()
        self.hits: dict[_Kind, dict[object, set[frozenset[Premise]]]] = {}
        self.sampled: set[_Kind] = set()
        self.events: dict[int, tuple[Event, _Kind]] = {}
        self._certain: dict[tuple[_Kind, frozenset[Premise]], bool] = {}

    def record(self, visited: Visited, event: Event, of: object, visit: object, *, whole: bool) -> None:
        """Something has happened on a path, at one of its visits.

        `of` sets it apart from others of its kind at the same place. `whole`: nothing on the path was left out, so that the
        paths that come by are all that there are, not a sample of them.
        """
        kind = _Kind(visited, type(event), event.place, of)
        self.hits.setdefault(kind, {}).setdefault(visit, set()).add(event.premises - OF_THE_PATH)
        if not whole:
            self.sampled.add(kind)
        self.events[id(event)] = event, kind

    def upgraded(self, events: Iterable[Event]) -> list[Event]:
        """The events, of which those that happened on every path assume no longer that one is taken."""
        return [self._upgrade(event) for event in events]

    def _upgrade(self, event: Event) -> Event:
        _, kind = self.events.get(id(event), (event, None))
        if (
            kind is None
            or event.premises.isdisjoint(OF_THE_PATH)
            or not self._is_certain(kind, event.premises - OF_THE_PATH)
        ):
            return event
        premises = event.premises - OF_THE_PATH
        later = sum(number > 0 for number in kind.visited.rounds)
        if kind in self.sampled or later > MAX_OPEN:
            premises |= {Premise.ALIKE if Premise.PATH in event.premises else Premise.FOLLOWED}
        return replace(event, premises=premises)

    def _is_certain(self, kind: _Kind, premises: frozenset[Premise]) -> bool:
        """Whether it happened on every path, and if no more is assumed than this."""
        if (kind, premises) not in self._certain:
            visits = self.hits[kind].values()
            self._certain[kind, premises] = 0 < self.visits[kind.visited] <= len(visits) and all(
                any(assumed <= premises for assumed in found) for found in visits
            )
        return self._certain[kind, premises]
