"""Names and literals."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.frames import CLASS_BODY, ENCLOSING
from flake8_gradsafe.interpreter.domain.values import NONE, Literal, QualifiedName, Value
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.operators import item_of_unknown
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


_BUILTINS = frozenset(dir(builtins))


@expression(ir.Name, pure=True)
def evaluate_name(interp: Interpreter, node: ir.Name, state: State) -> Value:
    """A name: local, of a frame around this one, builtin, or unknown from now on.

    A local one that is not bound on a path ends it.
    """
    value = state.frame.get(node.id)
    if value is None:
        if _is_local(node.id, interp, state):
            state.signal = "raise"
            return state.unknown()
        value = state.enclosing_value(node.id) or _unbound_name(interp, node.id, state)
    return value


def _is_local(name: str, interp: Interpreter, state: State) -> bool:
    """Whether the function that is being run binds a name itself."""
    running = interp.run.running
    in_function = ENCLOSING in state.frame and CLASS_BODY not in state.frame
    return bool(running) and in_function and name in running[-1].locals


def _unbound_name(interp: Interpreter, name: str, state: State) -> Value:
    for origin in interp.run.star_imports:
        path = f"{origin}.{name}"
        if path in interp.run.operators.functions or path in library.FACTORIES or path in library.GRAD_MODES:
            return QualifiedName(path)
        if origin == "torch.nn" and name in interp.run.operators.modules:
            return QualifiedName(path)
    if name in _BUILTINS:
        return QualifiedName(f"builtins.{name}")
    state.frames[state.globals_frame][name] = unknown = state.unknown()
    return unknown


@expression(ir.Constant, pure=True)
def evaluate_constant(interp: Interpreter, node: ir.Constant, state: State) -> Value:
    """A literal."""
    literal = interp.run.literals.get(node)
    if literal is None:
        literal = interp.run.literals[node] = Literal(node.value)
    return literal


@expression(ir.Walrus)
def evaluate_walrus(interp: Interpreter, node: ir.Walrus, state: State) -> Value:
    """`name := value`."""
    value = interp.evaluate(node.value, state)
    state.bind(node.target.id, value)
    return value


def bound_names(target: ir.Expression) -> list[str]:
    """The names that a target binds."""
    if isinstance(target, ir.Name):
        return [target.id]
    return [name for item in target.items for name in bound_names(item)] if isinstance(target, ir.Sequence) else []


def bind_unknown(target: ir.Expression, state: State, source: Value = NONE) -> None:
    """Give every name of a target a new unknown value: an item of the source, where nothing is known of that either."""
    if isinstance(target, ir.Name):
        state.bind(target.id, item_of_unknown(source, state))
    elif isinstance(target, ir.Sequence):
        for item in target.items:
            bind_unknown(item, state, source)
    elif isinstance(target, ir.Starred):
        bind_unknown(target.value, state, source)
