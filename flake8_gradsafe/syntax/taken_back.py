"""Sums that take away again what they add: `x + (y - x)`, `y - x + x`."""

from __future__ import annotations

import re

from flake8_gradsafe.syntax import program as ir

#: The same in a text.
IN_TEXT = re.compile(
    r"\b([A-Za-z_][\w.]*) *\+ *\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*- *\1\)|- *([A-Za-z_][\w.]*)\)? *\+ *\2(?![\w.(\[])"
)


def taken_back(node: ir.Expression) -> ir.Expression | None:
    """The operand of a sum that the other operand takes away again."""
    if not isinstance(node, ir.Binary) or node.method != "__add__":
        return None
    for operand, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, ir.Binary) and other.method == "__sub__" and _is_same(operand, other.right):
            return operand
    return None


def _is_same(one: ir.Expression, other: ir.Expression) -> bool:
    if isinstance(one, ir.Attribute) and isinstance(other, ir.Attribute):
        return one.attr == other.attr and _is_same(one.value, other.value)
    return isinstance(one, ir.Name) and isinstance(other, ir.Name) and one.id == other.id
