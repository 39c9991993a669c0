"""What the rules about corrupted gradients share: how much may be assumed, and what to advise where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Doubt, Premise
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.rules import advice
from flake8_gradsafe.rules.advice import Subject
from flake8_gradsafe.rules.suspicion import is_suspect

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import SavedTensor
    from flake8_gradsafe.autograd.tensor import Place, Write
    from flake8_gradsafe.interpreter.events import Corrupted
    from flake8_gradsafe.rules.advice import Advice


#: Handles with a version counter of their own, or without a graph: a write through them is not what autograd checks.
HANDLES = frozenset({Via.DATA, Via.DETACH})


def suspect(event: Corrupted) -> bool:
    """Whether something is assumed, but no more than is granted.

    In a module's forward, training is what the code is for: a second premise is granted there, and wherever it is called, that
    an array is that of a tensor on the processor.
    """
    shared = (event.in_forward or event.written_in_forward) and event.stale_save.write.via is Via.NUMPY
    premises = event.premises - {Premise.SHARES_MEMORY} if shared else event.premises
    granted = 2 if event.in_forward and Premise.DIFFERENTIATED in premises else 1
    return bool(event.premises) and (not premises or is_suspect(premises, granted))


def is_unseen(event: Corrupted) -> bool:
    """Whether a write goes through `.data`; or to the tensor itself, where all of that was kept through a handle."""
    via = event.stale_save.write.via
    return via in {Via.DATA, Via.SET_DATA} or (via is Via.PLAIN and Doubt.REGION not in event.stale_save.doubts)


def is_output(save: SavedTensor) -> bool:
    """Whether an operator saved its own result."""
    return save.what.startswith("output") or (save.ref is None and save.what == "input")


def is_given(save: SavedTensor) -> bool:
    """Whether what was saved is a leaf or a constant: nothing that was computed with a graph."""
    return save.node is None and not is_output(save)


def subjects(write: Write, backward: Place, operator: str = "") -> tuple[tuple[str, Subject | str], ...]:
    """What advice about a write may name: the tensor itself, the operator that saved it, and the backward in sight."""
    tensor = Subject(write.hops[-1].place if write.hops else write.place)
    named = (("tensor", tensor), ("operator", operator or "the operator"))
    return named if backward is None else (*named, ("backward", Subject(backward, whole=True)))


def copied_or_moved(save: SavedTensor) -> Advice:
    """What to do about a write that should not have reached what was saved."""
    return advice.WRITE_BELOW_BACKWARD if is_given(save) else advice.WRITE_A_COPY


COPIED_OR_MOVED = (advice.WRITE_BELOW_BACKWARD, advice.WRITE_A_COPY)


def unshared(write: Write, save: SavedTensor) -> Advice:
    """What to do about a write through NumPy or raw storage."""
    if not write.hops:
        return advice.MAKE_IT_OF_A_COPY
    if write.hops[-1].via is Via.NUMPY and not write.hops[-1].storage:
        return advice.COPY_THE_ARRAY
    return copied_or_moved(save)


UNSHARED = (advice.MAKE_IT_OF_A_COPY, advice.COPY_THE_ARRAY, *COPIED_OR_MOVED)


def memory(write: Write) -> str:
    """Through which memory an uncounted write goes."""
    if write.hops and write.hops[-1].storage:
        return "through its raw storage"
    return (
        "through memory shared with NumPy"
        if not write.hops or write.hops[-1].via is Via.NUMPY
        else "through shared memory"
    )


def kept_or_moved(event: Corrupted) -> Advice:
    """What to do about a write to a module's state between its use and the backward."""
    of_a_layer = event.stale_save.save.what.startswith("self.")
    if event.in_forward or event.twice:
        return advice.WRITE_OUTSIDE_OF_FORWARD if of_a_layer else advice.COMPUTE_WITH_A_COPY_OF_THE_STATE
    if event.stale_save.write.calls and not of_a_layer:
        return advice.WRITE_BELOW_BACKWARD_OR_COPY
    return advice.WRITE_BELOW_ITS_BACKWARD


KEPT_OR_MOVED = (
    advice.WRITE_BELOW_BACKWARD_OR_COPY,
    advice.WRITE_BELOW_ITS_BACKWARD,
    advice.WRITE_OUTSIDE_OF_FORWARD,
    advice.COMPUTE_WITH_A_COPY_OF_THE_STATE,
)
