"""Statements that look as if they did something: a method without its parentheses, a grad mode that nothing enters, a
comparison where an assignment was meant.
"""

from __future__ import annotations

import re

from flake8_gradsafe.syntax import program as ir

#: Methods that compute, use or clear gradients, or decide who gets any, beside those that work in place.
METHODS = frozenset({"backward", "retain_grad", "step", "zero_grad", "train", "eval"})
#: Grad modes that have to be entered. `set_grad_enabled` acts as soon as it is called.
ENTERED_MODES = frozenset({"no_grad", "enable_grad", "inference_mode"})
#: What a tensor is told by assignment.
ASSIGNED = frozenset({"requires_grad", "grad"})

#: The same in a text, where it ends a line.
IN_TEXT = re.compile(
    r"\.(?:step|zero_grad|train|eval)[ \t]*(?:$|[#;])"
    r"|\n[ \t]*(?:torch\.)?(?:autograd\.)?(?:no_grad|enable_grad|inference_mode)\b",
    re.MULTILINE,
)


def may_do_nothing(statement: ir.Expression) -> bool:
    """Whether an expression that stands as a statement is of one of these forms."""
    if isinstance(statement, ir.Call):
        return _name(statement.function) in ENTERED_MODES
    return names_method(statement) or _name(statement) in ENTERED_MODES or compares(statement)


def names_method(node: ir.Expression) -> bool:
    """Whether this names a method that should be called."""
    return isinstance(node, ir.Attribute) and (node.attr in METHODS or _works_in_place(node.attr))


def makes_mode(node: ir.Expression) -> bool:
    """Whether this makes, or names, a grad mode."""
    return _name(node.function if isinstance(node, ir.Call) else node) in ENTERED_MODES


def _name(node: ir.Expression) -> str:
    return node.attr if isinstance(node, ir.Attribute) else node.id if isinstance(node, ir.Name) else ""


def compares(node: ir.Expression) -> bool:
    """Whether this is `x.requires_grad == False` or `x.grad == None`."""
    if not isinstance(node, ir.Comparison) or node.operator != "==" or not isinstance(node.left, ir.Attribute):
        return False
    told = node.right.value if isinstance(node.right, ir.Constant) else ...
    return node.left.attr in ASSIGNED and (told is None if node.left.attr == "grad" else isinstance(told, bool))


def _works_in_place(name: str) -> bool:
    return name[-1:] == "_" and name[:1] != "_"
