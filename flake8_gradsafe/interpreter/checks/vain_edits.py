"""Gradients that are clipped where no step is changed by it: after the step, before the backward, or while they are scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    ClippedGradient,
    ScaledGradient,
    SpentInBackward,
    UnusedGradient,
    UsedGradient,
)
from flake8_gradsafe.interpreter.events import EditedInVain, Vanity
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run


def gradients_edited(
    run: Run, refs: list[int], place: Place, state: State, *, of_none: bool, bounded: bool = False
) -> None:
    """Note that gradients are clipped; what comes next tells whether in vain. `of_none`: it is so where there are none.

    `bounded`: the bound is one that they may exceed.
    """
    scaled = [fact for ref in refs if (fact := state.heap.fact(ref, ScaledGradient)) is not None]
    if scaled:
        _tell(run, refs, place, Vanity.SCALED, scaled[0].place, state, may_be_off=scaled[0].may_be_off)
    spent = [each for ref in refs if (each := state.heap.fact(ref, SpentInBackward)) is not None]
    used = [step for ref in refs if (step := state.heap.fact(ref, UsedGradient)) is not None]
    if any(state.heap.has(ref, UnusedGradient) or (ref, "grad") in state.heap for ref in refs):
        run.useful_edits.add(place)
    elif of_none and len(spent) == len(refs) > 0:
        _tell(run, refs, place, Vanity.CLEARED, spent[0].place, state, since=spent[0].time)
    elif len(used) == len(refs) > 0 and (bounded or run.dropped is place):  # else the norm may be all that is wanted
        _note(refs, ClippedGradient(place, used[0].place, used[0].time), state)
    elif of_none and refs and not used and all(_has_none(run, ref, state) for ref in refs):
        _note(refs, ClippedGradient(place, None, state.autograd.clock), state)
    else:
        run.useful_edits.add(place)


def gradient_edited_by_hand(run: Run, ref: int, place: Place, state: State) -> bool:
    """Note that a gradient is changed in place which a step has used; whether it is so."""
    used = state.heap.fact(ref, UsedGradient)
    if used is None or state.heap.has(ref, UnusedGradient) or (ref, "grad") in state.heap:
        run.useful_edits.add(place)
        return False
    _note((ref,), ClippedGradient(place, used.place, used.time, by_hand=True), state)
    return True


def gradient_taken(run: Run, ref: int, state: State) -> None:
    """The program computes with a gradient itself, whatever was changed of it."""
    edit = state.heap.forget(ref, ClippedGradient)
    if edit is not None:
        run.useful_edits.add(edit.place)


def _note(refs: Iterable[int], edit: ClippedGradient, state: State) -> None:
    for ref in refs:
        state.heap.note(ref, edit)


def _has_none(run: Run, ref: int, state: State) -> bool:
    """Whether a leaf surely has no gradient: none that an earlier call of the function that is entered has left, either."""
    tensor = state.autograd.tensors.get(ref)
    if tensor is None or ref in state.autograd.graded:
        return False
    if ref in state.autograd.trained:
        return state.heap.has(ref, ClearedGradient)
    fresh = run.script or ref > run.entered_at or state.heap.has(ref, ClearedGradient)
    return fresh and tensor.grad.sure and ref not in state.escaped


def edits_cleared(run: Run, refs: Iterable[int], state: State) -> None:
    """Tell of gradients that were clipped after a step had used them, and are cleared now, or at the end of the program."""
    found: dict[ClippedGradient, list[int]] = {}
    for ref in refs:
        edit = state.heap.forget(ref, ClippedGradient)
        if edit is not None and edit.used is not None:
            found.setdefault(edit, []).append(ref)
    for edit, leaves in found.items():
        _tell(run, leaves, edit.place, Vanity.USED, edit.used, state, since=edit.since, by_hand=edit.by_hand)


def edits_left(run: Run, state: State) -> None:
    """Tell of what was clipped after the last step of a program."""
    if run.script:
        edits_cleared(run, [ref for ref, _ in state.heap.facts_of_kind(ClippedGradient)], state)


def edits_before(run: Run, refs: Iterable[int], backward: Place, state: State) -> None:
    """Tell of gradients that were clipped before the backward that computes them. What it adds to is used with it."""
    found: dict[ClippedGradient, list[int]] = {}
    for ref in refs:
        edit = state.heap.forget(ref, ClippedGradient)
        if edit is not None and edit.used is None:
            found.setdefault(edit, []).append(ref)
        elif edit is not None:
            run.useful_edits.add(edit.place)
    for edit, leaves in found.items():
        _tell(run, leaves, edit.place, Vanity.NONE, backward, state, since=edit.since)


def edits_used(run: Run, refs: Iterable[int], state: State) -> None:
    """A step uses gradients, whatever was clipped of them."""
    for ref in refs:
        state.heap.forget(ref, ScaledGradient)
        edit = state.heap.forget(ref, ClippedGradient)
        if edit is not None and edit.used is not None:
            run.useful_edits.add(edit.place)


def spent_iterator(run: Run, place: Place, drained: Place, state: State) -> None:
    """Tell of gradients that are to be clipped by an iterator that was used up."""
    run.emit(EditedInVain(place, with_path(frozenset(), state), Vanity.SPENT, drained), state, Vanity.SPENT)


def _tell(
    run: Run,
    refs: Iterable[int],
    place: Place,
    why: Vanity,
    other: Place,
    state: State,
    *,
    since: int = 0,
    may_be_off: bool = False,
    by_hand: bool = False,
) -> None:
    scales = frozenset({Premise.SCALES} if may_be_off else ())
    run.emit(
        EditedInVain(
            place,
            with_path(if_trained(refs, state) | scales, state, since or state.autograd.clock),
            why,
            other,
            by_hand,
        ),
        state,
        why,
    )


def is_harmless(run: Run, event: Event) -> bool:
    """Whether an edit that changed no step on one path changes one on another, or there is no step that it could change."""
    if not isinstance(event, EditedInVain) or event.why not in {Vanity.USED, Vanity.NONE, Vanity.CLEARED}:
        return False
    stepped = bool(run.steps_of_any) or any(backward is event.other for backward, _ in run.uses)
    return event.place in run.useful_edits or (event.why is Vanity.NONE and not stepped)
