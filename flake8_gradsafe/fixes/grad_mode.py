"""Tells whether a statement stands where grad mode is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.fixes.source import Source

_OFF = frozenset({"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad"})
_ON = frozenset({"torch.enable_grad", "torch.set_grad_enabled", "torch.autograd.enable_grad"})


def is_off(source: Source, node: cst.CSTNode) -> bool:
    """True if a `with` or a decorator in sight surely switches grad mode off around a node."""
    for managers in _around(source, node):
        if managers & _ON:
            return False
        if managers & _OFF:
            return True
    return False


def may_be_off(source: Source, node: cst.CSTNode) -> bool:
    """True if anything around a node may switch grad mode."""
    return any(managers & (_OFF | _ON) for managers in _around(source, node))


def _around(source: Source, node: cst.CSTNode) -> Iterator[set[str]]:
    """Yield the context managers around a node, from the inside, within the function that it stands in."""
    for outer in source.around(node):
        yield {source.meaning(manager) for manager in _managers(outer)}
        if isinstance(outer, (cst.FunctionDef, cst.Lambda)):
            return


def _managers(node: cst.CSTNode) -> list[cst.BaseExpression]:
    if isinstance(node, cst.With):
        given = [item.item for item in node.items]
    elif isinstance(node, cst.FunctionDef):
        given = [decorator.decorator for decorator in node.decorators]
    else:
        return []
    return [manager.func if isinstance(manager, cst.Call) else manager for manager in given]
