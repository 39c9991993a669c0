"""What running tells of a mutant: refused, silently wrong, silently lost, or as it should be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

import numpy as np

from tests.mutants.running import Array, Observed, Run

_TOLERANCE = 1e-4

#: How autograd words what it refuses. Any other exception is a mutant that is no program.
_REFUSALS = re.compile(
    r"modified by an inplace operation|does not require grad|backward through the graph a second time"
    r"|leaf Variable that requires grad|is a view and is being modified|is being modified inplace"
    r"|detach views in-place|detached in-place|Inference tensor|change requires_grad flags of leaf variables"
    r"|One of the differentiated Tensors|not to have been used in the graph|through the graph after they have already"
)


class Outcome(Enum):
    """The first three are harm; `BROKEN` is a mutant that fails in a way that is not autograd's, and says nothing."""

    ERROR = "error"
    WRONG = "wrong"
    LOST = "lost"
    SAME = "same"
    BROKEN = "broken"


def outcome(mutant: Run, references: Sequence[Run]) -> Outcome:
    """What a mutant's run is, beside the runs that would be right. A reference that failed itself counts for nothing."""
    if mutant.error:
        return Outcome.ERROR if _REFUSALS.search(mutant.error) else Outcome.BROKEN
    sound = [each for each in references if not each.error]
    if not sound:
        return Outcome.BROKEN
    if any(agree(mutant, each) for each in sound):
        return Outcome.SAME
    return Outcome.LOST if _lost(mutant, sound[0]) else Outcome.WRONG


def agree(mutant: Run, reference: Run) -> bool:
    """Whether two runs gave the same gradients and parameters, at every step."""
    return len(mutant.observed) == len(reference.observed) and all(
        not _differing(ours, theirs) and all(map(_close, ours.values, theirs.values))
        for ours, theirs in zip(mutant.observed, reference.observed, strict=True)
    )


def _lost(mutant: Run, reference: Run) -> bool:
    """Whether all gradients that differ, where gradients differ first, are gone altogether."""
    for ours, theirs in zip(mutant.observed, reference.observed, strict=False):
        differing = _differing(ours, theirs)
        if differing:
            return all(_is_nothing(ours.gradients[at]) for at in differing)
    return False


def _differing(ours: Observed, theirs: Observed) -> list[int]:
    if len(ours.gradients) != len(theirs.gradients):  # another optimizer's step
        return list(range(len(ours.gradients)))
    pairs = zip(ours.gradients, theirs.gradients, strict=True)
    return [at for at, (mine, other) in enumerate(pairs) if not _close(mine, other)]


def _close(mine: Array | None, other: Array | None) -> bool:
    if mine is None or other is None:
        return _is_nothing(mine) and _is_nothing(other)
    scale = float(np.max(np.abs(other), initial=0.0))
    return mine.shape == other.shape and np.allclose(mine, other, rtol=0, atol=_TOLERANCE * scale, equal_nan=True)


def _is_nothing(gradient: Array | None) -> bool:
    return gradient is None or not np.any(gradient)
