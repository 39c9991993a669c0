"""What is computed from known integers and strings: what loops count by, and the names that classes are told by."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    QualifiedName,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST = 1 << 40
#: Longer texts are not kept.
MAX_TEXT = 1000
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__mul__": operator.mul,
    "__floordiv__": operator.floordiv,
    "__mod__": operator.mod,
}


def arithmetic(method: str, left: Value, right: Value) -> Value | None:
    """The outcome of an operator on two known integers, such as a loop's counter goes by."""
    if not isinstance(left, Literal) or not isinstance(right, Literal) or method not in _ARITHMETIC:
        return None
    one, other = left.value, right.value
    if not isinstance(one, int) or not isinstance(other, int) or max(abs(one), abs(other)) > _LARGEST:
        return None
    try:
        return Literal(_ARITHMETIC[method](one, other))
    except ZeroDivisionError:
        return None


def negated(operand: Literal) -> Value | None:
    """`-x` of a known number."""
    return Literal(-operand.value) if type(operand.value) in (int, float) else None  # type: ignore[operator]


#: Methods of strings that say something about one, or give another.
_OF_STRINGS = frozenset(
    "find rfind count startswith endswith lower upper strip lstrip rstrip replace isdigit removeprefix removesuffix".split()
)


def string_method(text: str, name: str, arguments: tuple[Value, ...]) -> Value | None:
    """The outcome of a method of a known string on known arguments."""
    given = [argument.value for argument in arguments if isinstance(argument, Literal)]
    if name not in _OF_STRINGS or len(given) != len(arguments):
        return None
    try:
        return Literal(getattr(text, name)(*given))
    except (TypeError, ValueError):
        return None


def class_name(value: Value) -> str | None:
    """`__name__` of a class of torch.nn, or of a class or function of the file."""
    if isinstance(value, QualifiedName) and value.path.startswith("torch.nn."):
        return value.path.rpartition(".")[2]
    return value.code.name if isinstance(value, (ClassValue, FunctionValue)) else None


def class_of(value: Value) -> Value | None:
    """The class of a module or of an object of the file."""
    if isinstance(value, ModuleValue):
        return QualifiedName(f"torch.nn.{value.kind}")
    return value.cls if isinstance(value, Instance) else None
