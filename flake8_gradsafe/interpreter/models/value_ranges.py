"""Between what bounds the values of tensors lie, and what a write does to values within these bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Effect
from flake8_gradsafe.interpreter.domain.facts import HoldsForAll, InRange
from flake8_gradsafe.interpreter.domain.values import ListValue, Literal, TensorValue, TupleValue, Value
from flake8_gradsafe.knowledge import effects, ranges
from flake8_gradsafe.knowledge.ranges import ANY, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flake8_gradsafe.interpreter.domain.state import State

#: Longer lists of numbers are not looked through.
MAX_NUMBERS = 64
#: Larger numbers are not computed with.
_LARGEST = 1e300
#: The parameters of operators that are computed with.
_COMPUTED_WITH = frozenset({"input", "self", "other", "exponent"})


def range_of(ref: int, state: State) -> Range:
    """The bounds of a tensor's values, where it was not written since they were found out."""
    storage = state.autograd.tensors[ref].storage
    found = state.heap.fact(storage, InRange)
    if found is None or found.writes != len(state.autograd.logs.get(storage, ())):
        return ANY
    if any(each.ref in state.escaped for each in state.autograd.tensors_sharing(storage)):
        return ANY
    return found.bounds


def note_bounds(ref: int, bounds: Range, state: State) -> None:
    """Remember between what bounds the values of a tensor lie now."""
    storage = state.autograd.tensors[ref].storage
    if bounds.is_known:
        state.heap.note(storage, InRange(bounds, len(state.autograd.logs.get(storage, ()))))


def note_result(name: str, bound: Mapping[str, Value], ref: int, state: State) -> None:
    """Remember the bounds of what an operator has made of its arguments, by parameter."""
    if "alpha" in bound:
        return
    given = [value for parameter, value in bound.items() if parameter in _COMPUTED_WITH]
    operands = [_bounds_of(value, state) for value in given]
    note_bounds(ref, ranges.of_operator(name, operands, same=len(given) == 2 and given[0] == given[1]), state)


def note_made(name: str, data: Value | None, ref: int, state: State) -> None:
    """Remember the bounds of what a factory has made, of the numbers `data` if it is given any."""
    bounds = ranges.FACTORIES.get(name)
    if bounds is None and data is not None and name in {"tensor", "full"}:
        numbers = list(_numbers_in(data, state))
        if numbers and None not in numbers:
            known = [number for number in numbers if number is not None]
            bounds = Range(min(known), max(known))
    if bounds is not None:
        note_bounds(ref, bounds, state)


def note_comparison(test: str, left: Value, right: Value, mask: Value, state: State) -> None:
    """Remember that a comparison with a number holds for all elements, or for none."""
    if isinstance(left, TensorValue) and isinstance(mask, TensorValue) and (number := _number(right)) is not None:
        held = ranges.compared(test, range_of(left.ref, state), number)
        if held is not None:
            state.heap.note(mask.ref, HoldsForAll(held))


def picks_nothing(mask: Value | None, state: State) -> bool:
    """Whether a mask surely picks no element."""
    known = state.heap.fact(mask.ref, HoldsForAll) if isinstance(mask, TensorValue) else None
    return known is not None and not known.holds


def effect_of_clamp(ref: int, method: str, given: Mapping[str, Value], state: State) -> Effect:
    """What a clamp does to a tensor's values, given its arguments by parameter."""
    numbers = {name: _number(value) for name, value in given.items() if value != Literal(None)}
    return effects.effect_of_clamp(method, numbers, range_of(ref, state))


def keeps_signs(ref: int, method: str, constant: object, state: State) -> bool:
    """Whether a constant that is added leaves all values on their side of zero."""
    if method not in _SHIFTS or not isinstance(constant, (int, float)):
        return False
    shift = constant * _SHIFTS[method]
    low, high = range_of(ref, state)
    return (low > 0 and low + shift > 0) or (high < 0 and high + shift < 0)


_SHIFTS = {"add_": 1, "__iadd__": 1, "sub_": -1, "__isub__": -1}


def _bounds_of(value: Value, state: State) -> Range:
    ref = state.known_tensor(value)
    if ref is not None:
        return range_of(ref, state)
    number = _number(value)
    return ANY if number is None else Range(number, number)


def _number(value: Value) -> float | None:
    known = value.value if isinstance(value, Literal) else None
    return float(known) if isinstance(known, (int, float)) and abs(known) < _LARGEST else None


def _numbers_in(data: Value, state: State) -> Iterator[float | None]:
    """The numbers in nested lists; None for anything else in them."""
    pending = [data]
    for _ in range(MAX_NUMBERS):
        if not pending:
            return
        value = pending.pop()
        items = state.items_of(value) if isinstance(value, (ListValue, TupleValue)) else None
        if items is None:
            yield _number(value)
        else:
            pending += items
    yield None
