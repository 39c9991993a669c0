"""Values of parameters that are kept without a copy: each step changes them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.domain.facts import IsParameter, SnapshotOf
from flake8_gradsafe.interpreter.domain.values import DictValue
from flake8_gradsafe.interpreter.events import LoadedIntoItself, ParameterShared, SnapshotMoved, SnapshotUse
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Place, Tensor, Write
    from flake8_gradsafe.interpreter.call import CallContext
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.models.module_walk import Tree
    from flake8_gradsafe.interpreter.run import Run


# -- the state of a module ------------------------------------------------------------------------------------------------


def note_snapshot(call: CallContext, module: Tree, made: DictValue) -> None:
    """Remember of which module a dict is the state, and since when."""
    state = call.state
    state.heap.note(made.id, SnapshotOf(module.id, call.node.place, state.autograd.clock))


def copied_snapshot(given: Value, state: State) -> DictValue | None:
    """Another dict of the state of a module whose items are not known: it has the same ones."""
    taken = state.heap.fact(given.id, SnapshotOf) if isinstance(given, DictValue) else None
    if taken is None or not isinstance(given, DictValue) or state.entries_of(given) is not None:
        return None
    made = state.new_dict(())
    state.forget_items(made)
    state.heap.note(made.id, taken)
    return made


def snapshot_loaded(call: CallContext, module: Tree) -> None:
    """Tell of a module that is given its own state, which steps have changed since it was taken."""
    state, given = call.state, call.arguments.get(0, "state_dict")
    own = [value.ref for _, value in parameters_of(module, state)]
    taken = _taken_of(given, module, own, state)
    if taken is None:
        return
    if _has_two_names(call):
        call.interp.run.emit(LoadedIntoItself(call.node.place, with_path(if_trained(own, state), state)), state)
        return
    logs = (state.autograd.logs.get(state.autograd.tensors[ref].storage, ()) for ref in own)
    step = next((write for log in logs for write in log if write.via is Via.STEP and write.time > taken.time), None)
    if step is not None:
        premises = with_path(if_trained(own, state), state, taken.time)
        event = SnapshotMoved(taken.place, premises, step.place, call.node.place, SnapshotUse.LOADED, of_module=True)
        call.interp.run.emit(event, state)


def _has_two_names(call: CallContext) -> bool:
    """Whether `one.load_state_dict(other.state_dict())` names two models, so that they were meant to be two."""
    if not isinstance(call.node, ir.Call) or not call.node.arguments:
        return False
    names = [_name_of_model(call.node), _name_of_model(call.node.arguments[0].value)]
    return all(names) and names[0] != names[1]


def _name_of_model(node: ir.Expression) -> str:
    """The name of the model of which `state_dict()` is called, or `load_state_dict()`."""
    method = node.function if isinstance(node, ir.Call) else None
    if not isinstance(method, ir.Attribute) or not method.attr.endswith("state_dict"):
        return ""
    return name_of(method.value)


def _taken_of(given: Value | None, module: Tree, own: list[int], state: State) -> SnapshotOf | None:
    """When and where the state of a module was taken that a dict is, or whose items it has."""
    if not isinstance(given, DictValue):
        return None
    taken = state.heap.fact(given.id, SnapshotOf)
    if taken is not None:
        return taken if taken.module == module.id else None
    tensors = state.autograd.tensors
    held = {tensors[ref].storage: tensors[ref] for ref in state.tensors_in(given) if ref in tensors}
    handles = [held.get(tensors[ref].storage) for ref in own]
    if not handles or any(each is None or each.ref in own for each in handles):
        return None
    oldest = min((each for each in handles if each is not None), key=lambda each: each.ref)
    return SnapshotOf(module.id, oldest.place, oldest.ref)


# -- the values of a parameter --------------------------------------------------------------------------------------------

#: Operators that compare one tensor with another, element by element.
_COMPARING = frozenset({"sub", "subtract", "rsub", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "dist"})


def tell_of_moved_values(run: Run, name: str, operands: list[int], read: Place, state: State) -> None:
    """Tell of an operator that compares a parameter, or overwrites it, with what was taken of its values without a copy."""
    if (name.rpartition(".")[2] in _COMPARING or name == "copy_") and len(operands) > 1:
        use = SnapshotUse.WRITTEN_BACK if name == "copy_" else SnapshotUse.COMPARED
        values_moved(run, operands[0], operands[1], use, read, state)


def values_moved(run: Run, one: int, other: int, use: SnapshotUse, read: Place, state: State) -> None:
    """Tell of two handles on a parameter's memory that are taken for its values at two times, with a step in between."""
    tensors = state.autograd.tensors
    if one == other or tensors[one].storage != tensors[other].storage or tensors[one].region != tensors[other].region:
        return
    handles = [tensors[ref] for ref in (one, other) if _is_handle(tensors[ref])]
    if not handles:
        return
    taken = min(handles, key=lambda each: each.ref)
    step = next((write for write in state.autograd.logs.get(taken.storage, ()) if _is_step_since(write, taken)), None)
    if step is not None:
        sharing = [each.ref for each in state.autograd.tensors_sharing(taken.storage)]
        premises = with_path(if_trained(sharing, state), state, taken.ref)
        place = taken.hops[-1].place
        of_module = any(snapshot.place is place for _, snapshot in state.heap.facts_of_kind(SnapshotOf))
        run.emit(SnapshotMoved(place, premises, step.place, read, use, of_module), state)


def shared_by_a_step(run: Run, held: list[int], step: Place, state: State) -> None:
    """Tell of parameters that were given the memory of those which an optimizer steps: the step changes them as well."""
    tensors, stepped = state.autograd.tensors, frozenset(held)
    sources = {tensors[ref].storage: ref for ref in held}
    for ref, swaps in state.autograd.swaps.items():
        source = sources.get(swaps[-1].storage)
        if source is None or ref in stepped or not state.heap.has(ref, IsParameter):
            continue
        premises = with_path(if_trained((source,), state), state, swaps[-1].write.time)
        run.emit(ParameterShared(swaps[-1].write.place, premises, step), state)


def _is_handle(tensor: Tensor) -> bool:
    """Whether a tensor is what `.data`, `detach()` or `state_dict()` gave, as it was given."""
    return bool(tensor.hops) and tensor.node is None and tensor.base is None and not tensor.hops[-1].storage


def _is_step_since(write: Write, taken: Tensor) -> bool:
    return write.time > taken.ref and not write.may and (write.via is Via.STEP or write.updates_leaf)
