"""Names for tensors, as the source has them: a short name for what a place writes, reads or calls a method of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w+")
#: A longer text is no name that a sentence can be built with.
_LONGEST = 40
#: Give a handle of the same memory, or the tensor itself.
_HANDLES = frozenset(
    {
        "data",
        "detach",
        "numpy",
        "cpu",
        "untyped_storage",
        "storage",
        "clone",
        "contiguous",
        "requires_grad",
        "requires_grad_",
    }
)

_CUTTING = frozenset({"detach", "detach_", "requires_grad_"})


def source_of(module: cst.Module, node: cst.CSTNode) -> str:
    """A node's text on one line, without comments."""
    text = module.code_for_node(node)
    return " ".join(
        line.partition("#")[0].strip() if "#" in line else line.strip() for line in text.splitlines()
    ).strip()


def text_of(module: cst.Module, node: cst.CSTNode) -> str:
    """The text of a node, empty where it is too long to be quoted in a sentence."""
    text = source_of(module, node)
    return text if len(text) <= _LONGEST else ""


def tensor_at(module: cst.Module, node: cst.CSTNode) -> str:
    """The name of the tensor that a node writes, reads or calls a method of; empty where it has no short one."""
    return _name(module, _receiver(module, node))


def occurring(module: cst.Module, names: Iterable[str], nodes: Iterable[cst.CSTNode]) -> tuple[str, ...]:
    """Return the names that occur in one of the nodes. Of an attribute, only its own name is looked for."""
    words = {word for node in nodes for word in _WORD.findall(source_of(module, node))}
    return tuple(name for name in names if name.rpartition(".")[2] in words)


def base_of(name: str) -> str:
    """The tensor of which a name is an item: `h` of `h[0]`."""
    return name.partition("[")[0]


def loop_over(module: cst.Module, name: str, loops: Sequence[cst.For]) -> str | None:
    """Return what the innermost of these loops that binds this name goes over.

    It is empty if that has no short name, and None if no loop binds the name.
    """
    for loop in reversed(loops):
        if isinstance(loop.target, cst.Name) and loop.target.value == name:
            return _name(module, loop.iter)
    return None


def _receiver(module: cst.Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """The expression for the tensor itself, of which the given node may write a piece or take a handle."""
    if isinstance(node, cst.Assign):
        written = node.targets[0].target
        return _whole(module, written.value if isinstance(written, cst.Subscript) else written)
    if isinstance(node, (cst.AugAssign, cst.AnnAssign)):
        return _whole(module, node.target)
    if isinstance(node, cst.Call):
        operand = _first_operand(module, node)
        # What is cut off, or told to require no grad, is this piece alone; what is written is the whole tensor's memory.
        cuts = isinstance(node.func, cst.Attribute) and node.func.attr.value in _CUTTING
        return operand if cuts else _whole(module, operand)
    if isinstance(node, cst.Attribute):
        return _whole(module, node.value)
    return node


def _first_operand(module: cst.Module, call: cst.Call) -> cst.CSTNode | None:
    """The receiver of a method, or the first argument of a library's function."""
    if any(argument.keyword is not None and argument.keyword.value == "inplace" for argument in call.args):
        return None
    function = call.func
    if not isinstance(function, cst.Attribute) or function.attr.value[:1].isupper():
        return None
    if _root(function) not in _imported(module):
        return function.value
    given = [argument.value for argument in call.args if argument.keyword is None and not argument.star]
    written = [
        argument.value for argument in call.args if argument.keyword is not None and argument.keyword.value == "out"
    ]
    return next(iter(written or given), None)


def _whole(module: cst.Module, node: cst.CSTNode | None) -> cst.CSTNode | None:
    """The tensor behind its handles, and behind what in-place methods return: `out` of `out.data`, of `out.mul_(2)`."""
    while True:
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and _passes_on(node.func):
            node = node.func.value if _root(node.func) not in _imported(module) else None
        elif (isinstance(node, cst.Attribute) and node.attr.value in _HANDLES) or (
            isinstance(node, cst.Subscript) and not _is_item(node)
        ):
            node = node.value
        else:
            return node


def _passes_on(method: cst.Attribute) -> bool:
    name = method.attr.value
    return name in _HANDLES or (name.endswith("_") and not name.startswith("_"))


def _is_item(node: cst.Subscript) -> bool:
    """True if a subscript may name one thing of a list or a dict: `losses[0]`, `state["weight"]`."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    return isinstance(index, cst.Index) and isinstance(index.value, (cst.Integer, cst.SimpleString, cst.Name))


def _name(module: cst.Module, node: cst.CSTNode | None) -> str:
    return text_of(module, node) if node is not None and _is_name(module, node) else ""


def _is_name(module: cst.Module, node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Subscript):
        return _is_item(node) and _is_name(module, node.value)
    if isinstance(node, cst.Attribute):
        return _is_name(module, node.value)
    return isinstance(node, cst.Name) and node.value not in _imported(module)


def _root(node: cst.CSTNode) -> str:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


@lru_cache(maxsize=1)
def _imported(module: cst.Module) -> frozenset[str]:
    """The names that the module's own body imports."""
    lines = (line for line in module.body if isinstance(line, cst.SimpleStatementLine))
    statements = [small for line in lines for small in line.body if isinstance(small, (cst.Import, cst.ImportFrom))]
    aliases = [
        alias
        for statement in statements
        if not isinstance(statement.names, cst.ImportStar)
        for alias in statement.names
    ]
    return frozenset(_bound_by(alias) for alias in aliases)


def _bound_by(alias: cst.ImportAlias) -> str:
    name = alias.asname.name if alias.asname is not None else alias.name
    return name.value if isinstance(name, cst.Name) else _root(name)
