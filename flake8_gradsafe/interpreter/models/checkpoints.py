"""torch.utils.checkpoint: a function runs now without saving anything, and once more when backward comes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.tensor import NO, Via
from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Instance,
    Literal,
    ModuleValue,
    NonTensor,
    Partial,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import CheckpointCutOff
from flake8_gradsafe.interpreter.models.module_walk import module_items, parameters_of
from flake8_gradsafe.interpreter.models.saved_values import surely_read_again
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.interpreter.domain.state import State

#: The node of a checkpoint is that of no custom Function of the file.
_NO_FUNCTION = -1


class _Recomputed(NamedTuple):
    """What a run of the function has shown: the tensors that it reads and was not given, what it writes, what it gives."""

    reads: tuple[int, ...]
    writes: tuple[tuple[Write, int | None], ...]
    results: tuple[Value, ...]
    opaque: bool


@function_model(*training.CHECKPOINTS)
def call_checkpoint(call: CallContext) -> Value:
    """Of the arguments versions are kept; what else the function reads, its second run finds as it is then."""
    state = call.state
    function, *given = call.arguments.positional or (NONE,)
    if call.callee.endswith("checkpoint_sequential"):
        return _call_in_segments(call, function, given)
    run = _run_ahead(call, function, tuple(given))
    refs = [ref for value in given for ref in state.tensors_in(value)]
    if run.opaque or not run.results or not all(isinstance(result, TensorValue) for result in run.results):
        held = tuple(TensorValue(ref) for ref in _captured(function, state))
        return unknown_call("checkpoint", (*given, *held), call.node, state)
    autograd, place = state.autograd, call.node.place
    reentrant = _is_reentrant(call)
    inputs = refs if reentrant else [*refs, *run.reads]
    cut = reentrant and _are_without_gradient(given, state)
    if cut and _is_trained(function, run.reads, state):
        call.interp.run.emit(CheckpointCutOff(place, path_premises(state)), state)
    if cut or not any(autograd.grad_of(autograd.tensors[ref]).possible for ref in inputs):
        outputs = [ops.sampled(autograd, run.reads, place) for _ in run.results]
    else:
        outputs = [autograd.new(NO, place) for _ in run.results]
        surely = surely_read_again(call, function, tuple(given), run.reads)
        ops.apply_custom_function(
            autograd,
            "checkpoint",
            outputs,
            inputs,
            refs,
            run.reads,
            place,
            reads=True,
            function=_NO_FUNCTION,
            surely=surely,
        )
    _write_again(run.writes, state)
    call.interp.run.emit_errors(state, place)
    made = tuple(TensorValue(ref) for ref in outputs)
    return made[0] if len(made) == 1 else TupleValue(made)


def _call_in_segments(call: CallContext, function: Value, given: list[Value]) -> Value:
    """`checkpoint_sequential(layers, segments, input)`: all segments but the last are checkpoints, one behind the other."""
    state = call.state
    held = tuple(TensorValue(ref) for ref in _captured(function, state))
    values = (*given[1:], *(value for name, value in call.arguments.keywords.items() if name == "input"))
    if _is_reentrant(call) and _are_without_gradient(values, state):
        cut = _layers_before_the_last_segment(function, given[0] if given else NONE, state)
        parameters = [ref for layer in cut for ref in _captured(layer, state)]
        if _is_trained(function, parameters, state):
            call.interp.run.emit(CheckpointCutOff(call.node.place, path_premises(state)), state)
    return unknown_call("checkpoint", (*values, *held), call.node, state)


def _layers_before_the_last_segment(function: Value, segments: Value, state: State) -> tuple[Value, ...]:
    count = segments.value if isinstance(segments, Literal) else None
    layers = module_items(function, state) if isinstance(function, ModuleValue) else state.items_of(function)
    if not isinstance(count, int) or not layers or count < 1:
        return ()
    return layers[: len(layers) // count * (count - 1)]


def _is_reentrant(call: CallContext) -> bool:
    return call.arguments.keywords.get("use_reentrant") == Literal(True)


def _are_without_gradient(given: Iterable[Value], state: State) -> bool:
    """Whether none of these is a tensor that requires grad, with grad mode on; what a tuple or a list holds does not count."""
    autograd = state.autograd
    for value in given:
        ref = state.known_tensor(value)
        if ref is None and isinstance(value, Unknown) and not isinstance(value, NonTensor):
            return False
        if ref is not None:
            tensor = autograd.tensors[ref]
            if not tensor.tensor_seen or autograd.grad_of(tensor).possible:
                return False
    return autograd.grad_enabled is True


def _is_trained(function: Value, reads: Iterable[int], state: State) -> bool:
    """Whether parameters that a function reads surely require grad, and it is not in evaluation mode."""
    if isinstance(function, (Instance, ModuleValue)) and state.heap.get((function.id, "training")) == Literal(False):
        return False
    return any(state.autograd.grad_of(state.autograd.tensors[ref]).sure for ref in reads)


def _run_ahead(call: CallContext, function: Value, given: tuple[Value, ...]) -> _Recomputed:
    """Run the function on a state of its own."""
    state, twin = call.state, call.state.fork()
    began = twin.autograd.clock
    with call.interp.run.following_one_outcome():
        result = call.interp.call(function, Arguments(given), call.node, twin)
    made = [node for node in twin.autograd.nodes.values() if node.id > began]
    own = {state.autograd.tensors[ref].storage for value in given for ref in state.tensors_in(value)}
    logs, before = twin.autograd.logs, state.autograd.logs
    written = [write for storage, log in logs.items() for write in log[len(before.get(storage, ())) :]]
    known = state.autograd.tensors
    storages = {save.storage for node in made for save in node.saves}
    targets = {ref: tensor.storage for ref, tensor in twin.autograd.tensors.items()}
    storages |= {targets[write.target] for write in written if write.target in targets}
    leaves = {leaf for node in made for leaf in node.leaves}
    reads = [ref for ref, tensor in known.items() if tensor.storage in storages or ref in leaves]
    reads = [ref for ref in reads if known[ref].storage not in own]
    owners = {tensor.storage: ref for ref, tensor in reversed(known.items())}
    owned = [(write, owners.get(targets.get(write.target, 0))) for write in written]
    items = twin.items_of(result)
    results = (result,) if items is None else items
    return _Recomputed(tuple(reads), tuple(owned), results, any(node.opaque for node in made) or bool(twin.signal))


def _write_again(written: tuple[tuple[Write, int | None], ...], state: State) -> None:
    """The writes of the first run, to what was there before it; each with an owner of its memory, where there is one."""
    autograd = state.autograd
    enabled = autograd.switch_off()
    for write, owner in written:
        target = write.target if write.target in autograd.tensors else None
        if target is None and write.via is Via.DATA and owner is not None:
            target = ops.alias_outside_graph(autograd, owner, Via.DATA, write.place)
        if target is not None:
            writes.write(autograd, target, write.effect, write.place)
    autograd.grad_enabled = enabled


def _captured(function: Value, state: State) -> list[int]:
    """The parameters that a function reaches through its object."""
    if isinstance(function, Partial):
        return [ref for value in function.positional for ref in _captured(value, state)]
    if isinstance(function, (Instance, ModuleValue)):
        return [value.ref for _, value in parameters_of(function, state)]
    return []
