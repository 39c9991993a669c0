"""Layers that are called for nothing: what an activation or a dropout gives is dropped, and its input is used instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.dropped_updates import dropped_update
from flake8_gradsafe.syntax.queries import children, is_attribute_of_self, last_name, methods_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.syntax.program import Place

#: Layers that change nothing but by `inplace`, and keep nothing.
_PURE = re.compile(
    r"ReLU6?|LeakyReLU|PReLU|ELU|CELU|SELU|GELU|SiLU|Mish|Hardtanh|Hardswish|Hardsigmoid|Sigmoid|LogSigmoid|Tanh|Softplus|"
    r"Softsign|Softmax|LogSoftmax|Softmin|(?:Alpha)?Dropout[123]?d?|LayerNorm|GroupNorm|Linear|Conv(?:Transpose)?[123]d|Flatten|"
    r"(?:Max|Avg|AdaptiveAvg|AdaptiveMax)Pool[123]d|ZeroPad2d|ReflectionPad2d|PixelShuffle|Upsample"
)


class DroppedLayer(NamedTuple):
    """The call of a layer, by its attribute, whose result a method drops; `given` is what it is given, and used then."""

    place: Place
    given: ir.Expression
    layer: str


def dropped_layers(cls: ir.Class) -> Iterator[DroppedLayer]:
    """The calls by which a module's methods drop what its own layers give, where they go on with the input."""
    methods = methods_of(cls)
    dropping = [(method, call) for method in methods if method.name != "__init__" for call in _of_own(method.body)]
    pure = _pure_layers(methods) if dropping else frozenset()
    for method, call in dropping:
        layer, given = last_name(call.function), call.arguments[0].value
        if layer in pure and is_needed_beside(method.body, call, given, behind=True):
            yield DroppedLayer(call.place, given, layer)


def _of_own(body: ir.Body) -> Iterator[ir.Call]:
    """The calls of attributes of `self` that stand as statements, and are given one name."""
    for statement in _standing_alone(body):
        call = statement.value
        given = call.arguments if isinstance(call, ir.Call) and is_attribute_of_self(call.function) else ()
        if isinstance(call, ir.Call) and len(given) == 1 and isinstance(given[0].value, ir.Name):
            yield call


def _pure_layers(methods: list[ir.Function]) -> frozenset[str]:
    """The attributes that the constructor binds to such layers, and that nothing else binds."""
    found: dict[str, list[bool]] = {}
    for method in methods:
        for statement in statements_in(method.body):
            for target in statement.targets if isinstance(statement, ir.Assign) else ():
                if (
                    isinstance(statement, ir.Assign)
                    and isinstance(target, ir.Attribute)
                    and is_attribute_of_self(target)
                ):
                    found.setdefault(target.attr, []).append(method.name == "__init__" and _is_pure(statement.value))
    return frozenset(name for name, known in found.items() if all(known))


def _is_pure(value: ir.Expression | None) -> bool:
    if not isinstance(value, ir.Call) or not isinstance(value.function, ir.Attribute):
        return False
    library = last_name(value.function.value) == "nn"
    told = [each for each in value.arguments if each.star or each.name == "inplace" or _is_true(each)]
    return library and _PURE.fullmatch(value.function.attr) is not None and not told


def _is_true(argument: ir.Argument) -> bool:
    return argument.name is None and isinstance(argument.value, ir.Constant) and argument.value.value is True


def _standing_alone(body: ir.Body) -> Iterator[ir.Evaluate]:
    """The expressions that stand as statements, outside of what may be there to try or to time something."""
    for statement in body:
        if isinstance(statement, ir.Evaluate):
            yield statement
        elif isinstance(statement, ir.Branch):
            yield from _standing_alone(statement.body)
            yield from _standing_alone(statement.orelse)
        elif isinstance(statement, ir.Loop):
            yield from _standing_alone(statement.body)


def is_needed_beside(body: ir.Body, call: ir.Call, written: ir.Expression, *, behind: bool = False) -> bool:
    """Whether a body reads the values of a name in another statement than a call that drops its result.

    With `behind`, that comes after it. A loop of nothing but such calls is there to time them.
    """
    if not isinstance(written, ir.Name):
        return True
    if any(_only_evaluates(loop) and _has(loop, call) for loop in statements_in(body) if isinstance(loop, ir.Loop)):
        return False
    statements = list(statements_in(body))
    number = next((number for number, each in enumerate(statements) if _drops(each, call)), 0)
    others = statements[number + 1 :] if behind else (each for each in statements if not _drops(each, call))
    return any(_reads(written.id, each) for each in others)


def _only_evaluates(loop: ir.Loop) -> bool:
    return all(isinstance(each, ir.Evaluate) for each in statements_in(loop.body))


def _has(loop: ir.Loop, call: ir.Call) -> bool:
    return any(_drops(each, call) for each in statements_in(loop.body))


def _drops(statement: ir.Statement, call: ir.Call) -> bool:
    return isinstance(statement, ir.Evaluate) and statement.value is call


def _is_dropped(statement: ir.Statement) -> bool:
    return isinstance(statement, ir.Evaluate) and dropped_update(statement.value) is not None


def _reads(name: str, statement: ir.Statement) -> bool:
    """Whether a statement reads the values of what has a name: not its shape alone, nor to drop what is made of them."""
    if _is_dropped(statement):
        return False
    return any(_reads_values(name, value) for value in values_of(statement))


def _reads_values(name: str, node: ir.Expression) -> bool:
    if isinstance(node, ir.Attribute) and node.attr in {"shape", "device", "dtype", "ndim", "requires_grad"}:
        return False
    if (
        isinstance(node, ir.Call)
        and isinstance(node.function, ir.Attribute)
        and node.function.attr in {"size", "dim", "numel"}
    ):
        return False
    if isinstance(node, ir.Name):
        return node.id == name
    return any(_reads_values(name, child) for child in children(node) if child is not None)
