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
    Partial,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
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
    run = _run_ahead(call, function, tuple(given))
    refs = [ref for value in given for ref in state.tensors_in(value)]
    if run.opaque or not run.results or not all(isinstance(result, TensorValue) for result in run.results):
        held = tuple(TensorValue(ref) for ref in _captured(function, state))
        return unknown_call("checkpoint", (*given, *held), call.node, state)
    autograd, place = state.autograd, call.node.place
    reentrant = call.arguments.keywords.get("use_reentrant") == Literal(True)
    inputs = refs if reentrant else [*refs, *run.reads]
    if not any(autograd.grad_of(autograd.tensors[ref]).possible for ref in inputs):
        outputs = [ops.sampled(autograd, run.reads, place) for _ in run.results]
    else:
        outputs = [autograd.new(NO, place) for _ in run.results]
        ops.apply_custom_function(
            autograd, "checkpoint", outputs, inputs, refs, run.reads, place, reads=True, function=_NO_FUNCTION
        )
    _write_again(run.writes, state)
    call.interp.run.emit_errors(state, place)
    made = tuple(TensorValue(ref) for ref in outputs)
    return made[0] if len(made) == 1 else TupleValue(made)


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
