"""Between what bounds the values of a tensor lie: what operators make of the bounds of their operands.

Measured with torch 2.13: `tests/runtime/test_ranges.py` asks PyTorch again.
"""

from __future__ import annotations

from functools import reduce
from math import erf, exp, inf, isnan, log, log1p, pi, sqrt, tanh
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Range(NamedTuple):
    """The least and the largest value that an element may have, both included."""

    low: float = -inf
    high: float = inf

    @property
    def is_known(self) -> bool:
        """Whether there is a bound at all."""
        return self.low > -inf or self.high < inf

    def join(self, other: Range) -> Range:
        """The least range that holds what either holds."""
        return Range(min(self.low, other.low), max(self.high, other.high))

    def holds(self, other: Range) -> bool:
        """Whether all of another range lies in this one."""
        return self.low <= other.low and other.high <= self.high

    def within(self, other: Range) -> Range:
        """What is left of it between the bounds of another: of a clamp to these."""
        low = min(max(self.low, other.low), other.high)
        return Range(low, max(low, min(self.high, other.high)))

    @property
    def has_zero(self) -> bool:
        """Whether a value may be zero."""
        return self.low <= 0 <= self.high


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
    if name in _BOUNDED:
        return _BOUNDED[name]
    if name in _AMONG and operands:
        return joined(operands)
    function = _OF_ONE.get(name) if len(operands) == 1 else _OF_TWO.get(name) if len(operands) == 2 else None
    if function is None:
        return ANY
    found = function(*operands)
    return ANY if isnan(found.low) or isnan(found.high) else found


def joined(ranges: Iterable[Range]) -> Range:
    """The least range that holds what any of several holds."""
    return reduce(Range.join, ranges)


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


def _added_up(given: Range) -> Range:
    """Of sums and products with one element or more."""
    return Range(given.low, inf) if given.low >= 0 else Range(-inf, given.high) if given.high <= 0 else ANY


def _multiplied(given: Range) -> Range:
    return Range(0.0, given.high if given.high <= 1 else inf) if given.low >= 0 else ANY


def _thinned_out(given: Range) -> Range:
    """Some elements become zero, the others larger."""
    return Range(0.0, inf) if given.low >= 0 else Range(-inf, 0.0) if given.high <= 0 else ANY


def _reciprocal(given: Range) -> Range:
    if given.low >= 0:
        return Range(1 / given.high if given.high < inf else _LEAST, 1 / given.low if given.low > _TINY else inf)
    return ANY


def _rsqrt(given: Range) -> Range:
    return Range(
        1 / sqrt(given.high) if 0 < given.high < inf else _LEAST, 1 / sqrt(given.low) if given.low > _TINY else inf
    )


def _log1p(given: Range) -> Range:
    return Range(log1p(given.low) if given.low > -1 else -inf, log1p(given.high) if given.high > -1 else inf)


def _expm1(value: float) -> float:
    return inf if value > _LARGEST else exp(value) - 1


#: Of smaller numbers the reciprocal is infinite.
_TINY = 1e-300


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
    "rsqrt": _rsqrt,
    "reciprocal": _reciprocal,
    "log1p": _log1p,
    "expm1": _increasing(_expm1),
    "erf": _increasing(erf),
    **dict.fromkeys(["clone", "contiguous", "sum_to_size", "detach"], lambda given: given),
    **dict.fromkeys(["sum", "nansum", "cumsum"], _added_up),
    **dict.fromkeys(["prod", "cumprod"], _multiplied),
    **dict.fromkeys(["dropout", "Dropout", "dropout2d", "Dropout2d"], _thinned_out),
    **dict.fromkeys(["__neg__", "negative"], lambda given: Range(-given.high, -given.low)),
    **dict.fromkeys(["__abs__", "absolute"], _abs),
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
for _name in ("__truediv__", "true_divide", "divide", "truediv"):
    _OF_TWO[_name] = _quotient
_OF_TWO["multiply"] = _product
_OF_TWO["subtract"] = _OF_TWO["sub"]
_OF_TWO["maximum"] = lambda one, other: Range(max(one.low, other.low), max(one.high, other.high))
_OF_TWO["minimum"] = lambda one, other: Range(min(one.low, other.low), min(one.high, other.high))

#: Every element of their results is one of the operands' elements, or lies between such.
_AMONG = frozenset(
    "mean amax amin median max min reshape flatten ravel repeat repeat_interleave tile flip roll rot90 gather index_select "
    "masked_select take take_along_dim cat concat hstack vstack stack where float double cpu cuda "
    "max_pool1d max_pool2d max_pool3d MaxPool1d MaxPool2d MaxPool3d adaptive_avg_pool1d adaptive_avg_pool2d "
    "adaptive_max_pool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool2d cummax cummin Flatten Identity".split()
)

#: Between fixed bounds, whatever is given.
_BOUNDED = {
    **dict.fromkeys(["softmax", "Softmax", "softmin", "Softmin", "hardsigmoid", "Hardsigmoid"], Range(0.0, 1.0)),
    **dict.fromkeys(["logsigmoid", "LogSigmoid"], Range(-inf, 0.0)),
    **dict.fromkeys(["softsign", "Softsign", "sign", "sgn", "normalize"], Range(-1.0, 1.0)),
    **dict.fromkeys(["atan", "arctan", "asin", "arcsin"], Range(-pi / 2, pi / 2)),
    "acos": Range(0.0, pi),
    "cosh": Range(1.0, inf),
    **dict.fromkeys(
        "norm vector_norm matrix_norm var std cdist pairwise_distance PairwiseDistance dist mse_loss MSELoss l1_loss L1Loss "
        "smooth_l1_loss SmoothL1Loss huber_loss HuberLoss hypot".split(),
        Range(0.0, inf),
    ),
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
