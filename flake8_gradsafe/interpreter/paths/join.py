"""Paths that meet again: two states become one where nothing that differs between them can matter to a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.facts import Fact
from flake8_gradsafe.interpreter.paths.reachability import (
    AccessPath,
    Reachability,
    collect_garbage,
    differ_in_tensors,
    may_hold_tensor,
    table_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.autograd.state import AutogradState
    from flake8_gradsafe.interpreter.budget import Budget
    from flake8_gradsafe.interpreter.domain.certainty import Certainty
    from flake8_gradsafe.interpreter.domain.heap import Entry
    from flake8_gradsafe.interpreter.domain.state import State

_Key = TypeVar("_Key")

#: How many of the differences that kept it apart from others a state remembers.
MAX_SEPARATORS = 8


class Separator(NamedTuple):
    """What has kept two states apart: under `key`, one of their tables had different things that may lead to a tensor.

    `path` is how it could be reached in one of them, None for a name in a frame.
    """

    table: str
    key: Any
    path: AccessPath | None

    def separates(self, one: State, two: State) -> bool:
        """Whether it keeps these two states apart as well."""
        if self.path is None:
            frame, name = self.key
            if frame not in one.frames or frame not in two.frames:
                return False
            return differ_in_tensors(one, two, one.frames[frame].get(name), two.frames[frame].get(name))
        mine, its = table_of(one, self.table).get(self.key), table_of(two, self.table).get(self.key)
        if mine is its or not (self.path.exists_in(one) or self.path.exists_in(two)):
            return False
        return differ_in_tensors(one, two, mine, its) if self.table == "heap" else mine != its


def join_all(states: list[State], *, searching: Budget | None) -> list[State]:
    """The states, those that can meet made one.

    `searching`: what no name reaches any more keeps no states apart, as long as there is anything left to search for it.
    """
    if len(states) < 2:
        return states
    kept: list[State] = []
    collected = None if searching is None else _Collected(searching)
    for state in states:
        if not any(_try_join(other, state, collected) for other in kept):
            kept.append(state)
    return kept


class _Collected:
    """The states from which all that nothing reaches has been dropped, and what may be searched for that."""

    def __init__(self, search: Budget) -> None:
        self.search = search
        self.states: set[int] = set()


def _try_join(kept: State, other: State, collected: _Collected | None) -> bool:
    """Take `other` into `kept`, if they differ in nothing that can matter. What is cheap to compare comes first."""
    if kept.signal != other.signal or kept.expects_error != other.expects_error:
        return False
    if kept.autograd.grad_enabled != other.autograd.grad_enabled:
        return False
    if kept.current != other.current or kept.frames.keys() != other.frames.keys() or kept.log != other.log:
        return False
    alike = same_world(kept.autograd, other.autograd)
    if collected is not None and collected.search.left <= 0:
        collected = None
    if not alike and collected is None:
        return False
    if any(told.separates(kept, other) for told in kept.separators):
        return False
    if any(told.separates(kept, other) for told in other.separators):
        return False
    names: list[tuple[int, str]] = []
    for key, frame in kept.frames.items():
        differing, mattering = _differing_keys(kept, other, frame, other.frames[key])
        if mattering is not None:
            _remember_separator(Separator("frames", (key, mattering), None), kept, other)
            return False
        names += [(key, name) for name in differing]
    if not alike and (collected is None or not _same_reach(kept, other, collected)):
        return False
    attributes, differing_attribute = _differing_keys(kept, other, kept.heap, other.heap)
    if differing_attribute is not None:
        if alike and collected is not None:
            _reaches(kept, other, collected.search)
        return False
    kept.autograd.walks = max(kept.autograd.walks, other.autograd.walks)
    kept.autograd.clock = max(kept.autograd.clock, other.autograd.clock)
    for frame_key, name in names:
        if frame_key in kept.frames:
            kept.frames[frame_key][name] = kept.unknown()
    for attribute in attributes:
        mine, its = kept.heap.get(attribute), other.heap.get(attribute)
        entry, against = (mine, its) if mine else (its, mine)
        kept.heap[attribute] = entry.met(against, kept.unknown) if isinstance(entry, Fact) else kept.unknown()
    if kept.assumptions != other.assumptions:
        kept.assumptions = {key: way for key, way in kept.assumptions.items() if other.assumptions.get(key) is way}
    kept.differentiated |= other.differentiated
    kept.autograd.graded |= other.autograd.graded
    kept.cuts |= other.cuts
    kept.seen_cuts &= other.seen_cuts
    kept.opaque |= other.opaque
    kept.hidden |= other.hidden
    kept.escaped |= other.escaped
    kept.optimizer_steps = tuple(dict.fromkeys((*kept.optimizer_steps, *other.optimizer_steps)))
    kept.edited_gradients = tuple(dict.fromkeys((*kept.edited_gradients, *other.edited_gradients)))
    kept.certainty = min(kept.certainty, other.certainty)
    kept.truncated_at = min(kept.truncated_at, other.truncated_at)
    kept.after_possible_error &= other.after_possible_error
    kept.mended &= other.mended
    kept.pending_writes = tuple(dict.fromkeys((*kept.pending_writes, *other.pending_writes)))
    return True


def _same_reach(kept: State, other: State, collected: _Collected) -> bool:
    """Whether two states hold the same tensors, nodes and writes, after all that no name reaches has been dropped."""
    reaches = _reaches(kept, other, collected.search)
    if reaches is None:
        return False
    for state, reach in zip((kept, other), reaches, strict=True):
        if id(state) not in collected.states:
            collected.states.add(id(state))
            collect_garbage(state, reach)
    return same_world(kept.autograd, other.autograd)


def _reaches(kept: State, other: State, search: Budget) -> tuple[Reachability, Reachability] | None:
    """What two states can reach; None where one reaches something else than the other, which is noted."""
    found = []
    for state, its in ((kept, other), (other, kept)):
        reach = Reachability(state, its)
        search.left -= len(reach.refs) + len(reach.owners)
        if reach.difference is not None:
            table, key, way = reach.difference
            if way is not None and way.exists_in(state):
                _remember_separator(Separator(table, key, way), kept, other)
            return None
        found.append(reach)
    return found[0], found[1]


def _remember_separator(difference: Separator, *states: State) -> None:
    """Remember what keeps two states apart: it will for as long as both go on."""
    for state in states:
        state.separators = (difference, *state.separators[: MAX_SEPARATORS - 1])


def same_world(one: AutogradState, other: AutogradState) -> bool:
    """Whether two states of autograd hold the same tensors, nodes and writes."""
    return (
        one.tensors == other.tensors
        and one.nodes == other.nodes
        and one.logs == other.logs
        and one.swaps == other.swaps
        and one.versions == other.versions
        and one.freed == other.freed
    )


def _differing_keys(
    kept: State, other: State, ours: Mapping[_Key, Entry], theirs: Mapping[_Key, Entry]
) -> tuple[list[_Key], _Key | None]:
    """The keys under which two states hold different values, and one of them where these may lead to a tensor."""
    differing: list[_Key] = []
    if ours == theirs:
        return differing, None
    others = [key for key, mine in ours.items() if theirs.get(key) is not mine]
    for key in (*others, *(key for key in theirs if key not in ours)):
        mine, its = ours.get(key), theirs.get(key)
        if mine != its:
            if may_hold_tensor(kept, mine) or may_hold_tensor(other, its):
                return differing, key
            differing.append(key)
    return differing, None


def keep_most_certain(states: list[State], most: int) -> list[State]:
    """At most so many states: the most certain, and of these those where the most is known; with grad mode on and off, and
    one on which most was differentiated and stepped, or made to be.

    Where some are dropped, nothing on the others is proven.
    """
    if len(states) > most:
        amounts = {id(state): amount_trained(state) for state in states}
        states = sorted(states, key=lambda state: _likeliest(state, amounts[id(state)].leaves))
        kept = states[:most]
        trained = max(states, key=lambda state: amounts[id(state)])
        if amounts[id(trained)] > max(amounts[id(state)] for state in kept) and most > 1:
            kept[-1] = trained
        other = next(
            (state for state in states if state.autograd.grad_enabled is not kept[0].autograd.grad_enabled), None
        )
        if other is not None and most > 1 and other not in kept:
            kept[-1] = other
        states = kept
        for state in states:
            state.assume(UNMODELLED)
    return states


class Amount(NamedTuple):
    """How often parameters were stepped on a path, how often something was differentiated, and how many leaves there are."""

    steps: int
    walks: int
    leaves: int


def amount_trained(state: State) -> Amount:
    """How much is trained on a path, or made to be: what has more is the greater."""
    leaves = sum(tensor.node is None and tensor.grad.sure for tensor in state.autograd.tensors.values())
    return Amount(len(state.optimizer_steps), state.autograd.walks, leaves)


def _likeliest(state: State, leaves: int) -> tuple[Certainty, int, int]:
    """The less is assumed, the more is in a graph, and the more leaves are known, the likelier a path comes to a finding."""
    return state.certainty.total, -len(state.autograd.nodes), -leaves
