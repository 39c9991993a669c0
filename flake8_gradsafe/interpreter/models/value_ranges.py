"""Between what bounds the values of tensors lie, and what a write does to values within these bounds."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import Effect
from flake8_gradsafe.interpreter.domain.facts import HoldsForAll, InRange
from flake8_gradsafe.interpreter.domain.values import NONE, ListValue, Literal, TensorValue, TupleValue, Value
from flake8_gradsafe.knowledge import effects, ranges
from flake8_gradsafe.knowledge.ranges import ANY, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flake8_gradsafe.autograd.operators import OpBehaviour
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
    note_bounds(ref, _range_of_result(name, bound, state), state)


def _range_of_result(name: str, bound: Mapping[str, Value], state: State) -> Range:
    if not _CHANGING.isdisjoint(bound):
        return ANY
    given = [item for parameter, value in bound.items() for item in _operands_in(parameter, value, state)]
    operands = [_bounds_of(value, state) for value in given]
    if name in _CLAMPS:
        limits = _limits(bound, state)
        return ANY if limits is None else operands[0].within(limits)
    return ranges.of_operator(name, operands, same=len(given) == 2 and given[0] == given[1])


def _operands_in(parameter: str, value: Value, state: State) -> tuple[Value, ...]:
    """The values of a parameter that is computed with: of a list of tensors, its items."""
    if parameter == "tensors":
        return state.items_of(value) or (value,)
    return (value,) if parameter in _COMPUTED_WITH else ()


def _limits(bound: Mapping[str, Value], state: State) -> Range | None:
    """The bounds that a clamp is told, by numbers; None where one is not known."""
    given = {name: bound[name] for name in ("min", "max") if bound.get(name, NONE) != NONE}
    numbers = {name: _number(value) for name, value in given.items()}
    least, most = numbers.get("min", -inf), numbers.get("max", inf)
    return None if least is None or most is None else Range(least, most)


_CLAMPS = frozenset({"clamp", "clip", "clamp_min", "clamp_max"})
#: With one of these a result is another than that of the operator by itself.
_CHANGING = frozenset({"alpha", "min_val", "max_val", "negative_slope", "beta", "rounding_mode", "approximate"})


def note_written(
    ref: int, method: str, before: Range, given: Mapping[str, Value], state: State, *, stored: Value | None = None
) -> None:
    """Remember the bounds of a memory after a write to a tensor on it by a method, with arguments by parameter, or of what was
    `stored`. `before` are those that held before.
    """
    log = state.autograd.logs.get(state.autograd.tensors[ref].storage, ())
    if stored is None and method == "masked_fill_":
        stored = given.get("value")
    after = _bounds_of(stored, state) if stored is not None else _written_by(method, before, given, state)
    if after.is_known and log:
        covers = log[-1].region.covers(WHOLE) and not log[-1].may and method != "masked_fill_"
        note_bounds(ref, after if covers else after.join(before), state)


def _written_by(method: str, before: Range, given: Mapping[str, Value], state: State) -> Range:
    values = [value for value in given.values() if value != NONE]
    name = method.strip("_")
    if not _CHANGING.isdisjoint(given):
        return ANY
    if name in {"zero", "fill", "copy"}:
        return Range(0, 0) if name == "zero" else _bounds_of(values[0], state) if len(values) == 1 else ANY
    if name in _CLAMPS:
        limits = _limits(given, state)
        return ANY if limits is None else before.within(limits)
    return ranges.of_operator(
        _METHODS.get(name, name), [before, *(_bounds_of(value, state) for value in values)], same=False
    )


_METHODS = {"iadd": "add", "isub": "sub", "imul": "mul", "itruediv": "div"}


def passing_all(name: str, fact: OpBehaviour, bound: Mapping[str, Value], state: State) -> OpBehaviour:
    """What an operator does with values for which it is not flat anywhere: it passes the gradient of every element on.

    A zero may be to it as the values are that were there.
    """
    if not fact.masks or not bound:
        return fact
    fact = _where_zero_is_like_them(name, fact, bound, state)
    given = _bounds_of(next(iter(bound.values())), state)
    if name in _CLAMPS:
        limits = _limits(bound, state)
        passes = limits is not None and given.is_known and limits.holds(given)
    elif name in {"abs", "__abs__"}:
        passes = not given.has_zero
    else:
        passes = name.rpartition(".")[2] in _RECTIFIERS and given.low > 0
    return replace(fact, passes_all=True) if passes else fact


def _where_zero_is_like_them(name: str, fact: OpBehaviour, bound: Mapping[str, Value], state: State) -> OpBehaviour:
    if name in _CLAMPS:
        limits = _limits(bound, state)
        alike = limits is None or limits.has_zero
    else:
        alike = name.rpartition(".")[2] in _KINKED and _bounds_of(next(iter(bound.values())), state).high <= 0
    return replace(fact, saves=tuple(replace(slot, reads_sure=False) for slot in fact.saves)) if alike else fact


#: Below zero and at zero they do the same.
_KINKED = frozenset({"relu", "ReLU", "leaky_relu", "LeakyReLU"})
_RECTIFIERS = frozenset({"relu", "ReLU"})


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


def picks_all(mask: Value | None, state: State) -> bool:
    """Whether a mask surely picks every element."""
    known = state.heap.fact(mask.ref, HoldsForAll) if isinstance(mask, TensorValue) else None
    return known is not None and known.holds


def picks_nothing(mask: Value | None, state: State) -> bool:
    """Whether a mask surely picks no element."""
    known = state.heap.fact(mask.ref, HoldsForAll) if isinstance(mask, TensorValue) else None
    return known is not None and not known.holds


def effect_of_clamp(ref: int, method: str, given: Mapping[str, Value], state: State) -> Effect:
    """What a clamp, a rectifier or a reflection does to a tensor's values, given its arguments by parameter."""
    if method in effects.RECTIFIERS:
        return (
            effects.effect_of_rectifier(method, range_of(ref, state))
            if given.keys() <= {"inplace"}
            else Effect.MAY_CHANGE
        )
    if method in effects.REFLECTIONS:
        return Effect.NOTHING if range_of(ref, state).low >= 0 else Effect.FLIPS
    numbers = {name: _number(value) for name, value in given.items() if value != Literal(None)}
    return effects.effect_of_clamp(method, numbers, range_of(ref, state))


def keeps_signs(ref: int, method: str, value: Value, state: State) -> bool:
    """Whether what a write adds, puts in, or scales by leaves all values on their side of zero."""
    if method in _SCALING:
        return _bounds_of(value, state).low > 0
    constant = _number(value)
    if constant is None:
        return False
    low, high = range_of(ref, state)
    if method in {"__setitem__", "fill_"}:
        return (low > 0 and constant > 0) or (high < 0 and constant < 0)
    if method not in _SHIFTS:
        return False
    shift = constant * _SHIFTS[method]
    return (low > 0 and low + shift > 0) or (high < 0 and high + shift < 0)


_SCALING = frozenset({"mul_", "div_", "__imul__", "__itruediv__"})
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
