"""How certain it is that a path is taken as the interpreter follows it."""

from __future__ import annotations

from dataclasses import dataclass

#: Findings are proven on paths that depend on at most this many open conditions.
MAX_OPEN = 1


@dataclass(frozen=True, slots=True, order=True)
class Certainty:
    """Counts of what had to be assumed on a path. The fewer, the more certain: the least of several is the most certain.

    `unmodelled` counts what cannot be followed, after which nothing is proven; `skipped_loops` the loops that have no rounds,
    which nobody writes for that; `assumed_loops` those of which the first rounds alone are followed, so that the others are
    assumed to be like them; `conditions` the conditions of which both outcomes are followed.
    """

    unmodelled: int = 0
    skipped_loops: int = 0
    assumed_loops: int = 0
    conditions: int = 0

    def __add__(self, other: Certainty) -> Certainty:
        """What is assumed if both are."""
        return Certainty(
            self.unmodelled + other.unmodelled,
            self.skipped_loops + other.skipped_loops,
            self.assumed_loops + other.assumed_loops,
            self.conditions + other.conditions,
        )

    @property
    def is_proven(self) -> bool:
        """True if so little is open that what happens on the path is proven."""
        doubtful = self.unmodelled or self.skipped_loops
        return not doubtful and self.assumed_loops + self.conditions <= MAX_OPEN

    @property
    def follows_whole_loops(self) -> bool:
        """True if at most one loop is followed for its first rounds alone."""
        return self.assumed_loops <= MAX_OPEN

    @property
    def has_all_rounds(self) -> bool:
        """True if no loop on the path was skipped."""
        return not self.skipped_loops

    @property
    def is_modelled(self) -> bool:
        """True if nothing on the path was left out of the model."""
        return not self.unmodelled


CERTAIN = Certainty()
UNMODELLED = Certainty(unmodelled=1)
SKIPPED_LOOP = Certainty(skipped_loops=1)
ASSUMED_LOOP = Certainty(assumed_loops=1)
CONDITION = Certainty(conditions=1)
