"""The number of axes of tensors, which tells whether an operator keeps an object itself or a view of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import HasAxes
from flake8_gradsafe.knowledge import axes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.interpreter.domain.state import State


def axes_of(ref: int, state: State) -> int | None:
    """How many axes a tensor has, where that is known."""
    shape = state.autograd.tensors[ref].metadata.shape
    if shape is not None:
        return len(shape)
    known = state.heap.fact(ref, HasAxes)
    return None if known is None else known.count


def as_kept(name: str, fact: OpBehaviour, operands: Operands, state: State) -> OpBehaviour:
    """What an operator keeps, given the numbers of axes of its operands."""
    if name in axes.KEPT_ITSELF and "input" in operands:
        count = axes_of(operands["input"][0], state)
        return fact if count is None else _keeping(fact, {"input"}, itself=count == axes.KEPT_ITSELF[name])
    if name in axes.PRODUCTS and {"input", "other"} <= operands.keys():
        counts = [axes_of(operands[each][0], state) for each in ("input", "other")]
        return _keeping(fact, {"input", "other"}, itself=True) if counts == [2, 2] else fact
    return fact


def note_axes(name: str, fact: OpBehaviour, operands: Operands, outputs: Iterable[int], state: State) -> None:
    """Note how many axes the results of an operator have, where that is known."""
    given = [axes_of(ref, state) for refs in operands.values() for ref in refs]
    count: int | None = None
    if name in axes.PRESERVING:
        count = given[0] if given else None
    elif name in axes.PRODUCTS:
        count = 2 if given == [2, 2] else None
    elif fact.shape == "broadcast" and given and None not in given:
        count = max(each for each in given if each is not None)
    for ref in outputs if count is not None else ():
        state.heap.note(ref, HasAxes(count or 0))


def _keeping(fact: OpBehaviour, parameters: set[str], *, itself: bool) -> OpBehaviour:
    by = "reference" if itself else "alias"
    saves = (replace(slot, by=by, by_sure=True) if slot.what in parameters else slot for slot in fact.saves)
    return replace(fact, saves=tuple(saves))
