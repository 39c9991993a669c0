"""Tells by the way it is written what is evidently a module's parameter or buffer, a leaf, or a gradient."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from flake8_gradsafe.fixes.source import Source

_WEIGHTS = frozenset({"weight", "bias", "running_mean", "running_var"})
_PARAMETERS = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.autograd.Variable"})
_GIVE_PARAMETERS = re.compile(r"\b(?:named_)?parameters\(|\[(?:'params'|\"params\")\]|\b(?:named_)?buffers\(")


def is_gradient(node: cst.BaseExpression) -> bool:
    """True if an expression reads a `.grad`."""
    return isinstance(node, cst.Attribute) and node.attr.value == "grad"


def is_state(source: Source, node: cst.BaseExpression) -> bool:
    """True if an expression is evidently a parameter, a buffer, or a leaf that the file makes."""
    if isinstance(node, cst.Subscript):
        return is_state(source, node.value)
    if isinstance(node, cst.Attribute):
        return node.attr.value in _WEIGHTS or _is_own_state(source, node)
    return isinstance(node, cst.Name) and _is_parameter(source, node)


def _is_own_state(source: Source, node: cst.Attribute) -> bool:
    made = source.layers.get(source.text(node), frozenset())
    if made & _PARAMETERS:
        return True
    name = re.escape(node.attr.value)
    registered = (
        rf"\bregister_(?:buffer|parameter)\(\s*[\"']{name}[\"']|\.{name}\s*(?::[^=\n]*)?=\s*(?:\w+\.)*Parameter\("
    )
    return re.search(registered, source.lines.text) is not None


def _is_parameter(source: Source, name: cst.Name) -> bool:
    scope = source.scope_of(name)
    bindings = [
        mention
        for mention in source.names.get(name.value, [])
        if source.binds(mention) and source.scope_of(mention) is scope
    ]
    if not bindings and not isinstance(scope, cst.Module):
        bindings = [
            mention
            for mention in source.names.get(name.value, [])
            if source.binds(mention) and isinstance(source.scope_of(mention), cst.Module)
        ]
    return bool(bindings) and all(_binds_a_parameter(source, binding) for binding in bindings)


def _binds_a_parameter(source: Source, name: cst.Name) -> bool:
    for outer in source.around(name):
        if isinstance(outer, cst.For):
            return _GIVE_PARAMETERS.search(source.text(outer.iter)) is not None
        if isinstance(outer, cst.Assign):
            value = outer.value
            return len(outer.targets) == 1 and isinstance(value, cst.Call) and _makes_a_leaf(source, value)
        if isinstance(outer, cst.AugAssign):
            return True
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.Param)):
            return False
    return False


def _makes_a_leaf(source: Source, call: cst.Call) -> bool:
    if source.meaning(call.func) in _PARAMETERS:
        return True
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "requires_grad_":
        return True
    return source.meaning(call.func).startswith("torch.") and any(
        arg.keyword is not None and arg.keyword.value == "requires_grad" and source.text(arg.value) == "True"
        for arg in call.args
    )
