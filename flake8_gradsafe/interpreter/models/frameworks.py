"""Objects of libraries that train: scalers of losses, frameworks that run backward; and checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.interpreter import Interpreter

from flake8_gradsafe.interpreter.checks.vain_edits import gradients_edited, spent_iterator
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import Drained, KnownTensor, OpaqueOptimizer, ScaledGradient
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Instance,
    IteratorValue,
    LibraryInstance,
    Literal,
    ModuleValue,
    OptimizerValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.backward import backward_method
from flake8_gradsafe.interpreter.models.custom_functions import CONTEXT, context_method
from flake8_gradsafe.interpreter.models.modules import write_under_no_grad
from flake8_gradsafe.interpreter.models.optimizers import held_by, step_optimizer
from flake8_gradsafe.interpreter.models.tensors import plain_tensor
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, within


def make_library_object(kind: str, arguments: Arguments, state: State) -> Value:
    """An object of a class whose methods are known; a namespace has its arguments for attributes."""
    made = LibraryInstance(state.autograd.tick(), kind)
    if kind in {"namespace", "field", "scaler"}:
        for name, value in arguments.keywords.items():
            state.heap[made.id, name] = value
    return made


def call_library_object(receiver: LibraryInstance, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """Call such an object."""
    return unknown_call(receiver.kind, arguments.all(), node, state)


def library_method(call: CallContext, receiver: LibraryInstance) -> Value:
    """A method of such an object."""
    arguments, node, state, name = call.arguments, call.node, call.state, call.callee
    first = arguments.positional[0] if arguments.positional else NONE
    if receiver.kind == CONTEXT:
        return context_method(receiver, name, arguments, node, state)
    if receiver.kind == "scaler":
        return _scaler_method(call, receiver, first)
    if (held := state.heap.get((receiver.id, name))) is not None:
        return held
    if name == "backward" and arguments.positional:
        return run_backward(call.interp, first, node, state)
    if name in training.LOGGING:
        return NONE
    if name in training.GIVING_BACK:
        return first if len(arguments.positional) == 1 else TupleValue(arguments.positional)
    if name in training.CLIPPING_METHODS:
        return clip_gradients(call._replace(callee=f"torch.nn.utils.{name}"))
    if name == "clip_gradients" and isinstance(first, ModuleValue):
        return _clip_gradients_of(call, first)
    return unknown_call(name, arguments.all(), node, state)


def _scaler_method(call: CallContext, receiver: LibraryInstance, first: Value) -> Value:
    state = call.state
    if call.callee == "scale" and state.known_tensor(first) is not None:
        made = call.interp.binary("__mul__", first, Literal(1024.0), call.node, state)
        ref = state.known_tensor(made)
        enabled = state.heap.get((receiver.id, "enabled"), Literal(True))
        if ref is not None and enabled != Literal(False):
            state.heap.note(ref, ScaledGradient(call.node.place, may_be_off=enabled != Literal(True)))
        return made
    if call.callee == "unscale_":
        for ref in _unscaled_by(first, state):
            state.heap.forget(ref, ScaledGradient)
    if call.callee == "step" and isinstance(first, OptimizerValue):
        return step_by_scaler(call)
    return state.unknown()


def _unscaled_by(optimizer: Value, state: State) -> list[int]:
    """The leaves whose gradients an optimizer's `unscale_` may divide.

    All that are scaled, unless it is known to hold others alone: of the groups of an optimizer a part may be out of sight.
    """
    scaled = list(state.heap.owners(ScaledGradient))
    if isinstance(optimizer, (OptimizerValue, Instance)) and not state.heap.has(optimizer.id, OpaqueOptimizer):
        held = held_by(optimizer.id, state)
        return [] if held and not set(held).intersection(scaled) else scaled
    return scaled


def step_by_scaler(call: CallContext) -> Value:
    """`scaler.step(optimizer)`."""
    optimizer = call.arguments.positional[0]
    if isinstance(optimizer, OptimizerValue):
        step_optimizer(call.interp, optimizer.id, call.node, call.state)
    return call.state.unknown()


@function_model(*training.WRAPPERS)
def wrap_module(call: CallContext) -> Value:
    """What runs a module on several devices, or compiled, is taken for the module."""
    given = call.arguments.get(0, "module")
    if isinstance(given, (Instance, ModuleValue)):
        return given
    return unknown_call(call.callee, call.arguments.all(), call.node, call.state)


def entered_context(context: Value, state: State) -> Value:
    """What `with context as …` binds."""
    itself = isinstance(context, (LibraryInstance, Instance)) or state.known_tensor(context) is not None
    return context if itself else state.unknown()


def run_backward(interp: Interpreter, loss: Value, node: ir.Expression, state: State) -> Value:
    """What a framework does that is told to run backward."""
    return backward_method(CallContext(interp, "", Arguments(), node, state, loss))


def is_run_by_a_framework(receiver: Value, arguments: Arguments, state: State) -> bool:
    """Whether `receiver.backward(loss)` asks a framework to differentiate a loss."""
    if not isinstance(receiver, Unknown) or state.heap.has(receiver.id, KnownTensor) or not arguments.positional:
        return False
    ref = state.known_tensor(arguments.positional[0])
    return ref is not None and state.autograd.tensors[ref].node is not None


@function_model(*training.GRADIENT_CLIPPERS)
def clip_gradients(call: CallContext) -> Value:
    """Clip the gradients of one tensor or of several, in place; what is given back is their norm."""
    state = call.state
    given = call.arguments.get(0, "parameters")
    drained = state.heap.fact(given.id, Drained) if isinstance(given, IteratorValue) else None
    given = None if given is None else call.interp.exhaust(given, call.node, state)
    refs = [] if given is None else state.tensors_in(given)
    of_none = not call.callee.endswith("value_")  # PyTorch refuses to clip the values of no gradients
    if drained is not None and of_none:
        spent_iterator(call.interp.run, call.node.place, drained.place, state)
    elif given is not None and not _is_unbounded(call.node):
        bounded = _is_small(call.arguments.get(1, "max_norm"))
        gradients_edited(call.interp.run, refs, call.node.place, state, of_none=of_none, bounded=bounded)
        call.interp.run.watch_clipping(refs, call.node.place, state)
    for ref in refs:
        gradient = state.known_tensor(state.heap.get((ref, "grad"), NONE))
        if gradient is not None:
            write_under_no_grad(gradient, "clip", call.node, state)
    return plain_tensor(call.node.place, state, "T", (), seen=True)


def _clip_gradients_of(call: CallContext, module: ModuleValue) -> Value:
    """`fabric.clip_gradients(module, optimizer, max_norm=…)`."""
    by_value = "clip_val" in call.arguments.keywords
    parameters = call.interp.call_method(module, "parameters", Arguments(), call.node, call.state)
    bound = call.arguments.get(2, "clip_val") if by_value else call.arguments.get(3, "max_norm")
    given = Arguments((parameters,) if bound is None else (parameters, bound))
    callee = f"torch.nn.utils.clip_grad_{'value' if by_value else 'norm'}_"
    return clip_gradients(call._replace(arguments=given, callee=callee))


def _is_small(bound: Value | None) -> bool:
    """Whether a bound is one that gradients may exceed: who asks for a norm alone gives a large one."""
    number = bound.value if isinstance(bound, Literal) else None
    return isinstance(number, (int, float)) and 0 < number < _LARGEST_BOUND


_LARGEST_BOUND = 100


def _is_unbounded(node: ir.Expression) -> bool:
    """Whether a norm is clipped to infinity: it is asked for, and nothing is clipped."""
    return any(
        (isinstance(part, ir.Constant) and part.value == "inf")
        or (isinstance(part, (ir.Name, ir.Attribute)) and last_name(part) in {"inf", "Inf", "Infinity"})
        for part in within(node)
    )


@function_model(training.TOTAL_NORM)
def total_norm(call: CallContext) -> Value:
    """`get_total_norm(tensors)`: one number, computed with grad mode off."""
    state = call.state
    given = call.arguments.get(0, "tensors")
    refs = [] if given is None else state.tensors_in(call.interp.exhaust(given, call.node, state))
    return TensorValue(ops.sampled(state.autograd, refs, call.node.place))
