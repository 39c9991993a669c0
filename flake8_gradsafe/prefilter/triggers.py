"""Marks for the kinds of things that a stretch of code does, told node by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import arrays, library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.tree import OPERATORS

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.nodes import Nodes


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
    **dict.fromkeys((path.rpartition(".")[2] for path in arrays.WRITERS), WRITES),
    **dict.fromkeys((path.rpartition(".")[2] for path in library.VECTOR_TO_PARAMETERS), WRITES),
}
#: Functions that differentiate what they are given, and the modules they come from.
_FUNCTIONAL = frozenset("grad jacobian hessian vjp jvp hvp vhp".split())
_MODULES = frozenset({"functional", "func", "functorch", "autograd"})
#: Attributes that count by what they are attributes of, or as attributes alone.
_TELLING = _FUNCTIONAL | {"grad", "inference_mode"}


#: Methods by which syntax writes, called by their names.
_WRITING = frozenset({"__setitem__", "__setattr__", *(f"__i{operator}__" for operator in OPERATORS.values())})


def marks_of(nodes: Nodes) -> int:
    """Return the marks of any of these elements."""
    marks = (
        WRITES
        if nodes.augmented or any(_may_write(target) for node in nodes.assigned for target in node.targets)
        else 0
    )
    attributes = {attribute.attr for attribute in nodes.attributes}
    for name in attributes.union(mention.id for mention in nodes.names):
        marks |= _named(name)
    if not attributes.isdisjoint(_TELLING):
        for attribute in nodes.attributes:
            marks |= _attribute(attribute)
    for call in nodes.calls:
        marks |= _call(call)
    for text in nodes.strings:
        marks |= _NAMES.get(text, 0)
    for function in nodes.functions:
        marks |= _function(function)
    return marks


def _named(name: str) -> int:
    if name[-1:] == "_":
        return WRITES if name[-2:] != "__" or name in _WRITING else 0
    return _NAMES.get(name, 0)


def _attribute(node: ir.Attribute) -> int:
    if node.attr == "grad":
        return READS_GRAD
    if node.attr == "inference_mode":
        return 0 if queries.is_own(node.value) else INFERENCE
    if node.attr in _FUNCTIONAL and queries.last_name(node.value) in _MODULES:
        return DIFFERENTIATES
    return 0


def _call(node: ir.Call) -> int:
    last = queries.called(node)
    marks = DIFFERENTIATES if last in _FUNCTIONAL or (last == "setattr" and _sets_state(node)) else 0
    if last == "inference_mode":
        marks |= INFERENCE
    for argument in node.arguments:
        if argument.name == "out":
            marks |= WRITES
        elif argument.name == "inplace":
            marks |= WRITES | INPLACE
    return marks | INPLACE if _ends_with_true(node) else marks


def _ends_with_true(call: ir.Call) -> bool:
    """True if the last argument without a name is True."""
    for argument in reversed(call.arguments):
        if argument.name is None and argument.star != "**":
            return isinstance(argument.value, ir.Constant) and argument.value.value is True and not argument.star
    return False


def _sets_state(call: ir.Call) -> bool:
    """True if `setattr` may set what a graph depends on."""
    given = queries.positional(call)
    name = given[1].value if len(given) > 1 else None
    return isinstance(name, ir.Constant) and name.value in {"data", "requires_grad", "grad"}


def _may_write(target: ir.Expression) -> bool:
    if isinstance(target, ir.Sequence):
        return any(map(_may_write, target.items))
    return isinstance(target, ir.Subscript)


def _function(node: ir.Function) -> int:
    return INFERENCE if any(queries.last_name(decorator) == "inference_mode" for decorator in node.decorators) else 0
