"""What makes a tensor: factories, arrays, parameters and variables; and the flag that makes it a leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.metadata import DEFAULT_DTYPE, Metadata
from flake8_gradsafe.autograd.tensor import NO, Cut, Grad, Tensor, Via
from flake8_gradsafe.interpreter.call import CallContext, function_model, method_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    FilledWith,
    FrozenAt,
    HasAxes,
    IsParameter,
    KnownTensor,
    MayBeMoved,
    ReadFrom,
    RetainsGrad,
    RewrappedAt,
    StoredInOrder,
    Thawed,
)
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.tensor_metadata import (
    MAX_AXES,
    fill_value_of_factory,
    filled_with,
    first_item,
    metadata_of_factory,
)
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Literal,
    QualifiedName,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.axes import note_axes_made
from flake8_gradsafe.interpreter.models.handles import handle_of
from flake8_gradsafe.interpreter.models.operators import write_out
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.interpreter.models.value_ranges import note_made
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.interpreter import Interpreter

NO_CUTS: frozenset[Cut] = frozenset()


@function_model(*library.FACTORIES)
def factory(call: CallContext) -> Value:
    """A function that makes a new tensor, such as `torch.zeros`; with `out=`, it writes into one."""
    interp, arguments, node, state, path = call.interp, call.arguments, call.node, call.state, call.callee
    if (out := arguments.keywords.get("out", NONE)) != NONE:
        return write_out(interp, out, {}, node, state)
    flag = arguments.keywords.get("requires_grad", Literal(False))
    cuts = _cuts_behind(arguments.get(0, "data"), node, state) if path in library.COPYING_FACTORIES else NO_CUTS
    dtype = _dtype_made(path, arguments, state)
    metadata = metadata_of_factory(path.rpartition(".")[2], arguments, dtype, state)
    if not interp.run.keeps_defaults:
        metadata = Metadata(metadata.sizes)
    elif metadata.dtype == DEFAULT_DTYPE and interp.run.script:  # nobody else sets it while the program runs
        metadata = metadata._replace(dtype="float32")
    ref = state.autograd.new(NO, node.place, cuts=cuts, dtype=dtype, metadata=metadata)
    if (number := fill_value_of_factory(path.rpartition(".")[2], arguments, node, state)) is not None:
        state.heap.note(state.autograd.tensors[ref].storage, FilledWith(number.value))
    note_axes_made(path.rpartition(".")[2], arguments, ref, state)
    if not path.endswith("_like"):
        state.heap.note(ref, StoredInOrder(True))
    name = path.rpartition(".")[2]
    note_made(name, arguments.get(1, "fill_value") if name == "full" else arguments.get(0, "data"), ref, state)
    if flag != Literal(False):
        set_requires_grad(interp, ref, flag, node.place, state)
    return TensorValue(ref)


@method_model("item")
def item_method(call: CallContext) -> Value:
    """What `.item()` gives: the number that the tensor was filled with, where it is in no graph, else one that is read."""
    return known_number(call.receiver, call.state) or number_read((call.receiver,), call.node, call.state)


def number_read(values: Iterable[Value], node: ir.Expression, state: State) -> Value:
    """A number that is computed from some values, with the cuts behind it where these are tensors or were read from them."""
    result = state.plain()
    cuts = NO_CUTS.union(*(_cuts_behind(value, node, state) for value in values))
    if cuts:
        state.heap.note(result.id, ReadFrom(cuts))
    return result


def known_number(value: Value, state: State) -> Literal | None:
    """The number that a tensor outside of any graph was filled with."""
    ref = state.known_tensor(value)
    if ref is None or state.autograd.tensors[ref].cuts or state.autograd.grad_of(state.autograd.tensors[ref]).possible:
        return None
    return filled_with(ref, state)


@method_model("tolist")
def tolist_method(call: CallContext) -> Value:
    """What `.tolist()` gives: numbers that are cut off from the graph."""
    state = call.state
    ref = state.known_tensor(call.receiver)
    result = state.unknown()
    if ref is not None and (cuts := ops.cuts_of_read(state.autograd, ref, call.node.place)):
        state.heap.note(result.id, ReadFrom(cuts))
    return result


def _cuts_behind(data: Value | None, node: ir.Expression, state: State, depth: int = MAX_AXES) -> frozenset[Cut]:
    """The cuts behind a new tensor of what was read from others, in nested lists down to some depth."""
    if data is None or depth == 0:
        return NO_CUTS
    ref = state.known_tensor(data)
    if ref is not None:
        return ops.cuts_of_read(state.autograd, ref, node.place)
    read = state.heap.fact(data.id, ReadFrom) if isinstance(data, Unknown) else None
    if read is not None:
        return read.cuts
    items = state.items_of(data) or ()
    return NO_CUTS.union(*(_cuts_behind(item, node, state, depth - 1) for item in items))


def plain_tensor(place: ir.Place, state: State, dtype: str, sources: Iterable[int], *, seen: bool) -> Value:
    """A new tensor of integers (`I`) or booleans (`B`), made of others, whose gradients do not pass it."""
    cuts = ops.cuts_without_gradient(state.autograd, sources, place)
    return TensorValue(state.autograd.new(NO, place, cuts=cuts, tensor_seen=seen, dtype=dtype))


@function_model(*library.FROM_NUMPY)
def call_from_numpy(call: CallContext) -> Value:
    """`torch.from_numpy(array)` and its kin: a tensor on the memory of the array."""
    node, state = call.node, call.state
    source = call.arguments.get(0, "data")
    ref = None if source is None else state.known_tensor(source)
    if ref is None and isinstance(source, Unknown) and call.callee == "torch.from_numpy":
        ref = _as_array_of(source, node.place, state)
    if ref is None:
        return TensorValue(state.autograd.new(NO, node.place))
    if state.autograd.tensors[ref].counter is not None and call.callee in {"torch.as_tensor", "torch.asarray"}:
        return TensorValue(ref)
    made = handle_of(ref, Via.DATA, node.place, state)
    state.autograd.tensors[made] = state.autograd.tensors[made]._replace(via=Via.NUMPY)
    return TensorValue(made)


def _as_array_of(source: Unknown, place: ir.Place, state: State) -> int:
    """The array that an unknown value must be: memory whose writes nothing counts."""
    read = state.heap.fact(source.id, ReadFrom)
    ref = state.autograd.new(NO, place, cuts=NO_CUTS if read is None else read.cuts)
    state.autograd.tensors[ref] = state.autograd.tensors[ref]._replace(counter=None, via=Via.NUMPY)
    state.heap.note(source.id, KnownTensor(ref))
    axes = state.heap.fact(source.id, HasAxes)
    if axes is not None:
        state.heap.note(ref, axes)
    return ref


@function_model(*library.TO_NUMPY)
def call_as_array(call: CallContext) -> Value:
    """`numpy.asarray(tensor)` and its kin: an array on the memory of the tensor."""
    arguments, state = call.arguments, call.state
    source = arguments.get(0, "a")
    ref = None if source is None else state.known_tensor(source)
    if ref is None or len(arguments.all()) > 1:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    return TensorValue(handle_of(ref, Via.NUMPY, call.node.place, state))


@function_model(*library.PARAMETERS)
def make_parameter(call: CallContext) -> Value:
    """`torch.nn.Parameter(data, requires_grad)`: a leaf on the memory of the data."""
    node, state = call.node, call.state
    source = call.arguments.get(0, "data")
    flag = call.arguments.get(1, "requires_grad")
    ref = None if source is None else state.known_tensor(source)
    made = state.autograd.new(NO, node.place) if ref is None else handle_of(ref, Via.DETACH, node.place, state)
    set_requires_grad(call.interp, made, Literal(True) if flag is None else flag, node.place, state, how="wrapped")
    state.heap.note(made, IsParameter())
    return TensorValue(made)


@function_model(*library.VARIABLES)
def make_variable(call: CallContext) -> Value:
    """`torch.autograd.Variable(data, requires_grad)`: a tensor on the memory of the data."""
    arguments, node, state = call.arguments, call.node, call.state
    source = arguments.get(0, "data")
    ref = None if source is None else state.known_tensor(source)
    flag = arguments.keywords.get("requires_grad")
    if ref is None:
        return unknown_call(call.callee, arguments.all(), node, state) if flag is None else factory(call)
    if flag is None and not state.autograd.tensors[ref].grad.possible:
        return TensorValue(ref)
    made = handle_of(ref, Via.DETACH, node.place, state)
    set_requires_grad(call.interp, made, flag or Literal(False), node.place, state, how="wrapped")
    return TensorValue(made)


def data_of(interp: Interpreter, ref: int, place: ir.Place, state: State) -> int:
    """`.data`: where nothing shows that the receiver is a tensor, whether the result requires grad is open."""
    if state.autograd.tensors[ref].tensor_seen:
        interp.run.reads.setdefault(place, interp.run.statement)
    handle = handle_of(ref, Via.DATA, place, state)
    tensor = state.autograd.tensors[handle]
    if not tensor.tensor_seen:
        state.autograd.tensors[handle] = tensor._replace(grad=Grad(sources=frozenset({handle})))
    return handle


@method_model("requires_grad_")
def requires_grad_method(call: CallContext) -> Value:
    """`tensor.requires_grad_(flag)`."""
    ref = call.state.as_tensor(call.receiver, call.node.place)
    flag = call.arguments.get(0, "requires_grad")
    if ref is not None:
        set_requires_grad(call.interp, ref, Literal(True) if flag is None else flag, call.node.place, call.state)
    return call.receiver


def set_requires_grad(
    interp: Interpreter, ref: int, flag: Value, place: ir.Place, state: State, *, how: str = "called"
) -> None:
    """`requires_grad_(flag)`, or how else: `requires_grad = flag` (assigned), by a new Parameter or Variable (wrapped)."""
    if isinstance(flag, Literal) and isinstance(flag.value, bool):
        tensor = state.autograd.tensors[ref]
        cut = _cut_from_graph(tensor, state) if flag.value and not tensor.grad.possible else None
        if cut is not None:
            given = not cut.sure and not state.autograd.is_over_trained(cut)
            made = RewrappedAt(place, cut.place, how, state.autograd.clock, not (cut.sure or given), given)
            state.heap.note(ref, made)
        when = state.autograd.clock, state.autograd.calls, state.autograd.walks
        if flag.value and tensor.frozen is not None:
            state.heap.note(ref, Thawed(place, *when))
        elif not flag.value and tensor.node is None and tensor.grad.possible:
            state.heap.note(ref, FrozenAt(place, *when))
        writes.require_grad(state.autograd, ref, flag.value, place, assigned=how == "assigned")
        interp.run.emit_errors(state, place)
    else:
        tensor = state.autograd.tensors[ref]
        state.autograd.tensors[ref] = tensor._replace(grad=Grad(sources=frozenset({ref})))


def _cut_from_graph(tensor: Tensor, state: State) -> Cut | None:
    """The first cut that took a tensor out of a graph: surely, or if the models are trained that are taken to be."""
    cuts = sorted((cut for cut in tensor.cuts if cut.node is not None), key=lambda cut: cut.time)
    granted = (cut for cut in cuts if state.autograd.is_over_trained(cut))
    return next((cut for cut in cuts if cut.sure), None) or next(granted, None) or next(iter(cuts), None)


def _dtype_made(path: str, arguments: Arguments, state: State) -> str:
    """The kind of values that a factory makes, as far as its name, its dtype or its literals tell."""
    dtype = arguments.keywords.get("dtype")
    if isinstance(dtype, QualifiedName):
        return library.DTYPES.get(dtype.path, "T")
    if path in library.INTEGER_FACTORIES:
        return "I"
    value = first_item(arguments.get(0, "data"), state) if path == "torch.tensor" else None
    if isinstance(value, Literal):
        return "B" if isinstance(value.value, bool) else "I" if isinstance(value.value, int) else "T"
    return "T"


def is_computed(ref: int, state: State) -> bool:
    """Whether a tensor surely has a node: what a move gives may be the leaf itself."""
    tensor = state.autograd.tensors[ref]
    node = None if tensor.node is None else state.autograd.nodes.get(tensor.node)
    has_node = (
        node is not None and not node.opaque and tensor.grad.sure and not state.autograd.shares.get(tensor.storage)
    )
    return has_node and tensor.tensor_seen


def keeps_no_gradient(ref: int, state: State) -> bool:
    """Whether a tensor surely is computed, and neither told to keep its gradient nor seen by code that might do so."""
    return is_computed(ref, state) and ref not in state.escaped and not state.heap.has(ref, RetainsGrad)


def may_keep_no_gradient(ref: int, state: State) -> bool:
    """The same if it was moved to another device, or given another dtype."""
    tensor = state.autograd.tensors[ref]
    kept = ref in state.escaped or state.heap.has(ref, RetainsGrad)
    return state.heap.has(ref, MayBeMoved) and tensor.node is not None and tensor.grad.sure and not kept
