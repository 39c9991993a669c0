"""What happens on every path that comes by is certain, however many conditions each of the paths has left open.

So is what happens whichever way a condition goes, as far as that condition is concerned.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.domain.certainty import MAX_OPEN
from flake8_gradsafe.interpreter.events import Raised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.certainty import Asked, PathCertainty
    from flake8_gradsafe.interpreter.events import Event


#: What is assumed of a path, not of what happens on it.
OF_THE_PATH = frozenset({Premise.PATH, Premise.FOLLOWED})


#: Cuts that a statement makes for what stands under or behind it.
_DELIBERATE = frozenset({CutKind.DETACH_, CutKind.NO_GRAD})


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


#: Which way the conditions went that a path has left open.
Outcomes: TypeAlias = "Mapping[Asked, bool]"


class PathConsensus:
    """How many paths came by a statement, and on how many of them something happened there, and under which premises."""

    def __init__(self) -> None:
        """Begin with none."""
        self.visits: Counter[Visited] = Counter()
        self.ways: dict[Visited, list[PathCertainty]] = {}
        self.hit_on: dict[_Kind, list[tuple[Outcomes, frozenset[Premise]]]] = {}
        self.hits: dict[_Kind, dict[object, set[frozenset[Premise]]]] = {}
        self.sampled: set[_Kind] = set()
        self.events: dict[int, tuple[Event, _Kind, Outcomes | None]] = {}
        self._certain: dict[tuple[_Kind, frozenset[Premise]], bool] = {}

    def come_by(self, visited: Visited, certainty: PathCertainty) -> None:
        """A path has come by, of which so much is assumed."""
        self.visits[visited] += 1
        if certainty.assumed:
            self.ways.setdefault(visited, []).append(certainty)

    def record(
        self,
        visited: Visited,
        event: Event,
        of: object,
        visit: object,
        *,
        whole: bool,
        outcomes: Outcomes | None = None,
    ) -> None:
        """Something has happened on a path, at one of its visits.

        `outcomes` are those of the conditions that the path has left open, None where it does not count by them. `of` sets
        the event apart from others of its kind at the same place. `whole`: nothing on the path was left out, so that the
        paths that come by are all that there are, not a sample of them.
        """
        kind = _Kind(visited, type(event), event.place, of)
        self.hits.setdefault(kind, {}).setdefault(visit, set()).add(event.premises - OF_THE_PATH)
        if not whole:
            self.sampled.add(kind)
        if outcomes is not None:
            self.hit_on.setdefault(kind, []).append((outcomes, event.premises - OF_THE_PATH))
        self.events[id(event)] = event, kind, outcomes

    def upgraded(self, events: Iterable[Event]) -> list[Event]:
        """The events, of which those that happened on every path assume no longer that one is taken."""
        return [self._upgrade(event) for event in events]

    def _upgrade(self, event: Event) -> Event:
        _, kind, outcomes = self.events.get(id(event), (event, None, None))
        if kind is None:
            return event
        of_the_path = not event.premises.isdisjoint(OF_THE_PATH)
        if not self._is_certain(kind, event.premises - OF_THE_PATH):
            if of_the_path and (outcomes is None or self._do_conditions_matter(kind, outcomes, event)):
                return event
            remaining = event.premises - OF_THE_PATH
            goes_well_elsewhere = bool(outcomes) and not remaining and _may_be_a_default(event)
            return replace(event, premises=frozenset({Premise.PATH}) if goes_well_elsewhere else remaining)
        if not of_the_path:
            return event
        premises = event.premises - OF_THE_PATH
        later = sum(number > 0 for number in kind.visited.rounds)
        if kind in self.sampled or later > MAX_OPEN:
            premises |= {Premise.ALIKE}
        return replace(event, premises=premises)

    def _is_certain(self, kind: _Kind, premises: frozenset[Premise]) -> bool:
        """Whether it happened on every path, and if no more is assumed than this."""
        if (kind, premises) not in self._certain:
            visits = self.hits[kind].values()
            self._certain[kind, premises] = 0 < self.visits[kind.visited] <= len(visits) and all(
                any(assumed <= premises for assumed in found) for found in visits
            )
        return self._certain[kind, premises]

    def _do_conditions_matter(self, kind: _Kind, outcomes: Outcomes, event: Event) -> bool:
        """Whether more of a path's conditions than may be open decide whether it happens.

        One does not, if it happens as well on the paths on which that condition alone has gone the other way.
        """
        if len(outcomes) <= MAX_OPEN:
            return True
        assumed = event.premises - OF_THE_PATH
        paths = self.ways.get(kind.visited, [])
        ways = [way for certainty in paths if (way := certainty.outcomes()) is not None]
        if len(ways) < len(paths):
            return True
        hits = [hit for hit, premises in self.hit_on[kind] if premises <= assumed]
        happens = {id(way) for way in ways if way in hits}
        decisive: dict[Asked, bool] = {}
        for asked, outcome in outcomes.items():
            others = [id(way) for way in ways if _differ_in(asked, way, outcomes)]
            if not others or not happens.issuperset(others):
                decisive[asked] = outcome
        if len(decisive) > MAX_OPEN or any(asked.of_environment for asked in decisive):
            return True
        return any(id(way) not in happens for way in ways if decisive.items() <= way.items())


def _differ_in(asked: Asked, one: Outcomes, other: Outcomes) -> bool:
    """Whether a condition has gone another way, and all others that were asked on both paths the same."""
    if asked not in one or one[asked] is other[asked]:
        return False
    return all(one[each] is other[each] for each in one.keys() & other.keys() if each != asked)


def _may_be_a_default(event: Event) -> bool:
    """Whether a backward found nothing to go through, and no statement meant for it took the graph away.

    On some paths a loss keeps the constant that it has by default: nobody differentiates it there.
    """
    if not isinstance(event, Raised) or event.error.kind is not ErrorKind.NO_GRAD:
        return False
    return _DELIBERATE.isdisjoint(cut.kind for cut in event.error.cuts)
