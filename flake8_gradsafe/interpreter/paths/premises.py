"""What a finding on a path has to assume, and whether the path counts for what happens on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.paths.environment import environment_of
from flake8_gradsafe.interpreter.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import AutogradError, Node, SavedTensor
    from flake8_gradsafe.autograd.tensor import Grad
    from flake8_gradsafe.interpreter.domain.state import State


def without_implied(
    premises: frozenset[Premise],
    scope: Scope,
    state: State,
    saved: tuple[Node | None, SavedTensor | None],
    targets: Iterable[int],
) -> frozenset[Premise]:
    """The premises of a caller's backward through a module's forward: that it is trained says already that gradients pass it.

    What is computed of its arguments alone requires grad where other modules have computed those: the module of a whole model
    is given data. One that holds no others is a layer, if it does not write its arguments themselves. What is computed in a
    forward, and handed to code out of sight, is taken to come to what the forward returns.
    """
    if not scope.in_forward:
        return premises
    if Premise.SAVED not in premises:
        premises -= {Premise.PASSES}
    node, save = saved
    if save is None or node is None or not state.autograd.is_given(save.when):
        return premises - {Premise.REQUIRES_GRAD, Premise.IS_TENSOR}
    if (
        scope.alone
        and not _are_given(targets, state)
        and (node.name not in _ARITHMETIC or _are_shown(save.when, state))
    ):
        return premises - {Premise.REQUIRES_GRAD, Premise.IS_TENSOR}
    return premises


#: What takes numbers, too.
_ARITHMETIC = frozenset({"mul", "div", "add", "sub", "pow", "lerp", "imul", "idiv"})


def _are_shown(grad: Grad, state: State) -> bool:
    """Whether anything has shown that one of the sources of a gradient is a tensor: a weight of a term may be a number."""
    tensors = state.autograd.tensors
    return any(ref in tensors and tensors[ref].tensor_seen for ref in grad.sources)


def _are_given(targets: Iterable[int], state: State) -> bool:
    """Whether any of these tensors shares its memory with an argument of the function that is entered."""
    tensors = state.autograd.tensors
    memory = {tensors[ref].storage for ref in state.autograd.given if ref in tensors}
    return any(ref in tensors and tensors[ref].storage in memory for ref in targets)


def is_modelled(state: State) -> bool:
    """Whether nothing on a path was left out."""
    return state.certainty.is_modelled and not state.truncated_at


def is_followed(state: State) -> bool:
    """Whether nothing on a path was left out, nor taken to be mended."""
    return is_modelled(state) and not state.mended


def has_vote(state: State) -> bool:
    """Whether a path has a vote: every loop on it had a round, and it has not come through an error."""
    return state.certainty.has_all_rounds and not state.after_possible_error


def path_premises(state: State, since: int = 0) -> frozenset[Premise]:
    """What is assumed of the path: that it is taken from `since` on, where too much is open since then, or an environment is
    that may never be; else that what was left out before `since` would not change what follows, and that loops have rounds.

    `since` is the earliest thing on the path that a finding is about: what was open before it led to all of it alike.
    """
    mended = frozenset({Premise.MENDED}) if state.mended else frozenset[Premise]()
    if is_open_since(state, since) or environment_of(state):
        return mended | {Premise.PATH}
    whole = is_modelled(state) and state.certainty.has_all_rounds and state.certainty.is_proven_since(since)
    return mended if whole else mended | {Premise.FOLLOWED}


def with_path(premises: frozenset[Premise], state: State, since: int = 0) -> frozenset[Premise]:
    """The premises of what happens on a path. An environment that may never be is none beside others."""
    of_path = path_premises(state, since)
    if premises and Premise.PATH in of_path and not is_open_since(state, since):
        return premises
    return premises | of_path


def if_trained(refs: Iterable[int], state: State) -> frozenset[Premise]:
    """The premise that the models are trained which some of these parameters stand for."""
    return frozenset() if state.autograd.trained.isdisjoint(refs) else frozenset({Premise.TRAINED})


def is_open_since(state: State, since: int = 0) -> bool:
    """Whether too much was open on a path at `since` or later to prove anything that lies between there and here."""
    certainty = state.certainty.since(since)
    return state.truncated_at >= max(1, since) or not certainty.is_taken


def unseen_premises(state: State, refusal: AutogradError) -> frozenset[Premise]:
    """The premise that what was written is a tensor at all, where nothing showed it."""
    targets = (state.autograd.tensors.get(write.target) for write in refusal.writes)
    unseen = any(target is not None and not target.tensor_seen for target in targets)
    return frozenset({Premise.IS_TENSOR}) if unseen else frozenset()
