"""Arithmetic on known integers, such as loops count by."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.values import Literal, Value

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST = 1 << 40
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
