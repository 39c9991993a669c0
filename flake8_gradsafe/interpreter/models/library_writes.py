"""Functions of PyTorch that write many tensors at once, or exchange their memory."""

from __future__ import annotations

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.tensor import NO, Effect, Via
from flake8_gradsafe.interpreter.call import CallContext, function_model, method_model
from flake8_gradsafe.interpreter.domain.values import NONE, TensorValue, Value
from flake8_gradsafe.interpreter.models.inplace import record_data_write, write_in_place
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import library


@function_model(*library.VECTOR_TO_PARAMETERS)
def vector_to_parameters(call: CallContext) -> Value:
    """`vector_to_parameters(vector, parameters)`: each is assigned to by `.data`, and the graph of the vector stays behind."""
    state, place = call.state, call.node.place
    vector, parameters = call.arguments.get(0, "vec"), call.arguments.get(1, "parameters")
    source = None if vector is None else state.as_tensor(vector, place)
    for ref in () if parameters is None else state.tensors_in(call.interp.exhaust(parameters, call.node, state)):
        piece = state.autograd.new(NO, place) if source is None else ops.piece_of(state.autograd, source, place)
        writes.set_data(state.autograd, ref, piece, place)
    return NONE


@function_model(*library.PARAMETERS_TO_VECTOR)
def parameters_to_vector(call: CallContext) -> Value:
    """`parameters_to_vector(parameters)`: one tensor computed from all of them."""
    state, parameters = call.state, call.arguments.get(0, "parameters")
    refs = [] if parameters is None else state.tensors_in(call.interp.exhaust(parameters, call.node, state))
    if not refs:
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    return TensorValue(ops.composed(state.autograd, "parameters_to_vector", refs, call.node.place))


def call_foreach(call: CallContext) -> Value:
    """`torch._foreach_add_(tensors, …)` writes each of them; without the underscore at the end it gives new ones."""
    state, given = call.state, call.arguments.get(0, "self")
    method = call.callee.rpartition("_foreach_")[2]
    refs = [] if given is None else state.tensors_in(call.interp.exhaust(given, call.node, state))
    if not refs or not method.endswith("_"):
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    for ref in refs:
        write_in_place(call.interp, ref, method, call.node, state, arguments=call.arguments.positional[1:])
    return NONE


@method_model("set_")
def set_memory(call: CallContext) -> Value:
    """`tensor.set_(source)`: the tensor has another memory from now on, and its version moves."""
    state = call.state
    ref = state.as_tensor(call.receiver, call.node.place)
    if ref is not None:
        if state.autograd.tensors[ref].via is Via.DATA:  # the handle leaves the memory, which stays as it is
            record_data_write(call.interp, ref, Via.DATA, "set_", call.node, state)
            state.autograd.leave_memory(ref, call.node.place)
            return call.receiver
        writes.write(state.autograd, ref, Effect.CHANGES, call.node.place, name="set")
        call.interp.run.emit_errors(state, call.node.place)
        state.autograd.note_reshape(ref)
        state.escaped |= {ref}
    return call.receiver
