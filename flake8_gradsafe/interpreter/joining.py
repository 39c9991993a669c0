"""Paths that meet again: two states become one where nothing that differs between them can matter to a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flake8_gradsafe.interpreter.reaching import Link, Reach, differs, drop_others, matters, table_of
from flake8_gradsafe.interpreter.session import UNDECIDABLE
from flake8_gradsafe.interpreter.values import GRADIENT_MARKS, Value

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.world import World
    from flake8_gradsafe.interpreter.session import Search
    from flake8_gradsafe.interpreter.state import State

_Key = TypeVar("_Key")

#: How many of the differences that kept it apart from others a state remembers.
MAX_NOTED = 8


class Difference(NamedTuple):
    """What has kept two states apart: under `key`, one of their tables had different things that may lead to a tensor.

    `way` is how it could be reached in one of them, None for a name in a frame.
    """

    table: str
    key: Any
    way: Link | None

    def keeps_apart(self, one: State, two: State) -> bool:
        """Whether it keeps these two states apart as well."""
        if self.way is None:
            frame, name = self.key
            if frame not in one.frames or frame not in two.frames:
                return False
            return differs(one, two, one.frames[frame].get(name), two.frames[frame].get(name))
        mine, its = table_of(one, self.table).get(self.key), table_of(two, self.table).get(self.key)
        if mine is its or not (self.way.holds(one) or self.way.holds(two)):
            return False
        return differs(one, two, mine, its) if self.table == "heap" else mine != its


def joined(states: list[State], *, searching: Search | None) -> list[State]:
    """The states, those that can meet made one.

    `searching`: what no name reaches any more keeps no states apart, as long as there is anything left to search for it.
    """
    if len(states) < 2:
        return states
    kept: list[State] = []
    collected = None if searching is None else _Collected(searching)
    for state in states:
        if not any(_join(other, state, collected) for other in kept):
            kept.append(state)
    return kept


class _Collected:
    """The states from which all that nothing reaches has been dropped, and what may be searched for that."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.states: set[int] = set()


def _join(kept: State, other: State, collected: _Collected | None) -> bool:
    """Take `other` into `kept`, if they differ in nothing that can matter. What is cheap to compare comes first."""
    if kept.signal != other.signal or kept.expecting != other.expecting:
        return False
    if kept.world.grad_enabled != other.world.grad_enabled:
        return False
    if kept.current != other.current or kept.frames.keys() != other.frames.keys() or kept.log != other.log:
        return False
    alike = same_world(kept.world, other.world)
    if collected is not None and collected.search.left <= 0:
        collected = None
    if not alike and collected is None:
        return False
    if any(told.keeps_apart(kept, other) for told in kept.differs):
        return False
    if any(told.keeps_apart(kept, other) for told in other.differs):
        return False
    names: list[tuple[int, str]] = []
    for key, frame in kept.frames.items():
        differing, mattering = _differing(kept, other, frame, other.frames[key])
        if mattering is not None:
            _note(Difference("frames", (key, mattering), None), kept, other)
            return False
        names += [(key, name) for name in differing]
    if not alike and (collected is None or not _same_reach(kept, other, collected)):
        return False
    attributes, differing_attribute = _differing(kept, other, kept.heap, other.heap)
    if differing_attribute is not None:
        if alike and collected is not None:
            _reaches(kept, other, collected.search)
        return False
    kept.world.clock = max(kept.world.clock, other.world.clock)
    for frame_key, name in names:
        if frame_key in kept.frames:
            kept.frames[frame_key][name] = kept.unknown()
    for attribute in attributes:
        mark = kept.heap.get(attribute) or other.heap.get(attribute)
        kept.heap[attribute] = mark if mark is not None and attribute[1] in GRADIENT_MARKS else kept.unknown()
    if kept.taken != other.taken:
        kept.taken = {key: way for key, way in kept.taken.items() if other.taken.get(key) is way}
    kept.differentiated |= other.differentiated
    kept.world.graded |= other.world.graded
    kept.cuts |= other.cuts
    kept.noted &= other.noted
    kept.opaque |= other.opaque
    kept.escaped |= other.escaped
    kept.steps = tuple(dict.fromkeys((*kept.steps, *other.steps)))
    kept.edited = tuple(dict.fromkeys((*kept.edited, *other.edited)))
    kept.undecided = min(kept.undecided, other.undecided)
    kept.curtailed &= other.curtailed
    kept.doomed &= other.doomed
    kept.writes = tuple(dict.fromkeys((*kept.writes, *other.writes)))
    return True


def _same_reach(kept: State, other: State, collected: _Collected) -> bool:
    """Whether two states hold the same tensors, nodes and writes, after all that no name reaches has been dropped."""
    reaches = _reaches(kept, other, collected.search)
    if reaches is None:
        return False
    for state, reach in zip((kept, other), reaches, strict=True):
        if id(state) not in collected.states:
            collected.states.add(id(state))
            drop_others(state, reach)
    return same_world(kept.world, other.world)


def _reaches(kept: State, other: State, search: Search) -> tuple[Reach, Reach] | None:
    """What two states can reach; None where one reaches something else than the other, which is noted."""
    found = []
    for state, its in ((kept, other), (other, kept)):
        reach = Reach(state, its)
        search.left -= len(reach.refs) + len(reach.owners)
        if reach.difference is not None:
            table, key, way = reach.difference
            if way is not None and way.holds(state):
                _note(Difference(table, key, way), kept, other)
            return None
        found.append(reach)
    return found[0], found[1]


def _note(difference: Difference, *states: State) -> None:
    """Remember what keeps two states apart: it will for as long as both go on."""
    for state in states:
        state.differs = (difference, *state.differs[: MAX_NOTED - 1])


def same_world(one: World, other: World) -> bool:
    """Whether two worlds hold the same tensors, nodes and writes."""
    return (
        one.tensors == other.tensors
        and one.nodes == other.nodes
        and one.logs == other.logs
        and one.swaps == other.swaps
        and one.versions == other.versions
        and one.freed == other.freed
    )


def _differing(
    kept: State, other: State, ours: dict[_Key, Value], theirs: dict[_Key, Value]
) -> tuple[list[_Key], _Key | None]:
    """The keys under which two states hold different values, and one of them where these may lead to a tensor."""
    differing: list[_Key] = []
    if ours == theirs:
        return differing, None
    others = [key for key, mine in ours.items() if theirs.get(key) is not mine]
    for key in (*others, *(key for key in theirs if key not in ours)):
        mine, its = ours.get(key), theirs.get(key)
        if mine != its:
            if matters(kept, mine) or matters(other, its):
                return differing, key
            differing.append(key)
    return differing, None


def likeliest(states: list[State], most: int) -> list[State]:
    """At most so many states: where the least is undecided, of these where the most is in a graph.

    Where some are dropped, nothing on the others is proven.
    """
    if len(states) > most:
        states = sorted(states, key=lambda state: (state.undecided, -len(state.world.nodes)))[:most]
        for state in states:
            state.undecided += UNDECIDABLE
    return states
