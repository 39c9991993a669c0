"""The spelling of a write: the names along its receiver, its method, and what its value mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.site import Enclosing, Site
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import (
    blends,
    calls_in,
    chain_of,
    cuts,
    last_name,
    mentions_tensor,
    moved_from,
    names_in,
    rescales,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.idioms.bindings import Bindings, Named

_TENSOR_NAMES = frozenset(
    {"weight", "bias", "grad", "param", "parameter", "running_mean", "running_var", "p", "tensor"}
)


def site_of(
    node: ir.Expression | ir.Statement,
    method: str,
    scope: Enclosing,
    around: Bindings,
    statement: object,
    known: float | None = None,
) -> Site:
    """The surroundings of a write, as idioms are told by them; `known` is the number that is written last, where it is."""
    receiver, values = _parts(node)
    chain = chain_of(receiver)
    written = _written(chain)
    value = values[0] if values else None
    source, selected = moved_from(value) if value is not None else ((), False)
    mentions = frozenset(name for value in values for name in names_in(value))
    index = receiver.index if isinstance(receiver, ir.Subscript) else None
    tests = around.tests.get(statement, ())
    return Site(
        scope.function,
        scope.bases,
        chain,
        method,
        mentions,
        _masks_out(values) if known is None else known <= _MASKED,
        owner=scope.owner,
        written=written,
        origins=_origins(chain[:1], around, _aliased),
        sources=_origins(sorted(_locals(values)), around, names_in),
        source=source,
        moved=frozenset(calls_in(value)) if value is not None and source == written else frozenset(),
        selects=selected,
        calls=frozenset(name for value in values for name in calls_in(value)),
        tests=frozenset(name for test in tests for name in names_in(test)),
        index=None if index is None else frozenset(names_in(index)) | _compared(index, around),
        zero=_is_zero(value, method),
        constant=not mentions and bool(values),
        reads_itself=any(mentions_tensor(value, written) for value in values),
        cuts=any(cuts(value, written) or rescales(value, written) for value in values),
        blends=any(blends(value, written) for value in values),
        reads_data=any(_reads_data(value, written) for value in values),
    )


def _reads_data(value: ir.Expression, written: tuple[str, ...]) -> bool:
    """True if a value takes some tensor's `.data`.

    It has to be that of something else than what is written, or be taken by a method that only tensors have.
    `self.data` is an attribute of that name.
    """
    own = {("self",), ("cls",)}
    for node in within(value):
        if isinstance(node, ir.Attribute) and node.attr == "data" and chain_of(node.value) not in {*own, written}:
            return True
        inner = node.value if isinstance(node, ir.Attribute) and node.attr in _OF_TENSORS else None
        if isinstance(inner, ir.Attribute) and inner.attr == "data" and chain_of(inner.value) not in own:
            return True
    return False


_OF_TENSORS = frozenset(
    "half float double bfloat16 cuda cpu to type type_as new clone detach contiguous masked_fill add sub mul div norm sign "
    "clamp abs expand_as unsqueeze pow lerp renorm addcmul addcdiv index_select numel".split()
)


def _written(chain: tuple[str, ...]) -> tuple[str, ...]:
    """The names of what is written, without `.data` and what follows."""
    return chain[: len(chain) - 1 - chain[::-1].index("data")] if "data" in chain[1:] else chain


def _locals(values: list[ir.Expression]) -> set[str]:
    return {node.id for value in values for node in within(value) if isinstance(node, ir.Name)}


def _aliased(value: ir.Expression) -> set[str]:
    """The names along what a name stands for: an object's part, an item of what a loop goes through."""
    if isinstance(value, ir.Call) and last_name(value.function) in _GATHERERS:
        return names_in(value)
    return set(chain_of(value))


_GATHERERS = frozenset(
    {"zip", "enumerate", "chain", "list", "tuple", "dict", "filter", "sorted", "reversed", "next", "iter", "getattr"}
)


def _origins(names: Iterable[str], around: Bindings, names_of: Named) -> frozenset[str]:
    """The names in what names are bound to, and in what those are bound to."""
    found: set[str] = set()
    pending = [(name, 0) for name in names]
    while pending:
        name, hops = pending.pop()
        mentioned = around.named(name, names_of) - found
        found |= mentioned
        if hops < _HOPS:
            pending += [(other, hops + 1) for other in sorted(mentioned)]
    return frozenset(found)


_HOPS = 1


def _compared(index: ir.Expression, around: Bindings) -> frozenset[str]:
    """`mask` for an index that is a comparison, or is bound to one."""
    bound = around.bindings.get(index.id, []) if isinstance(index, ir.Name) else []
    compared = any(isinstance(node, ir.Comparison) for value in (index, *bound) for node in within(value))
    return frozenset({"mask"}) if compared else frozenset()


def _is_zero(value: ir.Expression | None, method: str) -> bool:
    return method == "zero_" or (
        isinstance(value, ir.Constant) and value.value == 0 and method in {"fill_", "__setitem__"}
    )


