"""Statements with conditional expressions in them, as branches between plain statements."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A statement with more conditional expressions than this stays one statement.
MAX_CHOICES = 2

_T = TypeVar("_T", bound="ir.Statement | ir.Expression | ir.Argument")


def spread(statement: ir.Statement, choices: Sequence[ir.Choice]) -> ir.Statement:
    """`y = f(a if c else b)` as `if c: y = f(a)`, `else: y = f(b)`; the last choice seen is the outermost."""
    if not choices:
        return statement
    *inner, choice = choices
    yes, no = (substituted(statement, choice, option) for option in (choice.body, choice.orelse))
    return ir.Branch(choice.place, choice.test, (spread(yes, inner),), (spread(no, inner),))


def substituted(node: _T, old: ir.Expression, new: ir.Expression) -> _T:
    """The node with one expression inside it replaced by another; the node itself where the expression is not in it."""
    changed: dict[str, object] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if value is old:
            changed[field.name] = new
        elif isinstance(value, _NODES):
            made: object = substituted(value, old, new)
            if made is not value:
                changed[field.name] = made
        elif isinstance(value, tuple):
            items = tuple(
                new if item is old else substituted(item, old, new) if isinstance(item, _NODES) else item
                for item in value
            )
            if any(one is not other for one, other in zip(items, value, strict=True)):
                changed[field.name] = items
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]


_NODES = (ir.Expression, ir.Argument)
