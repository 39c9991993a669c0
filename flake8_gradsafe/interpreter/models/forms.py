"""Which measured form a call has: its arguments bound to the operator's parameters, each with its kind."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.region import IndexItem
from flake8_gradsafe.interpreter.domain.values import (
    ListValue,
    Literal,
    QualifiedName,
    SliceValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.autograd.operators import Operator
    from flake8_gradsafe.interpreter.domain.state import State

_TENSOR_KINDS = frozenset("TIBLC")


def bind(operator: Operator, positional: tuple[Value, ...], keywords: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments by parameter, in the operator's own order; `self` of a keyword call is the first parameter.

    More positional arguments than parameters are the parts of the last one: `x.view(2, 3)`.
    """
    names, variadic = _positions(operator)
    if variadic and len(positional) == len(names) and isinstance(positional[-1], TupleValue):
        positional = (*positional[:-1], *positional[-1].items)
    bound: dict[str, Value] = {}
    if names and len(positional) > len(names) and not variadic:
        head = len(names) - 1
        bound.update(zip(names[:head], positional[:head], strict=False))
        bound[names[head]] = TupleValue(positional[head:])
    else:
        more = [f"arg{i}" for i in range(len(names), len(positional))]
        bound.update(zip((*names, *more), positional, strict=False))
    if not keywords:
        return bound
    bound.update(keywords)
    order = {name: place for place, name in enumerate(operator.parameters)}
    return dict(sorted(bound.items(), key=lambda item: order.get(item[0], len(order))))


@cache
def _positions(operator: Operator) -> tuple[tuple[str, ...], bool]:
    """The parameters that may be given by position, and whether any number of others may follow."""
    names = operator.parameters
    variadic = any("arg2" in form for form in operator.forms)
    return names[: names.index("*")] if "*" in names else names, variadic


@cache
def tensor_parameters(operator: Operator) -> frozenset[str]:
    """The parameters for which any measured form gives a tensor."""
    parts = (part for form in (*operator.forms, *operator.inplace_forms) for part in form.split(","))
    return frozenset(name for name, _, kind in (part.rpartition(":") for part in parts) if kind in _TENSOR_KINDS)


def kind_of(value: Value, state: State) -> str:
    """The letter by which operators.json names a kind of argument; empty for None, which is left out."""
    if isinstance(value, Literal):
        return _kind_of_literal(value.value)
    ref = state.known_tensor(value)
    if ref is not None:
        return state.autograd.tensors[ref].dtype
    if isinstance(value, (TupleValue, ListValue)):
        items = state.items_of(value) or ()
        return "L" if any(state.known_tensor(item) is not None for item in items) else "t"
    if isinstance(value, SliceValue):
        return "S"
    if isinstance(value, QualifiedName):
        return "d" if value.path.startswith("torch.") else "o"
    return "n"


def _kind_of_literal(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, int) and value in (0, 1, 2) else "n"
    if isinstance(value, complex):
        return "j"
    if isinstance(value, str):
        return "s"
    return "E" if value is ... else "o"


def form_of(operator: Operator, bound: Mapping[str, Value], state: State) -> str:
    """The form key of a call. A tensor in a number's place is taken for its number."""
    takes_tensor = tensor_parameters(operator)
    kinds = {name: kind_of(value, state) for name, value in bound.items()}
    return ",".join(
        [
            f"{name}:{kind if name in takes_tensor else _OF_NUMBERS.get(kind, kind)}"
            for name, kind in kinds.items()
            if kind
        ]
    )


_OF_NUMBERS = {**dict.fromkeys("TIBC", "n"), "L": "t"}


def with_plain_numbers(operator: Operator, bound: dict[str, Value], state: State) -> dict[str, Value]:
    """The arguments: what was not shown to be a tensor is a number where the parameter takes none, as in `view(-1, 2 * n)`."""
    takes_tensor = tensor_parameters(operator)
    return {name: value if name in takes_tensor else _as_plain(value, state) for name, value in bound.items()}


def _as_plain(value: Value, state: State) -> Value:
    if isinstance(value, TupleValue):
        items = tuple(_as_plain(item, state) for item in value.items)
        return value if items == value.items else TupleValue(items)
    ref = state.known_tensor(value)
    return value if ref is None or state.autograd.tensors[ref].tensor_seen else state.plain()


def constant_index(index: Value) -> tuple[IndexItem, ...] | None:
    """An index as the model takes it, one item per axis; None where it may pick elements in another way than by slices."""
    parts = index.items if isinstance(index, TupleValue) else (index,)
    if parts and parts[-1] == Literal(...):
        parts = parts[:-1]
    items: list[IndexItem] = []
    for part in parts:
        if isinstance(part, Literal) and isinstance(part.value, int) and not isinstance(part.value, bool):
            items.append(part.value)
        elif isinstance(part, SliceValue):
            items.append(_constant_slice(part))
        else:
            return None
    return tuple(items)


