"""Between what bounds the values of a tensor lie: what operators make of the bounds of their operands.

Measured with torch 2.13: `tests/runtime/test_ranges.py` asks PyTorch again.
"""

from __future__ import annotations

from math import exp, inf, isnan, log, sqrt, tanh
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Range(NamedTuple):
    """The least and the largest value that an element may have, both included."""

    low: float = -inf
    high: float = inf

    @property
    def is_known(self) -> bool:
        """Whether there is a bound at all."""
        return self.low > -inf or self.high < inf


ANY = Range()
#: Of these factories, without other numbers.
FACTORIES = {"zeros": Range(0, 0), "ones": Range(1, 1), "rand": Range(0, 1), "zeros_like": Range(0, 0)} | {
    "ones_like": Range(1, 1),
    "rand_like": Range(0, 1),
}


def of_operator(name: str, operands: list[Range], *, same: bool) -> Range:
    """The bounds of a result. Numbers stand among the operands; `same`: two operands are one tensor."""
    name = name.rpartition(".")[2]
    if same and name in {"mul", "__mul__"}:
        return _square(operands[0])
    function = _OF_ONE.get(name) if len(operands) == 1 else _OF_TWO.get(name) if len(operands) == 2 else None
    if name in _BOUNDED:
        return _BOUNDED[name]
    if function is None:
        return ANY
    found = function(*operands)
    return ANY if isnan(found.low) or isnan(found.high) else found


def _increasing(function: Callable[[float], float]) -> Callable[[Range], Range]:
    return lambda given: Range(function(given.low), function(given.high))


#: What is positive, however small it may get.
_LEAST = 5e-324
#: Of larger numbers the exponential is no float any more.
_LARGEST = 700


def _exp(value: float) -> float:
    return inf if value > _LARGEST else max(exp(value), _LEAST)


def _sigmoid(value: float) -> float:
    return 1 / (1 + _exp(-value)) if value > -_LARGEST else _LEAST


def _square(given: Range) -> Range:
    most = max(abs(given.low), abs(given.high)) ** 2
    least = 0.0 if given.low <= 0 <= given.high else min(abs(given.low), abs(given.high)) ** 2
    return Range(least, most)


def _abs(given: Range) -> Range:
    least = 0.0 if given.low <= 0 <= given.high else min(abs(given.low), abs(given.high))
    return Range(least, max(abs(given.low), abs(given.high)))


def _sqrt(given: Range) -> Range:
    return Range(sqrt(max(given.low, 0.0)), sqrt(max(given.high, 0.0)))


def _log(given: Range) -> Range:
    return Range(log(given.low) if given.low > 0 else -inf, log(given.high) if given.high > 0 else inf)


def _softplus(value: float) -> float:
    return value if value > _LARGEST else log(1 + _exp(value))


def _product(one: Range, other: Range) -> Range:
    corners = [0.0 if 0 in (a, b) else a * b for a in one for b in other]
    return Range(min(corners), max(corners))


def _quotient(one: Range, other: Range) -> Range:
    if other.low <= 0 <= other.high:
        return Range(0.0, inf) if one.low >= 0 and other.low >= 0 else ANY
    return _product(one, Range(1 / other.high, 1 / other.low))


def _power(base: Range, exponent: Range) -> Range:
    whole = exponent.low == exponent.high
    if whole and exponent.low % 2 == 0:
        return _square(base) if exponent == Range(2, 2) else Range(0.0, inf)
    return Range(0.0, inf) if base.low >= 0 else ANY


_OF_ONE: dict[str, Callable[[Range], Range]] = {
    "exp": _increasing(_exp),
    "Tanh": _increasing(tanh),
    "tanh": _increasing(tanh),
    "sqrt": _sqrt,
    "square": _square,
    "abs": _abs,
    "log": _log,
    "neg": lambda given: Range(-given.high, -given.low),
    **dict.fromkeys(["sigmoid", "Sigmoid"], _increasing(_sigmoid)),
    **dict.fromkeys(["relu", "ReLU"], _increasing(lambda value: max(value, 0.0))),
    **dict.fromkeys(["softplus", "Softplus"], _increasing(_softplus)),
    **dict.fromkeys(["clone", "contiguous", "sum_to_size", "detach"], lambda given: given),
}
_OF_TWO: dict[str, Callable[[Range, Range], Range]] = {
    "add": lambda one, other: Range(one.low + other.low, one.high + other.high),
    "sub": lambda one, other: Range(one.low - other.high, one.high - other.low),
    "mul": _product,
    "div": _quotient,
    "pow": _power,
}
for _name in list(_OF_TWO):
    _OF_TWO[f"__{_name}__"] = _OF_TWO[_name]
_OF_TWO["__truediv__"] = _quotient

#: Between fixed bounds, whatever is given.
_BOUNDED = {
    **dict.fromkeys(["softmax", "Softmax"], Range(0.0, 1.0)),
    **dict.fromkeys(["relu6", "ReLU6"], Range(0.0, 6.0)),
    **dict.fromkeys(["log_softmax", "LogSoftmax"], Range(-inf, 0.0)),
    **dict.fromkeys(["sin", "cos", "cosine_similarity"], Range(-1.0, 1.0)),
}


def compared(test: str, given: Range, number: float) -> bool | None:
    """Whether a comparison with a number holds for all elements, or for none; None where it may for some."""
    low, high = given
    outcomes = {
        "<": (high < number, low >= number),
        "<=": (high <= number, low > number),
        ">": (low > number, high <= number),
        ">=": (low >= number, high < number),
    }
    for_all, for_none = outcomes.get(test, (False, False))
    return True if for_all else False if for_none else None
