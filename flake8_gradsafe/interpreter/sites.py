"""How a write is spelled: the names along its receiver, its method, and what its value mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge.idioms import Site
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.session import Scope

_TENSOR_NAMES = frozenset(
    {"weight", "bias", "grad", "param", "parameter", "running_mean", "running_var", "p", "tensor"}
)


def site_of(node: ir.Expression | ir.Statement, method: str, scope: Scope) -> Site:
    """The surroundings of a write, as idioms are told by them."""
    receiver, values = _parts(node)
    mentions = frozenset(name for value in values for name in names_in(value))
    return Site(scope.function, scope.bases, chain_of(receiver), method, mentions, _masks_out(values))


def receiver_of(node: ir.Expression | ir.Statement) -> ir.Expression | None:
    """What a write writes to: a method's receiver, a library function's first argument, a statement's target."""
    return _parts(node)[0]


def normalises(node: ir.Expression | ir.Statement, method: str) -> bool:
    """Whether a write divides a tensor by its own norm, which leaves it as it is when it is done again."""
    receiver, values = _parts(node)
    own = [part for part in chain_of(receiver) if part not in {"data", "self"}]
    mentioned = {name for value in values for name in names_in(value)}
    return bool(own) and own[-1] in mentioned and bool(mentioned & {"norm", "normalize"}) and method in _NORMALISING


_NORMALISING = frozenset({"div_", "copy_", "__itruediv__"})


def is_inline(node: ir.Expression | ir.Statement) -> bool:
    """Whether a write's receiver is made in the same expression, as in `x.detach().zero_()`."""
    return (
        isinstance(node, ir.Call)
        and isinstance(node.function, ir.Attribute)
        and isinstance(node.function.value, ir.Call)
    )


def looks_like_a_tensor(site: Site) -> bool:
    """Whether the names alone speak for a tensor: `weight`, `p`, a value that has `.data` itself."""
    return bool(_TENSOR_NAMES & set(site.chain)) or "data" in site.mentions or "torch" in site.mentions


def chain_of(node: ir.Expression | None) -> tuple[str, ...]:
    """The names along an expression: `self.conv.weight.data` is self, conv, weight, data."""
    parts: list[str] = []
    while node is not None:
        if isinstance(node, ir.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ir.Subscript):
            node = node.value
        elif isinstance(node, ir.Call):
            node = node.function
        else:
            if isinstance(node, ir.Name):
                parts.append(node.id)
            break
    return tuple(reversed(parts))


def names_in(node: ir.Expression) -> set[str]:
    """Every name and attribute in an expression."""
    names: set[str] = set()
    pending: list[ir.Expression | None] = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, ir.Name):
            names.add(each.id)
        elif isinstance(each, ir.Attribute):
            names.add(each.attr)
            pending.append(each.value)
        elif each is not None:
            pending += children(each)
    return names


def children(node: ir.Expression) -> list[ir.Expression | None]:
    """The expressions directly inside one."""
    if isinstance(node, ir.Call):
        return [node.function, *(argument.value for argument in node.arguments)]
    if isinstance(node, (ir.Binary, ir.Comparison)):
        return [node.left, node.right]
    if isinstance(node, ir.Subscript):
        return [node.value, node.index]
    if isinstance(node, ir.Sequence):
        return list(node.items)
    if isinstance(node, ir.Choice):
        return [node.test, node.body, node.orelse]
    if isinstance(node, ir.Logical):
        return [node.left, node.right]
    if isinstance(node, ir.Opaque):
        return list(node.parts)
    if isinstance(node, ir.Mapping):
        return [*node.keys, *node.values]
    if isinstance(node, (ir.Attribute, ir.Starred)):
        return [node.value]
    if isinstance(node, (ir.Unary, ir.Not)):
        return [node.operand]
    return []


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
    """Whether a fill is so low that softmax makes nothing of it: minus infinity, or the like."""
    last = values[-1] if values else None
    if isinstance(last, ir.Constant):
        return isinstance(last.value, (int, float)) and last.value <= _MASKED
    if isinstance(last, ir.Unary) and last.method == "__neg__":
        return bool(names_in(last.operand) & {"inf", "float"})
    if isinstance(last, ir.Call) and isinstance(last.function, ir.Name) and last.function.id == "float":
        given = last.arguments[0].value if last.arguments else None
        return isinstance(given, ir.Constant) and given.value in {"-inf", "-Inf", "-INF"}
    return isinstance(last, ir.Attribute) and last.attr == "min" and "finfo" in names_in(last)


#: Fills at or below this are masks.
_MASKED = -1e4


def _is_library(function: ir.Attribute) -> bool:
    root = chain_of(function)[0:1]
    return root in {("torch",), ("nn",), ("F",), ("init",), ("functional",)}


def last_name(node: ir.Expression) -> str:
    """The last name of a dotted expression, whatever is called or subscripted on the way."""
    while isinstance(node, (ir.Call, ir.Subscript)):
        node = node.function if isinstance(node, ir.Call) else node.value
    if isinstance(node, ir.Attribute):
        return node.attr
    return node.id if isinstance(node, ir.Name) else ""


def is_tensor_annotation(node: ir.Expression) -> bool:
    """Whether an annotation says that something is a tensor."""
    return last_name(node) in {"Tensor", "Parameter"} if not isinstance(node, ir.Subscript) else False
