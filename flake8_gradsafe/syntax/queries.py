"""Questions about how a written value is spelled.

Is it another tensor's, only moved; its own, cut or blended; or made of nothing?
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Calls that give the same values, elsewhere or otherwise arranged.
_MOVES = frozenset(
    "to half float double cuda cpu type type_as view view_as contiguous bfloat16 reshape pin_memory share_memory_ clone "
    "detach expand expand_as transpose t permute squeeze unsqueeze flatten numpy astype copy deepcopy from_numpy tensor "
    "as_tensor to_tensor to_device Tensor FloatTensor Parameter Variable array asarray".split()
)
#: Calls that give some of the values.
_SELECTS = frozenset({"index_select", "narrow", "gather", "take", "chunk", "split"})
_CUTS = re.compile(r"(?:^|_)(?:clamp|clip|proj|project|projection|renorm|normali[sz]e|l2normalize|hardtanh)(?:_|$)")
_BOUNDS = frozenset({"min", "max", "minimum", "maximum"})
_LIBRARIES = frozenset({"torch", "nn", "F", "np", "numpy", "functional", "paddle"})

Chain = tuple[str, ...]


def chain_of(node: ir.Expression | None) -> Chain:
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
    if isinstance(node, ir.Comprehension):
        of_clauses = [part for clause in node.clauses for part in (clause.source, *clause.conditions)]
        return [node.element, node.key, *of_clauses]
    return []


def within(node: ir.Expression) -> Iterator[ir.Expression]:
    """An expression and all inside it."""
    pending: list[ir.Expression | None] = [node]
    while pending:
        current = pending.pop()
        if current is not None:
            yield current
            pending += children(current)


def last_name(node: ir.Expression) -> str:
    """The last name of a dotted expression, whatever is called or subscripted on the way."""
    while isinstance(node, (ir.Call, ir.Subscript)):
        node = node.function if isinstance(node, ir.Call) else node.value
    if isinstance(node, ir.Attribute):
        return node.attr
    return node.id if isinstance(node, ir.Name) else ""


def is_attribute_of_self(node: ir.Expression) -> bool:
    """Whether an expression is `self.name`."""
    return isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name) and node.value.id == "self"


def names_in(node: ir.Expression) -> set[str]:
    """Every name and attribute in an expression."""
    return {
        part.id if isinstance(part, ir.Name) else part.attr
        for part in within(node)
        if isinstance(part, (ir.Name, ir.Attribute))
    }


def calls_in(node: ir.Expression) -> set[str]:
    """The last names of what is called in an expression."""
    return {last_name(part.function) for part in within(node) if isinstance(part, ir.Call)}


def moved_from(node: ir.Expression) -> tuple[Chain, bool]:
    """Return the tensor whose values these are, if they are only moved; and whether only some of them are."""
    selected = False
    while True:
        if isinstance(node, ir.Subscript):
            node, selected = node.value, True
        elif isinstance(node, ir.Attribute) and node.attr in {"data", "T"}:
            node = node.value
        elif isinstance(node, ir.Call) and last_name(node.function) in _MOVES | _SELECTS:
            selected |= last_name(node.function) in _SELECTS
            given = _moved(node)
            if given is None:
                return (), False
            node = given
        else:
            return (chain_of(node) if isinstance(node, (ir.Name, ir.Attribute)) else ()), selected


def _moved(call: ir.Call) -> ir.Expression | None:
    """Return the value that a moving call moves: its object, or a library function's first argument."""
    if isinstance(call.function, ir.Attribute) and not call.arguments:
        return call.function.value
    root = chain_of(call.function)[:1]
    if isinstance(call.function, ir.Attribute) and root and root[0] not in _LIBRARIES and not _is_helper(call):
        return call.function.value
    return call.arguments[0].value if call.arguments else None


def _is_helper(call: ir.Call) -> bool:
    """True if a function of some module is called on a tensor, as in `helpers.to_device(x.data, device)`."""
    return last_name(call.function) in {"to_device", "to_tensor"}


def is_of(node: ir.Expression, owner: Chain) -> bool:
    """True if an expression reads a tensor, not its gradient."""
    chain = chain_of(node)
    return bool(owner) and chain[: len(owner)] == owner and chain[len(owner) : len(owner) + 1] != ("grad",)


def mentions_tensor(node: ir.Expression, owner: Chain) -> bool:
    """True if an expression reads a tensor anywhere."""
    return any(is_of(part, owner) for part in within(node) if isinstance(part, (ir.Name, ir.Attribute)))


def cuts(node: ir.Expression, owner: Chain) -> bool:
    """True if a value is a tensor's own, held within bounds, or a bounded value but for a shift."""
    if isinstance(node, ir.Binary) and node.method == "__sub__" and _is_cut(node.left):
        return True
    return _is_cut(node) or any(_is_cut(part) and mentions_tensor(part, owner) for part in within(node))


def _is_cut(node: ir.Expression) -> bool:
    if not isinstance(node, ir.Call):
        return False
    name = last_name(node.function)
    return _CUTS.search(name) is not None or (name in _BOUNDS and len(node.arguments) == 2 and _is_library_call(node))


def _is_library_call(node: ir.Call) -> bool:
    return bool(_LIBRARIES & set(chain_of(node.function)[:1]))


def rescales(node: ir.Expression, owner: Chain) -> bool:
    """True if a value is a tensor's own, divided by what is computed from it."""
    return (
        isinstance(node, ir.Binary)
        and node.method == "__truediv__"
        and moved_from(node.left)[0] == owner
        and mentions_tensor(node.right, owner)
    )


def blends(node: ir.Expression, owner: Chain) -> bool:
    """True if a value is a weighted sum of a tensor's own and another."""
    if not (isinstance(node, ir.Binary) and node.method == "__add__"):
        return False
    sides = (node.left, node.right)
    products = all(isinstance(side, ir.Binary) and side.method in {"__mul__", "__truediv__"} for side in sides)
    return products and sum(mentions_tensor(side, owner) for side in sides) == 1


def methods_of(code: ir.Class) -> list[ir.Function]:
    """The methods that a class's body defines."""
    return [each for each in code.body if isinstance(each, ir.Function)]


def first_parameters(code: ir.Class) -> dict[str, str]:
    """The methods that a class's body defines, each with the name of its first parameter; empty where it has none."""
    return {method.name: method.parameters[0].name if method.parameters else "" for method in methods_of(code)}
