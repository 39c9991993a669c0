"""What in-place operators do to the values that they cover, by name and by constant argument."""

from __future__ import annotations

from math import inf

from flake8_gradsafe.autograd.tensor import Effect

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


#: Written twice with the same numbers, these change nothing the second time.
REPEATABLE = frozenset(
    "fill_ zero_ constant_ zeros_ ones_ __setitem__ clamp_ clamp_min_ clamp_max_ clip_ relu_ abs_ hardtanh_ fill".split()
)


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


#: Between what bounds the values of an operator lie, whatever its input.
_RANGES: dict[str, tuple[float, float]] = {
    "sigmoid": (0, 1),
    "nn.functional.sigmoid": (0, 1),
    "softmax": (0, 1),
    "nn.functional.softmax": (0, 1),
    "tanh": (-1, 1),
    "nn.functional.tanh": (-1, 1),
    "nn.functional.relu": (0, inf),
    "exp": (0, inf),
    "abs": (0, inf),
    "square": (0, inf),
}


def clamps_nothing(operator: str, method: str, constants: list[object]) -> bool:
    """Whether a clamp with these constant bounds leaves every value that the operator can give as it is."""
    low, high = _RANGES.get(operator, (-inf, inf))
    bounds = [bound for bound in constants if isinstance(bound, (int, float))]
    if method in {"clamp_", "clip_"} and len(bounds) == 2:
        return bounds[0] <= low and high <= bounds[1]
    if method in {"clamp_", "clip_", "clamp_min_"} and len(bounds) == 1:
        return bounds[0] <= low
    return method == "clamp_max_" and len(bounds) == 1 and high <= bounds[0]


def _scaled(number: float, *, divides: bool) -> Effect:
    if number == 1:
        return Effect.NOTHING
    if number == 0 and not divides:
        return Effect.ZEROES
    return Effect.SCALES if number > 0 else Effect.CHANGES
