"""The state of a module that is kept without a copy: each step changes it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.domain.facts import SnapshotOf
from flake8_gradsafe.interpreter.domain.values import DictValue
from flake8_gradsafe.interpreter.events import SnapshotMoved
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.call import CallContext
    from flake8_gradsafe.interpreter.models.module_walk import Tree


def note_snapshot(call: CallContext, module: Tree, made: DictValue) -> None:
    """Remember of which module a dict is the state, and since when."""
    state = call.state
    state.heap.note(made.id, SnapshotOf(module.id, call.node.place, state.autograd.clock))


def snapshot_loaded(call: CallContext, module: Tree) -> None:
    """Tell of a module that is given its own state, which steps have changed since it was taken."""
    state, given = call.state, call.arguments.get(0, "state_dict")
    taken = state.heap.fact(given.id, SnapshotOf) if isinstance(given, DictValue) else None
    if taken is None or taken.module != module.id:
        return
    own = [value.ref for _, value in parameters_of(module, state)]
    logs = (state.autograd.logs.get(state.autograd.tensors[ref].storage, ()) for ref in own)
    step = next((write for log in logs for write in log if write.via is Via.STEP and write.time > taken.time), None)
    if step is not None:
        premises = with_path(if_trained(own, state), state, taken.time)
        call.interp.run.emit(SnapshotMoved(taken.place, premises, step.place, call.node.place), state)
