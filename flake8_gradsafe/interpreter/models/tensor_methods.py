"""Methods of tensors, and functions that give what no gradient passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import writes
from flake8_gradsafe.autograd.operators import OpRef
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.call import METHOD_MODELS, CallContext, function_model, method_model
from flake8_gradsafe.interpreter.checks.shared_cuts import note_shared_cut
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import DetachedAt, RetainsGrad
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.tensor_metadata import known_method_result
from flake8_gradsafe.interpreter.domain.values import NONE, Literal, TensorValue, Value
from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.interpreter.models.handles import handle_of
from flake8_gradsafe.interpreter.models.inplace import prepare_in_place, record_data_write, write_in_place
from flake8_gradsafe.interpreter.models.numpy_arrays import cast_array
from flake8_gradsafe.interpreter.models.opaque import take_for_parameter
from flake8_gradsafe.interpreter.models.operators import call_operator
from flake8_gradsafe.interpreter.models.tensors import factory, plain_tensor
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax import queries

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.interpreter import Interpreter


@function_model(*library.SAMPLERS)
def call_sampler(call: CallContext) -> Value:
    """A random tensor by the values of others, which gets a graph from them (of zeros), or by numbers."""
    arguments = call.arguments
    first = arguments.positional[0] if arguments.positional else NONE
    if isinstance(first, Literal) or "size" in arguments.keywords:
        return factory(call)
    operator = call.interp.run.operators.rows.get(call.callee.rpartition(".")[2])
    if operator is None:
        return unknown_call(call.callee, arguments.all(), call.node, call.state)
    return call_operator(call, OpRef(operator), seen=True)


def call_comparison(path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """A function that gives integers or booleans, which no gradient passes: `torch.argmax(x)`, `torch.isnan(x)`."""
    dtype = "I" if path.rpartition(".")[2] in library.INTEGER_RESULTS else "B"
    first = state.as_tensor(arguments.positional[0], node.place)
    sources = [ref for value in arguments.all() if (ref := state.known_tensor(value)) is not None]
    seen = first is not None and state.autograd.tensors[first].tensor_seen
    return plain_tensor(node.place, state, dtype, sources, seen=seen)


def call_unmeasured_in_place(call: CallContext) -> Value:
    """A function of torch whose name ends in `_` and that was not measured: the method of that name."""
    arguments = call.arguments
    if not arguments.positional:
        return call.state.unknown()
    return call_tensor_method(
        call._replace(
            arguments=replace(arguments, positional=arguments.positional[1:]),
            callee=call.callee.rpartition(".")[2],
            receiver=arguments.positional[0],
        )
    )


def call_tensor_method(call: CallContext) -> Value:
    """Call a method of a tensor, or of what may be one."""
    interp, name, arguments, node, state, receiver = call
    model = METHOD_MODELS.get(name)
    if model is not None and not (name in _WITHOUT_ARGUMENTS and arguments.all()):
        return model(call)
    if name == "retain_grad" and state.known_tensor(receiver) is None:
        interp.run.retains_unknown = True
    if name in library.PLAIN_METHODS:
        return _described(receiver, name, arguments, state) or state.plain()
    known = state.known_tensor(receiver)
    is_array = known is not None and state.autograd.tensors[known].counter is None
    if known is not None and is_array and name in library.ARRAY_WRITERS:
        write_in_place(interp, known, name, node, state, arguments=arguments.positional)
        return NONE
    if is_array and known is not None and name == "astype":
        return cast_array(call, known)
    if is_array and name in library.ARRAY_COPIES:
        return unknown_call(name, arguments.all(), node, state, receiver=receiver)
    spelling = interp.run.operators.methods.get(name)
    if spelling is not None:
        return _measured_method(call, spelling)
    if known is None:
        return unknown_call(name, arguments.all(), node, state, receiver=receiver)
    if name in library.FACTORY_METHODS:
        return factory(call)
    if name in library.COMPARISONS or name in _COMPARING_DUNDERS:
        dtype = "I" if name in library.INTEGER_RESULTS else "B"
        given = [state.known_tensor(value) for value in (receiver, *arguments.all())]
        sources = [ref for ref in given if ref is not None]
        return plain_tensor(node.place, state, dtype, sources, seen=state.autograd.tensors[known].tensor_seen)
    if name.endswith("_") and not name.endswith("__"):
        state.autograd.note_reshape(known)
        if name in _EXCHANGING:
            state.escaped |= {known}
        if name not in VALUELESS:
            write_in_place(interp, known, name, node, state, arguments=arguments.positional)
        elif state.autograd.tensors[known].via is Via.DATA:
            record_data_write(interp, known, Via.DATA, name, node, state)
        return receiver
    return unknown_call(name, arguments.all(), node, state, receiver=receiver)


def _described(receiver: Value, name: str, arguments: Arguments, state: State) -> Value | None:
    """What a method says of a tensor's shape, where that is known. `retain_grad()` is remembered."""
    ref = state.known_tensor(receiver)
    if ref is None:
        return None
    if name == "retain_grad":
        state.heap.note(ref, RetainsGrad())
    return known_method_result(state.autograd.tensors[ref].metadata, name, arguments, state)


