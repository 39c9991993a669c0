"""Targets that can be bound anew: a local name, an object's own attribute, an item of a list or dict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.uses import NameUses, life

if TYPE_CHECKING:
    from flake8_gradsafe.fixes.source import Source

_CallAlone = tuple[cst.Call, cst.Attribute, cst.BaseSmallStatement]


@dataclass(frozen=True, slots=True)
class Target:
    """`why` says who does not see the new binding, empty if nobody. `life` is a name's, None for attributes and items."""

    text: str
    why: str
    life: NameUses | None = None


def target(source: Source, node: cst.BaseExpression, statement: cst.CSTNode) -> Target | None:
    """Return how an expression is bound anew in place of a statement; None if it cannot be, or if nobody would read it."""
    if not source.is_on_one_line(node) or node.lpar:
        return None
    text = source.text(node)
    if isinstance(node, cst.Name):
        around = life(source, text, statement)
        why = _who_else(around, text)
        return None if why is None else Target(text, why, around)
    if (isinstance(node, cst.Attribute) and _is_own(source, node)) or (
        isinstance(node, cst.Subscript) and _is_item(source, node)
    ):
        return Target(text, _bound_alone(text))
    return None


def call_alone(source: Source, place: object, method: str) -> _CallAlone | None:
    """The call, what is called and the statement, where a place is this method's call and a statement of its own."""
    if not isinstance(place, cst.Call) or not isinstance(place.func, cst.Attribute) or place.func.attr.value != method:
        return None
    statement = source.statement_of(place)
    if statement is None or source.parent(place) is not statement or not isinstance(statement, cst.Expr):
        return None
    return place, place.func, statement


def _who_else(around: NameUses, name: str) -> str | None:
    if not around.bound_here:
        return None
    if not (around.argument or around.looped or around.held):
        return ""
    if not around.read_later:
        return None
    if around.argument:
        return f"{name} alone is bound anew: the caller's tensor stays as it was"
    if around.looped:
        return f"{name} alone is bound anew: what the loop took it from stays as it was"
    return _bound_alone(name)


def _bound_alone(name: str) -> str:
    return f"{name} alone is bound anew: for who else holds the tensor, it stays as it was"


def _is_own(source: Source, node: cst.Attribute) -> bool:
    """True if an attribute is one that the file's own methods assign, and no parameter."""
    assigned = source.text(node) in source.layers
    return isinstance(node.value, cst.Name) and node.value.value == "self" and assigned and not is_state(source, node)


def _is_item(source: Source, node: cst.Subscript) -> bool:
    """True if an item is that of a list or dict that the same scope makes."""
    if not isinstance(node.value, cst.Name) or len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return False
    if not isinstance(node.slice[0].slice.value, (cst.Integer, cst.UnaryOperation, cst.Name, cst.SimpleString)):
        return False
    scope = source.scope_of(node)
    bindings = [
        name for name in source.names.get(node.value.value, []) if source.binds(name) and source.scope_of(name) is scope
    ]
    return bool(bindings) and all(_binds_a_container(source, binding) for binding in bindings)


def _binds_a_container(source: Source, name: cst.Name) -> bool:
    outer = source.parent(name)
    statement = source.parent(outer) if isinstance(outer, cst.AssignTarget) else None
    return isinstance(statement, cst.Assign) and isinstance(
        statement.value, (cst.List, cst.Dict, cst.ListComp, cst.DictComp)
    )
