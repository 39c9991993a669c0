"""How certain it is that a path is taken as the interpreter follows it, and since when what is open on it has been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Findings are proven on paths that leave at most this many conditions open between what they need.
MAX_OPEN = 1


@dataclass(frozen=True, slots=True, order=True)
class Certainty:
    """Counts of what had to be assumed. The fewer, the more certain: the least of several is the most certain.

    `unmodelled` counts what cannot be followed, after which nothing is proven; `skipped_loops` the loops that have no rounds,
    which nobody writes for that; `assumed_loops` those of which the first rounds alone are followed, so that the others are
    assumed to be like them; `conditions` the conditions of which both outcomes are followed, and `rounds` the loops that are
    taken to have another round.
    """

    unmodelled: int = 0
    skipped_loops: int = 0
    assumed_loops: int = 0
    conditions: int = 0
    rounds: int = 0

    def __add__(self, other: Certainty) -> Certainty:
        """What is assumed if both are."""
        return Certainty(
            self.unmodelled + other.unmodelled,
            self.skipped_loops + other.skipped_loops,
            self.assumed_loops + other.assumed_loops,
            self.conditions + other.conditions,
            self.rounds + other.rounds,
        )

    @property
    def is_taken(self) -> bool:
        """True if so little is open that a path which begins is taken to its end, if loops have rounds."""
        doubtful = self.unmodelled or self.skipped_loops
        return not doubtful and self.assumed_loops + self.conditions <= MAX_OPEN

    @property
    def is_proven(self) -> bool:
        """True if so little is open that a path which begins is surely taken to its end."""
        return self.is_taken and self.assumed_loops + self.conditions + self.rounds <= MAX_OPEN


CERTAIN = Certainty()
UNMODELLED = Certainty(unmodelled=1)
SKIPPED_LOOP = Certainty(skipped_loops=1)
ASSUMED_LOOP = Certainty(assumed_loops=1)
CONDITION = Certainty(conditions=1)
ANOTHER_ROUND = Certainty(rounds=1)


class Asked(NamedTuple):
    """Where a condition was asked: the test, in which rounds of the loops around it, and through which calls.

    `of_environment`: it asks for what the program runs on.
    """

    place: object
    rounds: tuple[int, ...]
    calls: tuple[object, ...]
    of_environment: bool


class Assumption(NamedTuple):
    """Something that had to be assumed: when, and when the branch that it led into was left while others went on; 0 where it
    was not. Of a condition, where it was `asked` and which way it went; of a `loop`, that its rounds are alike.
    """

    what: Certainty
    made_at: int
    left_at: int = 0
    asked: Asked | None = None
    outcome: bool = True
    loop: object = None


@dataclass(frozen=True, slots=True)
class PathCertainty:
    """What had to be assumed on a path: all of it, and each assumption with its times.

    A finding needs no more of a path than what lies between the first and the last thing that it is about: where its save, its
    write and its backward stand in one block, what led to the block is open above all three, and decides nothing between them.
    Where the block was left in between, or before, another path may have come to the rest of it.
    """

    total: Certainty = CERTAIN
    assumed: tuple[Assumption, ...] = ()

    def assume(
        self, what: Certainty, time: int, asked: Asked | None = None, outcome: bool = True, loop: object = None
    ) -> PathCertainty:
        """The same with another assumption, made at `time` on the clock of the path.

        That the rounds of a loop are alike is one assumption, however often a path comes through it.
        """
        again = loop is not None and any(each.loop is loop for each in self.assumed)
        assumption = Assumption(what, time, 0, asked, outcome, loop)
        return PathCertainty(self.total if again else self.total + what, (*self.assumed, assumption))

    def outcomes(self) -> dict[Asked, bool] | None:
        """Which way the open conditions went; None where anything else is assumed as well."""
        asked = {each.asked: each.outcome for each in self.assumed if each.asked is not None}
        return asked if len(asked) == len(self.assumed) else None

    def leave(self, before: PathCertainty, time: int) -> PathCertainty:
        """The same when the branches are left, at `time`, that were entered since `before`."""
        kept = len(before.assumed)
        left = (each if each.left_at else each._replace(left_at=max(1, time)) for each in self.assumed[kept:])
        return PathCertainty(self.total, (*self.assumed[:kept], *left))

    def since(self, time: int) -> Certainty:
        """What had to be assumed at `time` or later.

        What led into branches that were left since is one condition together: what happened at `time` shows that it can be.
        """
        found = _together(each for each in self.assumed if each.made_at >= time)
        return found + CONDITION if any(each.made_at < time <= each.left_at for each in self.assumed) else found

    def is_proven_since(self, time: int) -> bool:
        """True if so little is open since `time`, and in branches that were left before, that a path is surely taken."""
        before = (each for each in self.assumed if 0 < each.left_at < time)
        return (_together(before) + self.since(time)).is_proven

    def __lt__(self, other: PathCertainty) -> bool:
        """Whether less had to be assumed in all."""
        return self.total < other.total

    @property
    def follows_whole_loops(self) -> bool:
        """True if at most one loop is followed for its first rounds alone."""
        return self.total.assumed_loops <= MAX_OPEN

    @property
    def has_all_rounds(self) -> bool:
        """True if no loop on the path was skipped."""
        return not self.total.skipped_loops

    @property
    def is_modelled(self) -> bool:
        """True if nothing on the path was left out of the model."""
        return not self.total.unmodelled


def _together(assumed: Iterable[Assumption]) -> Certainty:
    """What several assumptions come to: of those about one loop, one counts."""
    counted = {id(each) if each.loop is None else id(each.loop): each.what for each in assumed}
    return sum(counted.values(), CERTAIN)


NOTHING_ASSUMED = PathCertainty()
