"""Values that are put aside by `clone()` and put back by `copy_()`: what was written in between is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import Effect
from flake8_gradsafe.interpreter.domain.facts import CopyOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.domain.state import State


def note_copy(name: str, operands: Iterable[int], outputs: Iterable[int], state: State) -> None:
    """Note of the result of `clone` whose values it has, and since when."""
    if name != "clone":
        return
    for source, made in zip(operands, outputs, strict=False):
        tensor = state.autograd.tensors[source]
        if tensor.region == WHOLE:
            state.heap.note(made, CopyOf(tensor.storage, state.autograd.clock))


def puts_back(ref: int, source: int, state: State) -> bool:
    """Whether writing one tensor over the whole of another gives that the values back which it had when the first was cloned.

    Where it does, the writes since then have changed nothing for a backward that comes later: unless something was saved in
    between, with other values.
    """
    autograd = state.autograd
    target, copy = autograd.tensors[ref], state.heap.fact(source, CopyOf)
    if copy is None or copy.storage != target.storage or target.region != WHOLE or autograd.shares.get(target.storage):
        return False
    if any(write.effect is not Effect.NOTHING for write in autograd.logs.get(autograd.tensors[source].storage, ())):
        return False
    undone = [write.time for write in autograd.logs.get(target.storage, ()) if write.time > copy.time]
    if undone and _is_saved_since(min(undone), target.storage, state):
        return False
    autograd.logs[target.storage] = tuple(
        write._replace(effect=Effect.NOTHING) if write.time > copy.time else write
        for write in autograd.logs.get(target.storage, ())
    )
    return True


def _is_saved_since(time: int, storage: int, state: State) -> bool:
    return any(
        save.storage == storage and save.time > time for node in state.autograd.nodes.values() for save in node.saves
    )
