"""Handles on a tensor's memory outside of the graph, which are shaped and stored as the tensor is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.interpreter.domain.facts import HasAxes, StoredInOrder

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Place, Via
    from flake8_gradsafe.interpreter.domain.state import State


def handle_of(ref: int, via: Via, place: Place, state: State, *, storage: bool = False) -> int:
    """`.detach()`, `.data`, `.numpy()` and their kin; `storage`: the raw storage, which has an order of its own."""
    made = ops.alias_outside_graph(state.autograd, ref, via, place, storage=storage)
    for kind in () if storage else (HasAxes, StoredInOrder):
        fact = state.heap.fact(ref, kind)
        if fact is not None:
            state.heap.note(made, fact)
    return made