def picks_some(index: Value, state: State) -> bool:
    """Whether a subscript that is no constant one surely picks elements: a list of numbers does, and integers and `...` do."""
    if all(map(_surely_picks, index.items if isinstance(index, TupleValue) else (index,))):
        return True
    items = state.items_of(index) or ()
    lists = [state.items_of(item) for item in items if isinstance(item, ListValue)]
    numbers = lists or [items]
    rest = [item for item in items if not isinstance(item, ListValue)] if lists else []
    whole = all(isinstance(item, SliceValue) and item.lower == item.upper for item in rest)
    return whole and all(each and all(_is_integer(item) for item in each) for each in numbers)


def _surely_picks(part: Value) -> bool:
    if isinstance(part, SliceValue):
        begins = part.lower in {Literal(None), Literal(0)}
        last = part.upper.value if isinstance(part.upper, Literal) else 0
        return part.lower == part.upper or (begins and (last is None or (isinstance(last, int) and last > 0)))
    return part in {Literal(...), Literal(None)} or _is_integer(part)


def _is_integer(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, int) and not isinstance(value.value, bool)


def is_slice(index: Value) -> bool:
    """Whether a subscript keeps an axis, so that what it gives of an array is a view for sure."""
    if isinstance(index, TupleValue):
        return is_basic(index) and any(map(is_slice, index.items))
    return isinstance(index, SliceValue) or index == Literal(...)


def is_basic(index: Value) -> bool:
    """Whether a subscript is made of integers and slices alone: what it gives of an array is a view, or a number."""
    if isinstance(index, TupleValue):
        return all(map(is_basic, index.items))
    return isinstance(index, SliceValue) or index in (Literal(...), Literal(None)) or _is_integer(index)


def is_sliced(index: Value) -> bool:
    """Whether a subscript is made of integers and slices alone, each for the next axis; `...` may stand at its end."""
    parts = index.items if isinstance(index, TupleValue) else (index,)
    return all(isinstance(part, SliceValue) or _is_integer(part) for part in parts[:-1]) and (
        isinstance(parts[-1], SliceValue) or _is_integer(parts[-1]) or (len(parts) > 1 and parts[-1] == Literal(...))
    )


def parts_of_slices(index: Value) -> list[int | slice | None]:
    """The parts of such a subscript; None for a slice with a bound that is not known."""
    parts = index.items if isinstance(index, TupleValue) else (index,)
    return [_part_of_slices(part) for part in parts if part != Literal(...)]


def _part_of_slices(part: Value) -> int | slice | None:
    if isinstance(part, Literal) and isinstance(part.value, int):
        return part.value
    bounds = [part.lower, part.upper, part.step] if isinstance(part, SliceValue) else []
    known = [bound.value for bound in bounds if isinstance(bound, Literal)]
    whole = [bound for bound in known if bound is None or (isinstance(bound, int) and not isinstance(bound, bool))]
    return slice(*whole) if bounds and len(whole) == len(bounds) and whole[-1] != 0 else None


def _constant_slice(part: SliceValue) -> IndexItem:
    bounds = [bound.value if isinstance(bound, Literal) else ... for bound in (part.lower, part.upper, part.step)]
    lower, upper, step = bounds
    if step not in (None, 1):
        return None
    if (lower is None or isinstance(lower, int)) and (upper is None or isinstance(upper, int)):
        return (lower, upper)
    return None


def _kind_of_list(items: tuple[Value, ...]) -> str:
    """A list of numbers picks as a tensor of them does, one of booleans as a mask."""
    masks = bool(items) and all(isinstance(item, Literal) and isinstance(item.value, bool) for item in items)
    return "B" if masks else "I"


def index_form(index: Value, state: State) -> str:
    """The kind of a subscript: the letters of a tuple's items in parentheses, `t` where all are integers."""
    if isinstance(index, (TupleValue, ListValue)):
        items = state.items_of(index) or ()
        if all(isinstance(item, Literal) and isinstance(item.value, int) for item in items):
            return "t" if isinstance(index, TupleValue) else _kind_of_list(items)
        return "(" + "".join(kind_of(item, state) or "N" for item in items) + ")"
    if isinstance(index, (TensorValue, Unknown)):
        ref = state.known_tensor(index)
        if ref is None or not state.autograd.tensors[ref].tensor_seen:
            return "o"  # a number, for all that is known
        return "B" if state.autograd.tensors[ref].dtype == "B" else "I"
    return "N" if index == Literal(None) else kind_of(index, state)