def _measured_method(call: CallContext, spelling: OpRef) -> Value:
    state, name, receiver = call.state, call.callee, call.receiver
    inplace = spelling.inplace and not name.startswith("__")
    if inplace:
        take_for_parameter(receiver, state)
    state.as_tensor(receiver, call.node.place, seen=inplace)
    if name == "copy_" or not spelling.inplace:
        return call_operator(call._replace(arguments=call.arguments.after(receiver)), spelling)
    ref = state.known_tensor(receiver)
    fact, operands, given = prepare_in_place(call._replace(arguments=call.arguments.after(receiver)), spelling)
    if ref is not None:
        write_in_place(call.interp, ref, name, call.node, state, fact=fact, operands=operands, given=given)
        if name in VALUELESS:
            state.autograd.note_reshape(ref)
    return receiver


@method_model("detach")
def detach_method(call: CallContext) -> Value:
    """`tensor.detach()`: a handle on the same memory, outside of the graph."""
    node, state = call.node, call.state
    ref = state.as_tensor(call.receiver, node.place, seen=isinstance(call.receiver, TensorValue))
    if ref is None:
        return state.unknown()
    made = handle_of(ref, Via.DETACH, node.place, state)
    state.heap.note(made, DetachedAt(node.place))
    return TensorValue(made)


@method_model("detach_")
def detach_in_place_method(call: CallContext) -> Value:
    """`tensor.detach_()`: the tensor itself leaves the graph."""
    interp, node, state = call.interp, call.node, call.state
    ref = state.as_tensor(call.receiver, node.place)
    if ref is not None:
        tensor = state.autograd.tensors[ref]
        filled = bool(state.autograd.logs.get(tensor.storage))  # an argument that this function fills is its to cut
        possible = tensor.grad.possible and not filled
        if tensor.grad.possible:
            note_shared_cut(interp.run, node.place, ref, state)
        writes.detach_in_place(state.autograd, ref, node.place)
        interp.run.emit_errors(state, node.place)
        if "grad" not in queries.chain_of(node):
            argument = _argument(interp, node, state) if possible else ""
            interp.run.events.append(DetachedInPlace(node.place, path_premises(state), argument))
    return call.receiver


def _argument(interp: Interpreter, node: ir.Expression, state: State) -> str:
    """The name of the function's own argument on which a method is called, while grad mode is on; else empty."""
    if not interp.run.trains or not state.autograd.grad_enabled or not isinstance(node, ir.Call):
        return ""
    receiver = node.function.value if isinstance(node.function, ir.Attribute) else None
    is_argument = isinstance(receiver, ir.Name) and receiver.id in interp.run.scope.parameters
    return receiver.id if is_argument and isinstance(receiver, ir.Name) else ""


@method_model("shuffle")
def shuffle_method(call: CallContext) -> Value:
    """`generator.shuffle(array)`: the rows of an array change places."""
    given = call.arguments.get(0, "x")
    ref = None if given is None else call.state.known_tensor(given)
    if ref is None or call.state.autograd.tensors[ref].counter is not None:
        return unknown_call("shuffle", call.arguments.all(), call.node, call.state, receiver=call.receiver)
    write_in_place(call.interp, ref, "shuffle", call.node, call.state)
    return NONE


@method_model(*library.TO_NUMPY_METHODS)
def to_numpy_method(call: CallContext) -> Value:
    """`tensor.numpy()` and its kin: an array on the same memory."""
    node, state = call.node, call.state
    ref = state.known_tensor(call.receiver)
    if ref is None:
        return unknown_call("numpy", (), node, state, receiver=call.receiver)
    function = node.function if isinstance(node, ir.Call) else None
    storage = isinstance(function, ir.Attribute) and function.attr in library.STORAGE_METHODS
    inline = {part.place for part in queries.within(node)}
    call.interp.run.through_numpy |= {cut.place for cut in state.autograd.tensors[ref].cuts if cut.place in inline}
    return TensorValue(handle_of(ref, Via.NUMPY, node.place, state, storage=storage))


_COMPARING_DUNDERS = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__invert__", "__and__", "__or__", "__xor__"}
)


#: Methods that give a tensor other memory, or another size.
_EXCHANGING = frozenset({"set_", "swap_", "resize_", "resize_as_"})


#: With arguments, these are other objects' methods.
_WITHOUT_ARGUMENTS = frozenset({"detach", "detach_"})
