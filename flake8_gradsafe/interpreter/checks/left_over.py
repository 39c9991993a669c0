"""Gradients that one loss leaves in parameters which another loss trains: the other's step uses both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedLast,
    LatestGradient,
    LeftGradient,
    UnusedGradient,
    UsedFromBefore,
)
from flake8_gradsafe.interpreter.events import UsedOfAnother
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run


def gradients_left(run: Run, held: Iterable[int], step: Place, state: State) -> None:
    """A step: tell of what it uses of another's, and note what its own backward has left in what it does not hold.

    What was cleared together with what it holds was meant to gather the gradients of both.
    """
    if not run.clears:
        return
    own = [(ref, fact) for ref in held if (fact := state.heap.fact(ref, UnusedGradient)) is not None]
    _tell_of_another(run, [ref for ref, _ in own], step, state)
    cleared = [last for ref, _ in own if (last := state.heap.fact(ref, ClearedLast)) is not None]
    backwards = {fact.backward for _, fact in own}
    holds = {ref for ref, _ in own}
    for ref, latest in state.heap.facts_of_kind(LatestGradient) if cleared else ():
        last = state.heap.fact(ref, ClearedLast)
        if (
            ref not in holds
            and latest.backward in backwards
            and last is not None
            and not _together(last, cleared, state)
        ):
            state.heap.note(ref, LeftGradient(latest.backward, step, latest.time))


def _together(last: ClearedLast, others: Iterable[ClearedLast], state: State) -> bool:
    """Whether something was cleared at one time with others: in between, nothing made a graph or was differentiated."""
    return any(
        last.walks == other.walks and not any(last.time < node < other.time for node in state.autograd.nodes)
        for other in dict.fromkeys(others)
    )


def _tell_of_another(run: Run, refs: Iterable[int], step: Place, state: State) -> None:
    found: dict[LeftGradient, list[int]] = {}
    for ref in refs:
        left, unused = state.heap.forget(ref, LeftGradient), state.heap.fact(ref, UnusedGradient)
        if left is None or unused is None or unused.backward is left.backward or left.place is step:
            continue
        if (ref, "grad") not in state.heap:
            found.setdefault(left, []).append(ref)
    for left, leaves in found.items():
        _tell(run, left, leaves, step, state)


def left_over_calls(run: Run, state: State) -> None:
    """Tell of a function that leaves the gradients of one loss to its own next call, which steps with them before it clears."""
    if not run.clears:
        return
    for ref, used in state.heap.facts_of_kind(UsedFromBefore):
        left = state.heap.fact(ref, LeftGradient)
        if left is None or left.backward is used.backward or left.place is used.place:
            continue
        if ref in state.autograd.trained and (ref, "grad") not in state.heap:
            _tell(run, left, (ref,), used.place, state)
            return


def _tell(run: Run, left: LeftGradient, leaves: Iterable[int], step: Place, state: State) -> None:
    premises = with_path(if_trained(leaves, state) | {Premise.ONE_STEP}, state, left.time)
    run.emit(UsedOfAnother(step, premises, left.backward, left.place), state)
