"""What is known of a value's truth, and of a comparison's outcome, without asking anything."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.autograd.metadata import DEFAULT_DTYPE
from flake8_gradsafe.interpreter.domain.tensor_metadata import filled_with
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    IteratorValue,
    LibraryInstance,
    ListValue,
    Literal,
    ModuleValue,
    OptimizerValue,
    Partial,
    QualifiedName,
    TensorValue,
    Text,
    TupleValue,
    Value,
)
from flake8_gradsafe.knowledge import library

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.domain.state import State

_CODE = (FunctionValue, ClassValue, Instance, ModuleValue, OptimizerValue, Partial, LibraryInstance, IteratorValue)
_NEVER_NONE = (TensorValue, Text, TupleValue, ListValue, DictValue, *_CODE)
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
    if isinstance(value, (TupleValue, ListValue)):
        items = state.items_of(value)
        return None if items is None else bool(items)
    if isinstance(value, DictValue):
        entries = state.entries_of(value)
        return None if entries is None else bool(entries)
    if isinstance(value, TensorValue):
        number = filled_with(value.ref, state)
        return None if number is None else bool(number.value)
    return True if isinstance(value, _CODE) and not isinstance(value, Instance) else None


def compare(name: str, left: Value, right: Value) -> bool | None:
    """The outcome of a comparison of known values, None where it is not known."""
    if isinstance(left, Literal) and isinstance(right, Literal) and name in _LITERAL:
        try:
            return bool(_LITERAL[name](left.value, right.value))
        except TypeError:
            return None
    if name in {"in", "not in"} and (among := _is_among(left, right)) is not None:
        return among is (name == "in")
    if name in _IDENTIFYING and (same := _is_one_of(left, right, name)) is not None:
        return same is not (name in {"!=", "is not", "not in"})
    if name in {"==", "!="} and (sizes := _sizes(left)) is not None and (others := _sizes(right)) is not None:
        return (sizes == others) is (name == "==")
    sides = (left, right)
    compares_to_none = name in {"is", "is not"} and Literal(None) in sides
    if compares_to_none and any(isinstance(side, _NEVER_NONE) for side in sides):
        return name == "is not"
    return None


def _is_among(value: Value, others: Value) -> bool | None:
    """Whether a known value is one of a tuple of known ones; None where anything of that is not known."""
    if not isinstance(value, Literal) or not isinstance(others, TupleValue):
        return None
    known = [other.value for other in others.items if isinstance(other, Literal)]
    if value.value in known:
        return True
    return False if len(known) == len(others.items) else None


def _same_dtype(one: str, other: str) -> bool | None:
    """Whether two full names are those of one dtype; None where one is none, or the default one of which it depends."""
    dtypes = {library.FULL_DTYPES.get(path, path.removeprefix("torch.")) for path in (one, other)}
    if not dtypes <= {*library.FULL_DTYPES.values(), DEFAULT_DTYPE}:
        return None
    if DEFAULT_DTYPE in dtypes:
        return True if len(dtypes) == 1 else None if dtypes & library.DEFAULT_DTYPES else False
    return len(dtypes) == 1


def _sizes(value: Value) -> tuple[object, ...] | None:
    """The numbers of a tuple that is known whole, such as a shape."""
    sizes = [item.value for item in value.items if isinstance(item, Literal)] if isinstance(value, TupleValue) else []
    return tuple(sizes) if isinstance(value, TupleValue) and len(sizes) == len(value.items) else None


#: Comparisons of what is known by its name: of classes and dtypes.
_IDENTIFYING = frozenset({"==", "!=", "is", "is not", "in", "not in"})


def _is_one_of(value: Value, others: Value, test: str) -> bool | None:
    """Whether a class or a dtype is another one, or one of a tuple's; None where that is not known, or it is neither."""
    if test not in {"in", "not in"}:
        return _is_same(value, others)
    if not isinstance(others, TupleValue):
        return None
    answers = [_is_same(value, each) for each in others.items]
    return True if True in answers else None if None in answers else False


def _is_same(one: Value, other: Value) -> bool | None:
    if (
        isinstance(one, QualifiedName)
        and isinstance(other, QualifiedName)
        and (same := _same_dtype(one.path, other.path)) is not None
    ):
        return same
    return _same_class(one, other)


def _same_class(one: Value, other: Value) -> bool | None:
    """Whether two are one class; None where one may go by another name, or is no class."""
    if isinstance(one, ClassValue) and isinstance(other, ClassValue):
        return one.id == other.id
    names = [_class_path(each) for each in (one, other)]
    return names[0] == names[1] if all(names) else None


def _class_path(value: Value) -> str:
    """The name of a class that has but one: of torch.nn, of Python's own, of the file; empty for any other value."""
    if isinstance(value, ClassValue):
        return f"(of the file) {value.id}"
    path = value.path if isinstance(value, QualifiedName) else ""
    if path.startswith("torch.nn.") and not path.startswith("torch.nn.functional."):
        return f"torch.nn.{path.rpartition('.')[2]}"
    return path if path in library.CLASSES else ""
