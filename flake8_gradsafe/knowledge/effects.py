"""What in-place operators do to the values that they cover, by name and by constant argument."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.knowledge.ranges import Range

_SCALING = frozenset({"mul_", "multiply_", "__imul__", "div_", "divide_", "true_divide_", "__itruediv__"})
_SHIFTING = frozenset({"add_", "sub_", "subtract_", "__iadd__", "__isub__"})
_FILLING = frozenset({"fill_", "constant_", "__setitem__"})
_ZEROING = frozenset({"zero_", "zeros_"})

_FLIPPING = frozenset({"abs_", "absolute_", "neg_", "negative_"})

#: These leave some elements as they were, depending on a condition, a mask or an index.
_PARTIAL = frozenset(
    "clamp_ clamp_min_ clamp_max_ clip_ masked_fill_ masked_scatter_ index_fill_ index_copy_ index_add_ index_put_ "
    "index_reduce_ scatter_ scatter_add_ scatter_reduce_ put_ relu_ leaky_relu_ hardtanh_ threshold_ round_ "
    "floor_ ceil_ trunc_ fix_ nan_to_num_ renorm_ dropout_ alpha_dropout_ feature_dropout_ fill_diagonal_ tril_ triu_ "
    "bernoulli_ maximum_ minimum_ relu6_ rrelu_ elu_ celu_ selu_ sparse_".split()
)

#: Methods that change an object but none of its values.
VALUELESS = frozenset(
    "requires_grad_ detach_ share_memory_ pin_memory_ rename_ retain_grad_ squeeze_ unsqueeze_ transpose_ t_ "
    "swapaxes_ swapdims_ as_strided_ resize_ resize_as_ set_ swap_".split()
)

#: Fills that do not depend on the value that was there.
FILLS = frozenset(
    "normal_ uniform_ zero_ fill_ exponential_ bernoulli_ random_ log_normal_ cauchy_ geometric_ zeros_ ones_ constant_ "
    "trunc_normal_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ orthogonal_ eye_ dirac_ sparse_".split()
)


#: What an in-place operator makes of all elements, where it is not told a number.
FILLINGS: dict[str, object] = {
    "zero_": 0,
    "zeros_": 0,
    "ones_": 1,
    "fill_": None,
    "constant_": None,
    "__setitem__": None,
}

#: Written twice with the same numbers, these change nothing the second time.
REPEATABLE = frozenset(
    "fill_ zero_ constant_ zeros_ ones_ __setitem__ clamp_ clamp_min_ clamp_max_ clip_ relu_ abs_ hardtanh_ fill".split()
)

#: Methods that hold values within bounds, and those that write what a mask picks.
CLAMPS = frozenset({"clamp_", "clamp_min_", "clamp_max_", "clip_", "renorm_"})
MASKS = frozenset({"masked_fill_", "masked_scatter_"})


def effect_of(method: str, constant: object) -> Effect:
    """The effect of an in-place method; `constant` is its number where it has one that is known, else None."""
    number = float(constant) if isinstance(constant, (int, float)) and not isinstance(constant, bool) else None
    if method in _ZEROING or (method in _FILLING and number == 0):
        return Effect.ZEROES
    if method in _FLIPPING:
        return Effect.FLIPS
    if method in _PARTIAL:
        return Effect.MAY_CHANGE
    if number is None:
        return Effect.CHANGES
    if method in _SCALING:
        return _scaled(number, divides=method.lstrip("_").startswith(("div", "itruediv", "true")))
    if method in _SHIFTING and number == 0:
        return Effect.NOTHING
    return Effect.CHANGES


#: By what parameters the in-place operators that keep values within bounds are told these: the lower and the upper one.
_BOUNDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(["clamp_", "clip_", "clamp_min_", "clamp_max_"], ("min", "max")),
    "hardtanh_": ("min_val", "max_val"),
}


#: By so much at least a clamp has to change what it surely changes.
_MARGIN = 1e-6


def effect_of_clamp(method: str, given: Mapping[str, object], bounds: Range) -> Effect:
    """What a clamp does to values that lie between some bounds.

    `given` are its arguments by parameter, those that are known as numbers, others as None.
    """
    names = _BOUNDS.get(method)
    if names is None:
        return Effect.MAY_CHANGE
    unset = (-1.0, 1.0) if method == "hardtanh_" else (-inf, inf)
    least, most = (given.get(name, otherwise) for name, otherwise in zip(names, unset, strict=True))
    if not isinstance(least, (int, float)) or not isinstance(most, (int, float)):
        return Effect.MAY_CHANGE
    low, high = bounds
    if least <= low and high <= most:
        return Effect.NOTHING
    if least > high + _MARGIN or most < low - _MARGIN:
        return Effect.CHANGES
    keeps_negative = least < 0 or low > 0 or (least == 0 and low == 0)
    keeps_positive = most > 0 or high < 0 or (most == 0 and high == 0)
    return Effect.KEEPS_SIGN if keeps_negative and keeps_positive else Effect.MAY_CHANGE


#: They turn values below zero over, and leave the others.
REFLECTIONS = frozenset({"abs_", "absolute_"})
#: They leave values above zero as they are; for those below, some give zero.
RECTIFIERS = frozenset({"relu_", "leaky_relu_", "elu_", "celu_", "relu6_"})


def effect_of_rectifier(method: str, bounds: Range) -> Effect:
    """What a rectifier does to values that lie between some bounds."""
    low, high = bounds
    if low >= 0 and (method != "relu6_" or high <= _MOST_OF_RELU6):
        return Effect.NOTHING
    if high < 0:
        return Effect.ZEROES if method in {"relu_", "relu6_"} else Effect.SCALES
    return Effect.MAY_CHANGE


_MOST_OF_RELU6 = 6


def _scaled(number: float, *, divides: bool) -> Effect:
    if number == 1:
        return Effect.NOTHING
    if number == 0 and not divides:
        return Effect.ZEROES
    return Effect.SCALES if number > 0 else Effect.CHANGES
