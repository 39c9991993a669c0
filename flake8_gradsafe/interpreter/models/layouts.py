"""How tensors are stored, as far as that tells whether `reshape` and its kin give a view or a copy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import ScatteredBatches, StoredInOrder
from flake8_gradsafe.knowledge import layouts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.interpreter.domain.state import State


def as_stored(name: str, fact: OpBehaviour, operands: Operands, state: State) -> OpBehaviour:
    """What a reshaping operator does with a tensor that is known to be contiguous, or to be transposed."""
    if name not in layouts.RESHAPING:
        return fact
    stored = [is_in_order(ref, state) for refs in operands.values() for ref in refs]
    if stored == [True]:
        same = name == "contiguous"
        return replace(fact, aliases=tuple(replace(alias, sure=True, same=same) for alias in fact.aliases))
    return replace(fact, aliases=()) if stored == [False] else fact


def note_layout(name: str, fact: OpBehaviour, operands: Operands, outputs: Iterable[int], state: State) -> None:
    """Note how the results of an operator are stored, where that is known."""
    given = [is_in_order(ref, state) for refs in operands.values() for ref in refs]
    if name in layouts.TRANSPOSING:
        if given == [False]:
            return  # back to the order that it was in, or to another one
        in_order = False
    elif fact.stored == "always" or name in layouts.RESHAPING:
        in_order = True
    elif fact.stored != "kept" or not all(given):
        return
    else:
        in_order = True
    for ref in outputs:
        state.heap.note(ref, StoredInOrder(in_order, name in layouts.SWAPPING))


def has_swapped_axes(ref: int, state: State) -> bool:
    """Whether a tensor is a view in which two axes have changed places."""
    stored = state.heap.fact(ref, StoredInOrder)
    return stored is not None and stored.swaps


def note_swap(count: int | None, given: Iterable[object], source: int, ref: int, state: State) -> None:
    """Note that `transpose`, given these axes of so many, scatters the batches of a tensor, or leaves them scattered."""
    axes = [axis for axis in given if isinstance(axis, int)]
    if count is None or count < _BATCHES_ON_SEVERAL_AXES or len(axes) != _MATRIX:
        return
    of_matrices = [axis % count >= count - _MATRIX for axis in axes]
    if True in of_matrices and (False in of_matrices or has_scattered_batches(source, state)):
        state.heap.note(ref, ScatteredBatches())


_MATRIX = 2
_BATCHES_ON_SEVERAL_AXES = 4


def has_scattered_batches(ref: int, state: State) -> bool:
    """Whether a product of batches of matrices surely has to copy a tensor before it takes its batches as one axis."""
    return state.heap.has(ref, ScatteredBatches)


def is_in_order(ref: int, state: State) -> bool | None:
    """Whether a tensor is contiguous; None where that is not known."""
    stored = state.heap.fact(ref, StoredInOrder)
    return None if stored is None else stored.contiguous
