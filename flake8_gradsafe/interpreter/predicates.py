"""What a condition asks: a key that is the same when the same is asked of the same values again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import Literal, QualifiedName, TensorValue, Value
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Hashable

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter

_PURE_BUILTINS = frozenset(
    f"builtins.{name}" for name in "abs bool float hasattr int isinstance issubclass len max min round str type".split()
)


def predicate_of(node: ir.Expression, state: State, interp: Interpreter) -> Hashable | None:
    """The key of an expression made of names, constants and calls that only look; None for any other.

    What is asked of a tensor is asked of its values at that moment: the key counts the writes to its memory.
    """
    if isinstance(node, ir.Constant):
        return ("constant", repr(node.value))
    if isinstance(node, ir.Name):
        return identity(interp.evaluate(node, state), state)
    held = _held(node, state, interp)
    if isinstance(held, TensorValue):
        return identity(held, state)
    if isinstance(node, ir.Attribute):
        return _parts(("attribute", node.attr), (node.value,), state, interp)
    if isinstance(node, ir.Subscript):
        return _parts("subscript", (node.value, node.index), state, interp)
    if isinstance(node, ir.Comparison):
        return _parts(("comparison", node.operator), (node.left, node.right), state, interp)
    if isinstance(node, ir.Call):
        return _predicate_of_call(node, state, interp)
    return None


def _predicate_of_call(node: ir.Call, state: State, interp: Interpreter) -> Hashable | None:
    if any(argument.name or argument.star for argument in node.arguments):
        return None
    given = tuple(argument.value for argument in node.arguments)
    function = node.function
    if isinstance(function, ir.Name):
        called = interp.evaluate(function, state)
        pure = isinstance(called, QualifiedName) and called.path in _PURE_BUILTINS
        return _parts(("call", called), given, state, interp) if pure else None
    if isinstance(function, ir.Attribute) and _only_looks(function.attr, interp):
        return _parts(("method", function.attr), (function.value, *given), state, interp)
    return None


def _only_looks(method: str, interp: Interpreter) -> bool:
    spelling = interp.run.operators.methods.get(method)
    return method in library.PLAIN_METHODS or (spelling is not None and not spelling.inplace)


def _parts(head: Hashable, parts: tuple[ir.Expression, ...], state: State, interp: Interpreter) -> Hashable | None:
    keys = tuple(predicate_of(part, state, interp) for part in parts)
    return None if None in keys else (head, keys)


def _held(node: ir.Expression, state: State, interp: Interpreter) -> Value | None:
    """What an attribute of an object, or of an object's object, holds: looked at without evaluating anything."""
    if isinstance(node, ir.Name):
        return interp.evaluate(node, state)
    if not isinstance(node, ir.Attribute):
        return None
    owner = _held(node.value, state, interp)
    held = None if owner is None or not hasattr(owner, "id") else state.heap.get((owner.id, node.attr))
    known = None if held is None else state.known_tensor(held)
    return held if known is None else TensorValue(known)


def identity(value: Value, state: State) -> Hashable | None:
    """A key for a value: for a tensor, one that is another after each write to its memory."""
    if isinstance(value, TensorValue):
        tensor = state.autograd.tensors.get(value.ref)
        return None if tensor is None else (value, tensor.storage, len(state.autograd.logs.get(tensor.storage, ())))
    return value if isinstance(value, Literal | QualifiedName) or hasattr(value, "id") else None
