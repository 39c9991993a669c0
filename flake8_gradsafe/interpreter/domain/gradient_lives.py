"""The life of a leaf's gradient: which backwards it adds up, and where it was clipped, used by a step, and cleared.

Only a run that is watched remembers it (`witness.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.values import Unknown

#: Of more lives that paths have led to, none is told.
_MOST_LIVES = 8
#: So many times the backward of one place is counted.
_MOST_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class GradientLife:
    """A gradient on one path: the `backwards` that it adds up, the oldest first, and what happened to it.

    `cleared` is where it was cleared before those, `assigned` where the program set it itself, `zeroed` where it set all of it
    to zero. `clipped` is where it was clipped, or written, since its last backward, `used` the last step that has used it, and
    `is_newer`: a backward has added to it since that step. `is_assumed`: it is not sure that one of those backwards reaches the
    leaf.
    """

    backwards: tuple[Place, ...] = ()
    cleared: Place = None
    assigned: Place = None
    zeroed: Place = None
    clipped: Place = None
    used: Place = None
    is_newer: bool = False
    is_assumed: bool = False

    @property
    def exists(self) -> bool:
        """Whether something in sight has set it."""
        return bool(self.backwards) or self.assigned is not None or self.zeroed is not None

    def differentiated(self, place: Place, *, surely: bool) -> GradientLife:
        """What a backward makes of it that `surely` reaches the leaf."""
        counted = self.backwards.count(place) < _MOST_ROUNDS
        backwards = (*self.backwards, place) if counted else self.backwards
        newer, assumed = self.used is not None, self.is_assumed or not surely
        return replace(self, backwards=backwards, clipped=None, is_newer=newer, is_assumed=assumed)

    def clipped_at(self, place: Place) -> GradientLife:
        """What clipping makes of it."""
        return replace(self, clipped=place) if self.exists else self

    def zeroed_at(self, place: Place) -> GradientLife:
        """What is left of it where all of it is set to zero."""
        return GradientLife(zeroed=place)

    def used_at(self, place: Place) -> GradientLife:
        """What a step makes of it."""
        return replace(self, used=place, is_newer=False) if self.exists else self


#: What nothing has happened to yet.
UNTOUCHED = GradientLife()


@dataclass(frozen=True, slots=True)
class GradientLives(Fact):
    """The lives that a leaf's gradient may have had on the paths that lead here; none where there are too many to tell."""

    lives: frozenset[GradientLife] = field(default_factory=lambda: frozenset({UNTOUCHED}))

    def joined(self, unknown: Callable[[], Unknown]) -> Fact:
        """What is left of it where one path knows nothing of it."""
        return self.met(None, unknown)

    def met(self, other: object, unknown: Callable[[], Unknown]) -> Fact:
        """All lives of both paths."""
        lives = other.lives if isinstance(other, GradientLives) else frozenset({UNTOUCHED})
        if not self.lives or not lives:
            return GradientLives(frozenset())
        return _kept(self.lives | lives)

    def after(self, change: Callable[[GradientLife], GradientLife]) -> GradientLives:
        """The lives, each with what happens now."""
        return _kept(frozenset(map(change, self.lives)))


def _kept(lives: frozenset[GradientLife]) -> GradientLives:
    return GradientLives(lives if len(lives) <= _MOST_LIVES else frozenset())
