"""What kinds of things a stretch of code does at all, told node by node."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.scouting import spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


_NAMES = {
    **dict.fromkeys(
        "backward manual_backward jacobian hessian vjp jvp hvp vhp register_hook register_backward_hook "
        "register_full_backward_hook register_full_backward_pre_hook register_post_accumulate_grad_hook "
        "register_multi_grad_hook".split(),
        DIFFERENTIATES,
    ),
    **dict.fromkeys({"data", "load_state_dict", "detach", "detach_", "requires_grad", "requires_grad_"}, WRITES),
    **dict.fromkeys(library.ARRAY_WRITERS, WRITES),
    **dict.fromkeys((path.rpartition(".")[2] for path in library.NUMPY_WRITERS), WRITES),
    "inference_mode": INFERENCE,
}


def marks_of(nodes: Iterable[ast.AST]) -> int:
    """All that holds of any of these nodes."""
    marks = 0
    for node in nodes:
        method = _BY_TYPE.get(node.__class__)
        if method is not None:
            marks |= method(node)
    return marks


def _named(name: str) -> int:
    if name[-1:] == "_":
        return WRITES
    return _NAMES.get(name, 0)


def _attribute(node: ast.Attribute) -> int:
    return READS_GRAD if node.attr == "grad" else _named(node.attr)


def _name(node: ast.Name) -> int:
    return _named(node.id)


def _call(node: ast.Call) -> int:
    last = spellings.called(node)
    marks = DIFFERENTIATES if last == "grad" or (last == "setattr" and _sets_state(node)) else 0
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
    return WRITES if any(isinstance(each, (ast.Subscript, ast.Tuple)) for each in node.targets) else 0


def _augmented(node: ast.AugAssign) -> int:
    return WRITES


def _constant(node: ast.Constant) -> int:
    return _NAMES.get(node.value, 0) if isinstance(node.value, str) else 0


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return DIFFERENTIATES if node.name == "backward" else 0


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
