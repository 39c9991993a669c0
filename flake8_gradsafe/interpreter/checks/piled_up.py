"""Gradients that a step uses a second time: nothing has cleared them, and later backwards have added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.domain.facts import ClearedLast, UnusedGradient, UsedFromBefore, UsedGradient
from flake8_gradsafe.interpreter.events import PiledUp
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run


def note_use(owner: int, ref: int, step: Place, backward: Place, state: State) -> None:
    """Remember that a step of an optimizer has used the gradient of a leaf, which a backward has computed."""
    fresh = state.heap.has(ref, ClearedLast) or state.heap.has(owner, ClearedLast)
    state.heap.note(ref, UsedGradient(step, state.autograd.clock, backward, fresh))
    if not fresh:
        state.heap.note(ref, UsedFromBefore(step, backward))


def gradients_piled_up(run: Run, owner: int, held: Iterable[int], step: Place, state: State) -> None:
    """Tell of a step that uses gradients again which it has used before, and a backward has added to since."""
    if not run.clears:
        return
    cleared = state.heap.fact(owner, ClearedLast)
    for ref in held:
        used, unused = state.heap.fact(ref, UsedGradient), state.heap.fact(ref, UnusedGradient)
        if used is None or unused is None or used.place is not step or (ref, "grad") in state.heap:
            continue
        if cleared is None or cleared.time < used.time:
            _tell(run, ref, unused.backward, step, used.time, state)
            return


def piled_up_over_calls(run: Run, state: State) -> None:
    """Tell of a function that clears other gradients than those that it steps with: its next call adds to them."""
    if not run.clears:
        return
    for ref, used in state.heap.facts_of_kind(UsedGradient):
        if not used.fresh and ref in state.autograd.trained and (ref, "grad") not in state.heap:
            _tell(run, ref, used.backward, used.place, used.time, state)
            return


def _tell(run: Run, ref: int, backward: Place, step: Place, since: int, state: State) -> None:
    premises = with_path(if_trained((ref,), state) | {Premise.ONE_STEP}, state, since)
    run.emit(PiledUp(backward, premises, step), state)
