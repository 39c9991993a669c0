"""Calls, and the arguments that they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.calls.dispatch import call_by_name
from flake8_gradsafe.interpreter.calls.program import decorate, make_function
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.values import DictValue, Instance, Literal, QualifiedName, Unknown, Value
from flake8_gradsafe.interpreter.expressions.attributes import WITH_ATTRIBUTES
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.opaque import as_layer
from flake8_gradsafe.interpreter.models.unknown import unknown_holding
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


@expression(ir.Call)
def evaluate_call(interp: Interpreter, node: ir.Call, state: State) -> Value:
    """`function(arguments)`."""
    function = node.function
    if isinstance(function, ir.Attribute):
        receiver = interp.evaluate(function.value, state)
        arguments = _arguments(interp, node, state)
        if isinstance(receiver, QualifiedName):
            return call_by_name(CallContext(interp, f"{receiver.path}.{function.attr}", arguments, node, state))
        kept = state.heap.get((receiver.id, function.attr)) if isinstance(receiver, WITH_ATTRIBUTES) else None
        if kept is None:
            kept = _trained_attribute(interp, receiver, function, state)
        elif isinstance(receiver, Instance):
            kept = as_layer(receiver, function.attr, kept, node.place, state)
        if kept is not None:
            return interp.call(kept, arguments, node, state)
        return interp.call_method(receiver, function.attr, arguments, node, state)
    callee = interp.evaluate(function, state)
    return interp.call(callee, _arguments(interp, node, state), node, state)


def _trained_attribute(interp: Interpreter, receiver: Value, function: ir.Attribute, state: State) -> Value | None:
    """The model that is called as an attribute of something, where the file trains what has its name."""
    if function.attr not in interp.run.names.models or not isinstance(receiver, (Unknown, Instance)):
        return None
    if (
        state.known_tensor(receiver) is not None
        or interp.attribute(receiver, function.attr, function, state) is not None
    ):
        return None
    return interp.look_up(receiver, function, state)


def _arguments(interp: Interpreter, node: ir.Call, state: State) -> Arguments:
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    unclear = False
    for argument in node.arguments:
        value = interp.evaluate(argument.value, state)
        if argument.name is not None:
            keywords[argument.name] = value
        elif argument.star == "*" and (items := unpacked(interp, value, node, state)) is not None:
            positional += items
        elif argument.star == "**" and isinstance(value, DictValue) and (named := _named(value, state)) is not None:
            keywords |= named
        elif argument.star:
            unclear = True
            positional.append(value)
        else:
            positional.append(value)
    return Arguments(tuple(positional), keywords, unclear)


def unpacked(interp: Interpreter, value: Value, node: ir.Expression, state: State) -> tuple[Value, ...] | None:
    """The items that `*value` gives, where all of them are known."""
    value = container_of(interp.exhaust(value, node, state), state)
    return state.items_of(value)


@expression(ir.Lambda)
def evaluate_lambda(interp: Interpreter, node: ir.Lambda, state: State) -> Value:
    """A function without a name."""
    return make_function(interp, node.function, state)


@expression(ir.Yield)
def evaluate_yield(interp: Interpreter, node: ir.Yield, state: State) -> Value:
    """`yield` where it is no statement of its own: what it hands out is not followed."""
    if node.value is None:
        return state.unknown()
    state.assume(UNMODELLED)
    return unknown_holding(state.tensors_in(interp.evaluate(node.value, state)), node.place, state)


def decorated(interp: Interpreter, made: Value, decorator: ir.Expression, node: ir.Function, state: State) -> Value:
    """What a decorator makes of a function."""
    enabled = state.autograd.grad_enabled
    value = interp.evaluate(decorator, state)
    state.autograd.grad_enabled = enabled  # `@set_grad_enabled(…)` gives back the mode that it has changed
    return decorate(interp, made, value, decorator, node, state)


def _named(value: DictValue, state: State) -> dict[str, Value] | None:
    """A dict's entries as keyword arguments, where all of them are known."""
    entries = state.entries_of(value)
    if entries is None:
        return None
    named = {key.value: held for key, held in entries if isinstance(key, Literal) and isinstance(key.value, str)}
    return named if len(named) == len(entries) else None
