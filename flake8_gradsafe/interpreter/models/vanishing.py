"""Operators whose derivative is zero: differences of equals, ratios of equals, a softmax over one element, rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Vanishing
from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.interpreter.domain.facts import AddsUpToOne, HasOneColumn, LinearForm, ValueKey
from flake8_gradsafe.interpreter.domain.values import Literal, Value
from flake8_gradsafe.interpreter.models.axes import axes_of
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flake8_gradsafe.interpreter.domain.arguments import Arguments
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import ModuleValue

_SIGNS = {"add": 1.0, "sub": -1.0}
#: Flat where what they are given is zero.
_FLAT_AT_ZERO = frozenset({"square", "abs", "norm", "linalg.norm"})
_SOFTMAX = frozenset({"softmax", "nn.functional.softmax", "Softmax"})
_OVER_CLASSES = _SOFTMAX | {"log_softmax", "nn.functional.log_softmax", "LogSoftmax"}
_OF_CLASSES = frozenset({"nn.functional.cross_entropy", "CrossEntropyLoss"})
_TOTALS = frozenset({"sum", "mean"})
#: Constant but for the points where they jump.
_STEPS = frozenset({"round", "floor", "ceil", "trunc", "sign"})
#: Their results have as many columns as what they are given.
_ELEMENTWISE = frozenset(
    "neg abs square tanh sigmoid relu exp clone nn.functional.relu nn.functional.gelu nn.functional.silu "
    "nn.functional.leaky_relu nn.functional.dropout nn.functional.softplus Tanh Sigmoid ReLU GELU SiLU LeakyReLU Dropout "
    "Softplus ELU Identity".split()
)
_MOST_TERMS = 8
#: Stands for the number one among the values that a tensor is the sum of.
_ONE = ValueKey(0, WHOLE, 0)

Form = tuple[dict[ValueKey, float], dict[int, float]]


def note_algebra(name: str, bound: Mapping[str, Value], ref: int, state: State) -> None:
    """Remember of a result what it is a sum of, and why its derivative is zero where it is."""
    rule = _RULES.get(name)
    why = None if rule is None else rule(name, bound, ref, state)
    if why is not None:
        _mark(ref, why, state)


def note_module_made(module: ModuleValue, arguments: Arguments, state: State) -> None:
    """Keep what a layer was made with that tells how many columns it gives, or over which axis it works."""
    if module.kind == "Linear":
        _keep(module, "out_features", arguments.get(1, "out_features"), state)
    elif module.kind in _OVER_CLASSES:
        _keep(module, "dim", arguments.get(0, "dim"), state)


def _keep(module: ModuleValue, name: str, given: Value | None, state: State) -> None:
    if isinstance(given, Literal):
        state.heap[module.id, name] = given


def note_module_algebra(module: ModuleValue, arguments: Arguments, ref: int, state: State) -> None:
    """The same of what a module of torch.nn gives."""
    if module.kind == "Linear":
        if state.heap.get((module.id, "out_features")) == Literal(1):
            state.heap.note(ref, HasOneColumn())
        return
    names = ("input", "target")
    bound = dict(zip(names, arguments.positional, strict=False)) | dict(arguments.keywords)
    if (axis := state.heap.get((module.id, "dim"))) is not None:
        bound["dim"] = axis
    note_algebra(module.kind, bound, ref, state)


def _mark(ref: int, why: Vanishing, state: State, *, if_two_axes: bool = False) -> None:
    node = state.autograd.tensors[ref].node
    if node is not None and node in state.autograd.nodes:
        state.autograd.nodes[node] = state.autograd.nodes[node]._replace(vanishing=why, if_two_axes=if_two_axes)


# -- sums ----------------------------------------------------------------------------------------------------------------


def _form_of(value: Value | None, state: State) -> Form | None:
    """What a value is a sum of, a number of so many ones; None where it may be anything."""
    if (number := _number(value)) is not None:
        return {_ONE: number}, {}
    ref = None if value is None else state.known_tensor(value)
    if ref is None:
        return None
    tensor, key = state.autograd.tensors[ref], _key_of(ref, state)
    own, known = _values_of(key, state), state.heap.fact(ref, LinearForm)
    if not state.autograd.grad_of(tensor).possible:
        return own, {}
    if known is not None and known.key == key and known.node == tensor.node:
        return own, dict(known.through)
    return own, {tensor.ref if tensor.node is None else tensor.node: 1.0}


def _values_of(key: ValueKey, state: State) -> dict[ValueKey, float]:
    """What values are the sum of: what is detached has those of what it was detached from."""
    for each in state.autograd.tensors_sharing(key.storage, state.heap.owners(LinearForm)):
        known = state.heap.fact(each.ref, LinearForm)
        if known is not None and known.key == key:
            return dict(known.of)
    return {key: 1.0}


def _key_of(ref: int, state: State) -> ValueKey:
    tensor = state.autograd.tensors[ref]
    if tensor.region.folded or not tensor.region.exact:
        return ValueKey(
            -ref, WHOLE, len(state.autograd.logs.get(tensor.storage, ()))
        )  # which elements, and how they stand
    return ValueKey(tensor.storage, tensor.region, len(state.autograd.logs.get(tensor.storage, ())))


def _note_form(form: Form, ref: int, state: State) -> None:
    own, through = form
    if len(own) <= _MOST_TERMS and len(through) <= _MOST_TERMS:
        node = state.autograd.tensors[ref].node
        state.heap.note(ref, LinearForm(_key_of(ref, state), node, tuple(own.items()), tuple(through.items())))


def _scaled(form: Form, factor: float) -> Form:
    own, through = form
    return {key: each * factor for key, each in own.items()}, {key: each * factor for key, each in through.items()}


def _added(left: Form, right: Form) -> Form:
    own, through = dict(left[0]), dict(left[1])
    for value, factor in right[0].items():
        own[value] = own.get(value, 0.0) + factor
    for goal, factor in right[1].items():
        through[goal] = through.get(goal, 0.0) + factor
    return own, through


def _cancels(factors: Mapping[int, float]) -> bool:
    return bool(factors) and not any(factors.values())


def _is_zero(value: Value | None, state: State) -> bool:
    """Whether a tensor in a graph is a difference of equals, whose gradient is none of zeros."""
    form = _form_of(value, state)
    return form is not None and _vanish(form[0].values()) and any(form[1].values())


def _vanish(factors: Iterable[float]) -> bool:
    factors = tuple(factors)
    return bool(factors) and not any(factors)


def _number(value: Value | None) -> float | None:
    plain = value.value if isinstance(value, Literal) else None
    return float(plain) if isinstance(plain, (int, float)) and not isinstance(plain, bool) else None


def _of_sum(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    left, right = _form_of(bound.get("input"), state), _form_of(bound.get("other"), state)
    alpha = _number(bound.get("alpha", Literal(1)))
    if left is None or right is None or alpha is None:
        return None
    form = _added(left, _scaled(right, _SIGNS[name] * alpha))
    _note_form(form, ref, state)
    return Vanishing.CANCELS if _cancels(form[1]) else None


def _of_product(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    left, right = bound.get("input"), bound.get("other")
    if (factor := _number(left)) is not None:
        left, right = right, left
    else:
        factor = _number(right)
    if factor is None:
        return Vanishing.EQUAL if _is_zero(left, state) and _is_zero(right, state) else None
    form = _form_of(left, state)
    if form is None:
        return None
    _note_form(_scaled(form, factor), ref, state)
    return Vanishing.ZERO if factor == 0 and form[1] else None


def _of_ratio(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    left, right = bound.get("input"), bound.get("other")
    divisor = _number(right)
    if divisor is None:
        of_itself = left is not None and left == right and state.known_tensor(left) is not None
        return Vanishing.RATIO if of_itself and "rounding_mode" not in bound else None
    form = _form_of(left, state)
    if form is not None and divisor:
        _note_form(_scaled(form, 1 / divisor), ref, state)
    return None


def _of_negation(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    form = _form_of(bound.get("input"), state)
    if form is not None:
        _note_form(_scaled(form, -1.0), ref, state)
    return _of_elementwise(name, bound, ref, state)


def _of_power(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    exponent = _number(bound.get("exponent"))
    flat = exponent is not None and exponent > 1 and _is_zero(bound.get("input"), state)
    return Vanishing.EQUAL if flat else None


def _of_size(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    if name in _ELEMENTWISE:
        _of_elementwise(name, bound, ref, state)
    return Vanishing.EQUAL if _is_zero(bound.get("input"), state) else None


def _of_distance(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    _note_sides(bound, ref, state)
    left, right = _form_of(bound.get("input"), state), _form_of(bound.get("target"), state)
    if left is None or right is None:
        return None
    difference = _added(left, _scaled(right, -1.0))
    return Vanishing.EQUAL if _vanish(difference[0].values()) and difference[1] else None


def _note_sides(bound: Mapping[str, Value], ref: int, state: State) -> None:
    """Remember what a distance was measured between."""
    node = state.autograd.tensors[ref].node
    if node is not None and node in state.autograd.nodes:
        sides = (state.known_tensor(bound.get(name, Literal(None))) for name in ("input", "target"))
        terms = tuple(each for each in sides if each is not None)
        state.autograd.nodes[node] = state.autograd.nodes[node]._replace(terms=terms)


# -- classes -------------------------------------------------------------------------------------------------------------


def _of_softmax(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    axis, given = _number(bound.get("dim")), state.known_tensor(bound.get("input", Literal(None)))
    if axis is None or given is None:
        return None
    if name in _SOFTMAX:
        state.heap.note(ref, AddsUpToOne(int(axis)))
    count = axes_of(given, state)
    last = axis == -1 or (count is not None and axis == count - 1)
    return Vanishing.ONE_CLASS if last and _has_one_column(given, state) else None


def _of_cross_entropy(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    given = state.known_tensor(bound.get("input", Literal(None)))
    count = None if given is None else axes_of(given, state)
    if given is not None and count in {None, 2} and _has_one_column(given, state):
        _mark(ref, Vanishing.ONE_CLASS, state, if_two_axes=count is None)
    return None


def _has_one_column(ref: int, state: State) -> bool:
    sizes = state.autograd.tensors[ref].metadata.sizes
    return sizes[-1] == 1 if sizes else state.heap.has(ref, HasOneColumn)


def _of_total(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    given = state.known_tensor(bound.get("input", Literal(None)))
    ones = None if given is None else state.heap.fact(given, AddsUpToOne)
    if ones is None or given is None or "dtype" in bound:
        return None
    count = axes_of(given, state)
    axis = _number(bound["dim"]) if "dim" in bound else None
    if "dim" not in bound or (axis is not None and _same_axis(int(axis), ones.axis, count)):
        return Vanishing.SUM_OF_ONE
    return None


def _same_axis(one: int, other: int, count: int | None) -> bool:
    return one == other or (count is not None and one % count == other % count)


def _of_elementwise(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    given = state.known_tensor(bound.get("input", Literal(None)))
    if given is not None and state.heap.has(given, HasOneColumn):
        state.heap.note(ref, HasOneColumn())
    return None


def _of_step(name: str, bound: Mapping[str, Value], ref: int, state: State) -> Vanishing | None:
    _of_elementwise(name, bound, ref, state)
    return Vanishing.STEP


_RULES: dict[str, Callable[[str, Mapping[str, Value], int, State], Vanishing | None]] = {
    **dict.fromkeys(_ELEMENTWISE, _of_elementwise),
    **dict.fromkeys(_SIGNS, _of_sum),
    **dict.fromkeys(_STEPS, _of_step),
    "mul": _of_product,
    "div": _of_ratio,
    "neg": _of_negation,
    "pow": _of_power,
    **dict.fromkeys(_FLAT_AT_ZERO, _of_size),
    **dict.fromkeys(training.DISTANCES, _of_distance),
    **dict.fromkeys(_OVER_CLASSES, _of_softmax),
    **dict.fromkeys(_OF_CLASSES, _of_cross_entropy),
    **dict.fromkeys(_TOTALS, _of_total),
}
