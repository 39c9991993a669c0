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
    return state.certainty.is_modelled and not state.truncated


def has_vote(state: State) -> bool:
    """Whether a path has a vote: every loop on it had a round, and it has not come through an error."""
    return state.certainty.has_all_rounds and not state.after_possible_error


def path_premises(state: State) -> frozenset[Premise]:
    """The premise that the path is taken, where too much on it is open, or an environment is that may never be."""
    is_open = is_unproven(state) or environment_of(state)
    return frozenset({Premise.PATH}) if is_open else frozenset()


def with_path(premises: frozenset[Premise], state: State) -> frozenset[Premise]:
    """The premises of what happens on a path. An environment that may never be is none beside others."""
    return premises | path_premises(state) if not premises or is_unproven(state) else premises


def is_unproven(state: State) -> bool:
    """True if too much on a path is open to prove anything on it."""
    return state.truncated or not state.certainty.is_proven


def unseen_premises(state: State, refusal: AutogradError) -> frozenset[Premise]:
    """The premise that what was written is a tensor at all, where nothing showed it."""
    targets = (state.autograd.tensors.get(write.target) for write in refusal.writes)
    unseen = any(target is not None and not target.tensor_seen for target in targets)
    return frozenset({Premise.IS_TENSOR}) if unseen else frozenset()
