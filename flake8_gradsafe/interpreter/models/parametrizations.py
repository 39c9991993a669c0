"""Parameters that a module computes from others: `weight_norm`, `spectral_norm`, `register_parametrization` and their kin."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import NO, YES
from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import ComputedParameter, ComputedParameters, HandedOut, IsParameter
from flake8_gradsafe.interpreter.domain.values import NONE, Instance, Literal, ModuleValue, TensorValue, Value
from flake8_gradsafe.interpreter.models.opaque import is_opaque
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import parametrizations

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.syntax import program as ir

_Module: TypeAlias = "Instance | ModuleValue"

#: Where a module keeps what its parameters are computed from, which is of this kind.
_HOLDER = "parametrizations"
#: How a parameter is computed that only modules of the file, or out of sight, compute.
_REGISTERED = parametrizations.REGISTERING.rpartition(".")[2]


# -- declaring --------------------------------------------------------------------------------------------------
@function_model(*parametrizations.HOOKED)
def compute_at_each_call(call: CallContext) -> Value:
    """`weight_norm(module, name)` and `spectral_norm` of `torch.nn.utils`: a hook computes the parameter."""
    state, node = call.state, call.node
    module, name, ref = _asked(call)
    if module is None or ref is None:
        return _out_of_sight(call, module)
    how = call.callee.rpartition(".")[2]
    part = ComputedParameter(name, how, tuple(name + end for end in parametrizations.HOOKED[call.callee]), kept=True)
    kept = len(part.originals) == 1
    for original in part.originals:
        state.heap[module.id, original] = TensorValue(ref if kept else _new_parameter(node, state))
    _note(module, part, state)
    before_call = TensorValue(state.autograd.new(NO, node.place))
    state.heap[module.id, name] = before_call if kept else _compute(call.interp, module, part, node, state)
    return module


@function_model(*parametrizations.ACCESSED, parametrizations.REGISTERING)
def compute_at_each_access(call: CallContext) -> Value:
    """`weight_norm(module, name)` and its kin of `parametrizations`, and `register_parametrization(module, name, other)`."""
    state = call.state
    module, name, ref = _asked(call)
    if (
        module is not None
        and (others := _registered(module, name, state))
        and call.callee == parametrizations.REGISTERING
    ):
        _register(call, others)
        return module
    if module is None or ref is None:
        return _out_of_sight(call, module)
    state.heap.note(module.id, HandedOut())  # it gets a class of its own
    originals = parametrizations.ACCESSED.get(call.callee, ("original",))
    _note(module, ComputedParameter(name, call.callee.rpartition(".")[2], originals, kept=False), state)
    state.heap.pop((module.id, name), None)
    kept = len(originals) == 1
    holder = _holder(module, name, call.node, state)
    for original in originals:
        state.heap[holder.id, original] = TensorValue(ref if kept else _new_parameter(call.node, state, ref))
    if call.callee == parametrizations.REGISTERING:
        _register(call, holder)
    return module


@function_model(*parametrizations.REMOVING)
def compute_no_more(call: CallContext) -> Value:
    """`remove_weight_norm(module, name)` and its kin: the module has a parameter of this name again."""
    state = call.state
    module, name, _ = _asked(call)
    found = None if module is None else _part(module, name, state)
    if module is None or found is None:
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    for original in found.originals:
        state.heap.pop((module.id, original), None)
    state.heap.pop((module.id, _HOLDER), None)
    rest = tuple(part for part in _parts(module, state) if part.name != name)
    state.heap.note(module.id, ComputedParameters(rest))
    _hold_unknown(module, name, call.node, state)
    return module


def _asked(call: CallContext) -> tuple[_Module | None, str, int | None]:
    """The module in sight that a call is about, the name of its parameter, and the parameter, where that is known."""
    module = call.arguments.get(0, "module")
    label = call.arguments.get(1, "tensor_name" if "parametrize." in call.callee else "name") or Literal("weight")
    if not isinstance(module, (Instance, ModuleValue)) or call.arguments.unclear:
        return None, "", None
    if not isinstance(label, Literal) or not isinstance(label.value, str):
        return module, "", None
    held = call.state.heap.get((module.id, label.value))
    is_one = isinstance(held, TensorValue) and call.state.heap.has(held.ref, IsParameter)
    return module, label.value, held.ref if isinstance(held, TensorValue) and is_one else None


def _out_of_sight(call: CallContext, module: _Module | None) -> Value:
    """A parameter of which nothing is known: of a module in sight, it may be any of its own."""
    state = call.state
    if module is None:
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    state.heap.note(module.id, HandedOut())
    if is_opaque(module):
        return module
    for name, value in state.heap.attributes(module.id):
        if isinstance(value, TensorValue) and state.heap.has(value.ref, IsParameter):
            _hold_unknown(module, name, call.node, state)
    return module


def _hold_unknown(module: _Module, name: str, node: ir.Expression, state: State) -> None:
    """A module holds some parameter, which may be another one than before, and frozen."""
    ref = state.autograd.unknown(node.place, tensor_seen=True)
    state.heap.note(ref, IsParameter())
    state.heap[module.id, name] = TensorValue(ref)


def _new_parameter(node: ir.Expression, state: State, like: int | None = None) -> int:
    """A parameter; with `like`, one that requires grad if that one does."""
    ref = state.autograd.new(YES if like is None else state.autograd.tensors[like].grad, node.place)
    state.heap.note(ref, IsParameter())
    return ref


def _holder(module: _Module, name: str, node: ir.Expression, state: State) -> ModuleValue:
    """The module in a module that holds what a parameter is computed from."""
    whole = state.heap.get((module.id, _HOLDER))
    if not isinstance(whole, ModuleValue):
        whole = state.heap[module.id, _HOLDER] = _inner_module(node, state)
    made = state.heap[whole.id, name] = _inner_module(node, state)
    return made


def _inner_module(node: ir.Expression, state: State) -> ModuleValue:
    made = ModuleValue(state.autograd.tick(), _HOLDER, (), node.place)
    state.heap[made.id, "training"] = Literal(True)
    return made


def _registered(module: _Module, name: str, state: State) -> ModuleValue | None:
    """The holder of what a parameter is computed from, where one is registered."""
    whole = state.heap.get((module.id, _HOLDER))
    held = state.heap.get((whole.id, name)) if isinstance(whole, ModuleValue) else None
    return held if isinstance(held, ModuleValue) else None


def _register(call: CallContext, holder: ModuleValue) -> None:
    """Add the module that is called with what was computed so far."""
    number = next(str(each) for each in count() if (holder.id, str(each)) not in call.state.heap)
    call.state.heap[holder.id, number] = call.arguments.get(2, "parametrization") or NONE


# -- computing --------------------------------------------------------------------------------------------------
def accessed_parameter(
    interp: Interpreter, module: Value, name: str, node: ir.Expression, state: State
) -> Value | None:
    """The parameter of a module that is computed at each access; None for any other attribute."""
    if not isinstance(module, (Instance, ModuleValue)) or (part := _part(module, name, state)) is None:
        return None
    return None if part.kept else _compute(interp, module, part, node, state)


def compute_before_call(interp: Interpreter, module: _Module, node: ir.Expression, state: State) -> None:
    """Compute what a module that is called computes."""
    for part in _parts(module, state):
        state.heap[module.id, part.name] = _compute(interp, module, part, node, state)


def drop_after_call(module: _Module, state: State) -> None:
    """Forget what is computed at each access."""
    for part in _parts(module, state):
        if not part.kept:
            state.heap.pop((module.id, part.name), None)


def _compute(interp: Interpreter, module: _Module, part: ComputedParameter, node: ir.Expression, state: State) -> Value:
    holder = module if part.kept else _registered(module, part.name, state)
    held = {} if holder is None else dict(state.heap.attributes(holder.id))
    originals = [kept for name in part.originals if isinstance(kept := held.get(name), TensorValue)]
    if len(originals) < len(part.originals):
        return state.unknown()
    value: Value = originals[0]
    if part.how != _REGISTERED:
        refs = [original.ref for original in originals]
        value = TensorValue(ops.composed(state.autograd, part.how, refs, node.place))
    for other in [each for name, each in held.items() if name.isdigit() and not part.kept]:
        value = interp.call(other, Arguments((value,)), node, state)
    return value


def _part(module: _Module, name: str, state: State) -> ComputedParameter | None:
    return next((part for part in _parts(module, state) if part.name == name), None)


def _parts(module: _Module, state: State) -> tuple[ComputedParameter, ...]:
    held = state.heap.fact(module.id, ComputedParameters)
    return () if held is None else held.parts


def _note(module: _Module, part: ComputedParameter, state: State) -> None:
    state.heap.note(module.id, ComputedParameters((*_parts(module, state), part)))
