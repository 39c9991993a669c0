"""What is known of a value's truth, and of a comparison's outcome, without asking anything."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.interpreter.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    Items,
    IteratorValue,
    LibraryObject,
    ListValue,
    Literal,
    ModuleValue,
    OptimizerValue,
    Partial,
    TensorValue,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.state import State

_CODE = (FunctionValue, ClassValue, Instance, ModuleValue, OptimizerValue, Partial, LibraryObject, IteratorValue)
_NEVER_NONE = (TensorValue, Items, ListValue, DictValue, *_CODE)
_LITERAL: dict[str, Callable[[Any, Any], object]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}


def truth_of(value: Value, state: State) -> bool | None:
    """Whether a value is true, where that is known."""
    if isinstance(value, Literal):
        return bool(value.value)
    if isinstance(value, (Items, ListValue)):
        items = state.items_of(value)
        return None if items is None else bool(items)
    if isinstance(value, DictValue):
        entries = state.entries_of(value)
        return None if entries is None else bool(entries)
    return True if isinstance(value, _CODE) and not isinstance(value, Instance) else None


def compare(name: str, left: Value, right: Value) -> bool | None:
    """The outcome of a comparison of known values, None where it is not known."""
    if isinstance(left, Literal) and isinstance(right, Literal) and name in _LITERAL:
        try:
            return bool(_LITERAL[name](left.value, right.value))
        except TypeError:
            return None
    sides = (left, right)
    compares_to_none = name in {"is", "is not"} and Literal(None) in sides
    if compares_to_none and any(isinstance(side, _NEVER_NONE) for side in sides):
        return name == "is not"
    return None