def last_value_of(node: ir.Expression | ir.Statement) -> ir.Expression | None:
    """Return the expression that is written, the last of several arguments."""
    values = _parts(node)[1]
    return values[-1] if values else None


def receiver_of(node: ir.Expression | ir.Statement) -> ir.Expression | None:
    """Return the expression that is written to.

    It is a method's receiver, a library function's first argument, or a statement's target.
    """
    return _parts(node)[0]


def normalises(node: ir.Expression | ir.Statement, method: str) -> bool:
    """True if a write divides a tensor by its own norm, which leaves it as it is when it is done again."""
    receiver, values = _parts(node)
    own = [part for part in chain_of(receiver) if part not in {"data", "self"}]
    mentioned = {name for value in values for name in names_in(value)}
    return bool(own) and own[-1] in mentioned and bool(mentioned & {"norm", "normalize"}) and method in _NORMALISING


_NORMALISING = frozenset({"div_", "copy_", "__itruediv__"})


def is_inline(node: ir.Expression | ir.Statement) -> bool:
    """True if a write's receiver is made in the same statement, as in `x.detach().zero_()` and `x.detach()[0] = 1`."""
    receiver = receiver_of(node)
    while isinstance(receiver, ir.Subscript):
        receiver = receiver.value
    return isinstance(receiver, ir.Call)


def looks_like_a_tensor(site: Site) -> bool:
    """True if the names alone speak for a tensor: `weight`, `p`, a value that has `.data` itself."""
    return bool(_TENSOR_NAMES & set(site.chain)) or site.reads_data or "torch" in site.mentions


def _parts(node: ir.Expression | ir.Statement) -> tuple[ir.Expression | None, list[ir.Expression]]:
    if isinstance(node, ir.Call):
        values = [argument.value for argument in node.arguments]
        if isinstance(node.function, ir.Attribute) and not _is_library(node.function):
            return node.function.value, values
        return (values[0], values[1:]) if values else (None, [])
    if isinstance(node, ir.Augmented):
        return node.target, [node.value]
    if isinstance(node, ir.Assign) and node.targets:
        return node.targets[0], [node.value] if node.value is not None else []
    return None, []


def _masks_out(values: list[ir.Expression]) -> bool:
    """True if a fill is so low that softmax makes nothing of it: minus infinity, or the like."""
    last = values[-1] if values else None
    if isinstance(last, ir.Call) and last_name(last.function) in {"masked_fill", "index_fill"}:
        last = last.arguments[-1].value if last.arguments else None
    if isinstance(last, ir.Constant):
        return isinstance(last.value, (int, float)) and last.value <= _MASKED
    if isinstance(last, ir.Unary) and last.method == "__neg__":
        return bool(names_in(last.operand) & {"inf", "float"})
    if isinstance(last, ir.Call) and isinstance(last.function, ir.Name) and last.function.id == "float":
        given = last.arguments[0].value if last.arguments else None
        return isinstance(given, ir.Constant) and given.value in {"-inf", "-Inf", "-INF"}
    if isinstance(last, (ir.Name, ir.Attribute)) and _LOW.search(last_name(last)):
        return True
    return isinstance(last, ir.Attribute) and last.attr == "min" and "finfo" in names_in(last)


#: Names of such fills.
_LOW = re.compile(r"(?:^|_)(?:neg|minus|mask|masked)_?(?:inf|infinity|infinite|value|val|large)|^-?inf$", re.IGNORECASE)

#: Fills at or below this are masks.
_MASKED = -1e4


def _is_library(function: ir.Attribute) -> bool:
    root = chain_of(function)[0:1]
    return root in {("torch",), ("nn",), ("F",), ("init",), ("functional",)}


def is_plain(parameter: ir.Parameter) -> bool:
    """True if a function says of a parameter, by its annotation or its default, that it is given no tensor."""
    if parameter.annotation is not None:
        return _is_plain_annotation(parameter.annotation)
    return isinstance(parameter.default, ir.Constant) and isinstance(parameter.default.value, (bool, str))


def _is_plain_annotation(node: ir.Expression) -> bool:
    if isinstance(node, ir.Constant):
        return node.value is None or node.value is ... or node.value in library.PLAIN_TYPES
    if isinstance(node, ir.Subscript):
        kind = last_name(node.value)
        return kind == "Literal" or (kind in library.HOLDING_TYPES and _is_plain_annotation(node.index))
    if isinstance(node, ir.Sequence):
        return all(map(_is_plain_annotation, node.items))
    if isinstance(node, ir.Binary):
        return _is_plain_annotation(node.left) and _is_plain_annotation(node.right)
    return last_name(node) in library.PLAIN_TYPES


def is_tensor_annotation(node: ir.Expression) -> bool:
    """True if an annotation says that something is a tensor."""
    return last_name(node) in {"Tensor", "Parameter"} if not isinstance(node, ir.Subscript) else False
