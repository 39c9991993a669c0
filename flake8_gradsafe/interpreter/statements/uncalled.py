"""Statements that name what should be called, make what should be entered, or compare what should be assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import calls_in, statements_in
from flake8_gradsafe.interpreter.domain.facts import IsScheduler, OpaqueOptimizer
from flake8_gradsafe.interpreter.domain.values import (
    Instance,
    Method,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    Partial,
    QualifiedName,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import CallForgotten
from flake8_gradsafe.interpreter.models.opaque import is_opaque
from flake8_gradsafe.knowledge import contexts, library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, within
from flake8_gradsafe.syntax.uncalled import compares, makes_mode, names_method

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.interpreter.run import Run

Premises = frozenset[Premise]

_NOTHING: Premises = frozenset()
_A_TENSOR = frozenset({Premise.IS_TENSOR})
_NAMED = frozenset({Premise.NAMED})

_OF_MODULES = frozenset({"train", "eval", "zero_grad", "requires_grad_"})
_OF_OPTIMIZERS = frozenset({"step", "zero_grad"})
#: Of these, what bears them is a tensor by all that is likely.
_OF_TENSORS_ALONE = frozenset({"backward", "detach_", "requires_grad_"})


def evaluate_looking_effective(interp: Interpreter, node: ir.Expression, state: State) -> None:
    """Evaluate such a statement, and tell where it does nothing."""
    if isinstance(node, ir.Attribute) and names_method(node):
        receiver = interp.evaluate(node.value, state)
        value = interp.look_up(receiver, node, state)
        assumed = _premises_of_method(interp, node, receiver, value, state)
        name = "zero_grad" if node.attr == "zero_" and _holder_of_gradient(node.value) is not None else node.attr
        event = None if assumed is None else CallForgotten(node.place, assumed, "method", name)
    elif makes_mode(node):
        event = _unentered_mode(node, interp.evaluate(node, state))
    else:
        event = _dropped_comparison(interp, node, state)
        interp.evaluate(node, state)
    if event is not None and not state.signal and not state.expects_error and not _is_tried(interp.run, node):
        interp.run.events.append(event)


def _premises_of_method(
    interp: Interpreter, node: ir.Attribute, receiver: Value, value: Value, state: State
) -> Premises | None:
    """What has to be assumed for a method to be one of PyTorch's that should be called; None where it may be anything."""
    name = node.attr
    if isinstance(receiver, QualifiedName):
        return _NOTHING if value == QualifiedName("torch.autograd.backward") else None
    if isinstance(receiver, (ModuleValue, Instance)):
        return _premises_of_object(receiver, name, value)
    if isinstance(receiver, OptimizerValue):
        known = not state.heap.has(receiver.id, OpaqueOptimizer)
        return None if name not in _OF_OPTIMIZERS else _NOTHING if known else _NAMED
    ref = state.known_tensor(receiver)
    if ref is not None and state.autograd.tensors[ref].tensor_seen:
        return _NOTHING if isinstance(value, Method) and name not in _OF_OPTIMIZERS else None
    if not isinstance(receiver, (TensorValue, Unknown)) or isinstance(receiver, NonTensor):
        return None
    return _premises_of_unknown(interp, node, receiver, state)


def _premises_of_object(receiver: ModuleValue | Instance, name: str, value: Value) -> Premises | None:
    """The same for a module, or an object of a class of the program."""
    if isinstance(receiver, ModuleValue):
        return None if name not in _OF_MODULES else _NAMED if is_opaque(receiver) else _NOTHING
    if not isinstance(value, (Method, Partial, Unknown)):
        return None
    if receiver.cls.kind == "optimizer":
        return _NOTHING if name in _OF_OPTIMIZERS else None
    is_method = receiver.cls.kind == "module" and not isinstance(value, Unknown)
    return _NOTHING if is_method and name in _OF_MODULES else None


def _premises_of_unknown(
    interp: Interpreter, node: ir.Attribute, receiver: TensorValue | Unknown, state: State
) -> Premises | None:
    """The same for what is made out of sight."""
    name, run = node.attr, interp.run
    if name == "step" and isinstance(receiver, Unknown) and state.heap.has(receiver.id, IsScheduler):
        return _NOTHING
    if (holder := _holder_of_gradient(node.value)) is not None and name not in _OF_OPTIMIZERS:
        owner = state.known_tensor(interp.evaluate(holder, state))
        return _A_TENSOR if owner is None or not state.autograd.tensors[owner].tensor_seen else _NOTHING
    if not run.trains:
        return None
    if name in _OF_TENSORS_ALONE:
        return _A_TENSOR
    return _NAMED if name in _OF_OPTIMIZERS and _is_used_as_optimizer(run, node) else None


def _holder_of_gradient(node: ir.Expression) -> ir.Expression | None:
    """What has the gradient that an expression names: `p` of `p.grad`; None for any other."""
    return node.value if isinstance(node, ir.Attribute) and node.attr == "grad" and _is_chain(node) else None


def _is_chain(node: ir.Expression) -> bool:
    """Whether an expression can be evaluated twice: it has names, attributes and items, and calls nothing."""
    return not any(isinstance(part, (ir.Call, ir.Walrus, ir.Yield)) for part in within(node))


def _is_used_as_optimizer(run: Run, node: ir.Attribute) -> bool:
    """Whether the other one of `step` and `zero_grad` is called of the same thing in the same function."""
    chain, others = chain_of(node.value), _OF_OPTIMIZERS - {node.attr}
    return bool(chain) and any(
        isinstance(call.function, ir.Attribute)
        and call.function.attr in others
        and chain_of(call.function.value) == chain
        for call in calls_in(run.body)
    )


def _unentered_mode(node: ir.Expression, value: Value) -> CallForgotten | None:
    """`torch.no_grad()` as a statement, or the same without parentheses."""
    modes = contexts.MODES if isinstance(node, ir.Call) else library.GRAD_MODES
    if not isinstance(value, QualifiedName) or value.path not in modes:
        return None
    return CallForgotten(node.place, _NOTHING, "mode", last_name(node))


def _dropped_comparison(interp: Interpreter, node: ir.Expression, state: State) -> CallForgotten | None:
    """`x.requires_grad == False`, which a notebook may show."""
    if not compares(node) or not isinstance(node, ir.Comparison) or interp.run.by_hand:
        return None
    told = node.left
    if not isinstance(told, ir.Attribute) or not _is_chain(told.value):
        return None
    ref = state.known_tensor(interp.evaluate(told.value, state))
    if ref is None or not state.autograd.tensors[ref].tensor_seen:
        return None
    return CallForgotten(node.place, _NOTHING, "comparison", told.attr)


def _is_tried(run: Run, node: ir.Expression) -> bool:
    """Whether a `try` asks by this alone whether there is such an attribute."""
    tries = (each for each in statements_in(run.body) if isinstance(each, ir.Try) and each.handlers)
    return any(
        len(each.body) == 1 and isinstance(each.body[0], ir.Evaluate) and each.body[0].value is node for each in tries
    )
