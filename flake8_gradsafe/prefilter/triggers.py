"""What kinds of things a stretch of code does at all, told node by node."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.syntax.tree import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


# Bits of a plain number: enum.Flag costs ten times as much, and this looks at every node of a file.
#: It runs backward, or is run by it.
DIFFERENTIATES = 1
#: It may write memory.
WRITES = 2
#: It looks at a gradient.
READS_GRAD = 4
#: It makes tensors that no graph can take.
INFERENCE = 8
#: It may make a layer that works in place.
INPLACE = 16
#: It has a function run on gradients.
HOOKS = 32


_NAMES = {
    **dict.fromkeys(
        "backward manual_backward".split(),
        DIFFERENTIATES,
    ),
    **dict.fromkeys(
        "register_hook register_backward_hook register_full_backward_hook register_full_backward_pre_hook "
        "register_post_accumulate_grad_hook register_multi_grad_hook".split(),
        HOOKS,
    ),
    **dict.fromkeys({"data", "load_state_dict", "detach", "detach_", "requires_grad", "requires_grad_"}, WRITES),
    **dict.fromkeys(library.ARRAY_WRITERS, WRITES),
    **dict.fromkeys((path.rpartition(".")[2] for path in library.NUMPY_WRITERS), WRITES),
}
#: Functions that differentiate what they are given, and the modules they come from.
_FUNCTIONAL = frozenset("grad jacobian hessian vjp jvp hvp vhp".split())
_MODULES = frozenset({"functional", "func", "functorch", "autograd"})


#: Methods by which syntax writes, called by their names.
_WRITING = frozenset({"__setitem__", "__setattr__", *(f"__i{each}__" for each in OPERATORS.values())})


def marks_of(nodes: Mapping[type[ast.AST], Iterable[ast.AST]]) -> int:
    """All that holds of any of these nodes, which are given by their type."""
    marks = 0
    for kind, method in _BY_TYPE.items():
        for node in nodes.get(kind, ()):
            marks |= method(node)
    return marks


def _named(name: str) -> int:
    if name[-1:] == "_":
        return WRITES if name[-2:] != "__" or name in _WRITING else 0
    return _NAMES.get(name, 0)


def _attribute(node: ast.Attribute) -> int:
    if node.attr == "grad":
        return READS_GRAD
    if node.attr == "inference_mode":
        return 0 if queries.is_own(node.value) else INFERENCE
    if node.attr in _FUNCTIONAL and queries.last_name(node.value) in _MODULES:
        return DIFFERENTIATES
    return _named(node.attr)


def _name(node: ast.Name) -> int:
    return _named(node.id)


def _call(node: ast.Call) -> int:
    last = queries.called(node)
    marks = DIFFERENTIATES if last in _FUNCTIONAL or (last == "setattr" and _sets_state(node)) else 0
    if last == "inference_mode":
        marks |= INFERENCE
    for each in node.keywords:
        if each.arg == "out":
            marks |= WRITES
        elif each.arg == "inplace":
            marks |= WRITES | INPLACE
    if node.args and isinstance(node.args[-1], ast.Constant) and node.args[-1].value is True:
        marks |= INPLACE
    return marks


def _sets_state(call: ast.Call) -> bool:
    """Whether `setattr` may set what a graph depends on."""
    name = call.args[1] if len(call.args) > 1 else None
    return isinstance(name, ast.Constant) and name.value in {"data", "requires_grad", "grad"}


def _assign(node: ast.Assign) -> int:
    return WRITES if any(map(_may_write, node.targets)) else 0


def _may_write(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(map(_may_write, target.elts))
    return isinstance(target, ast.Subscript)


def _augmented(node: ast.AugAssign) -> int:
    return WRITES


def _constant(node: ast.Constant) -> int:
    return _NAMES.get(node.value, 0) if isinstance(node.value, str) else 0


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return INFERENCE if any(queries.last_name(each) == "inference_mode" for each in node.decorator_list) else 0


_BY_TYPE: dict[type[ast.AST], Callable[..., int]] = {
    ast.Attribute: _attribute,
    ast.Name: _name,
    ast.Call: _call,
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.Constant: _constant,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
}
