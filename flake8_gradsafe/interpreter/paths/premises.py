"""What a finding on a path has to assume, and whether the path counts for what happens on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.paths.environment import environment_of
from flake8_gradsafe.interpreter.scope import Scope

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import AutogradError
    from flake8_gradsafe.interpreter.domain.state import State


def without_implied(premises: frozenset[Premise], assumed: frozenset[Premise], scope: Scope) -> frozenset[Premise]:
    """The premises of a caller's backward: that a module's forward is trained says already that gradients pass it."""
    if scope.in_forward and Premise.DIFFERENTIATED in assumed:
        return premises - {Premise.REQUIRES_GRAD}
    return premises


def is_followed(state: State) -> bool:
    """Whether nothing on a path was left out."""
    return state.certainty.is_modelled and not state.truncated_at


def has_vote(state: State) -> bool:
    """Whether a path has a vote: every loop on it had a round, and it has not come through an error."""
    return state.certainty.has_all_rounds and not state.after_possible_error


def path_premises(state: State, since: int = 0) -> frozenset[Premise]:
    """What is assumed of the path: that it is taken from `since` on, where too much is open since then, or an environment is
    that may never be; else that what was left out before `since` would not change what follows.

    `since` is the earliest thing on the path that a finding is about: what was open before it led to all of it alike.
    """
    if is_open_since(state, since) or environment_of(state):
        return frozenset({Premise.PATH})
    whole = is_followed(state) and state.certainty.has_all_rounds
    return frozenset() if whole else frozenset({Premise.FOLLOWED})


def with_path(premises: frozenset[Premise], state: State, since: int = 0) -> frozenset[Premise]:
    """The premises of what happens on a path. An environment that may never be is none beside others."""
    of_path = path_premises(state, since)
    if premises and Premise.PATH in of_path and not is_open_since(state, since):
        return premises
    return premises | of_path


def is_open_since(state: State, since: int = 0) -> bool:
    """Whether too much was open on a path at `since` or later to prove anything that lies between there and here."""
    certainty = state.certainty.since(since)
    return state.truncated_at >= max(1, since) or not certainty.is_taken


def unseen_premises(state: State, refusal: AutogradError) -> frozenset[Premise]:
    """The premise that what was written is a tensor at all, where nothing showed it."""
    targets = (state.autograd.tensors.get(write.target) for write in refusal.writes)
    unseen = any(target is not None and not target.tensor_seen for target in targets)
    return frozenset({Premise.IS_TENSOR}) if unseen else frozenset()
