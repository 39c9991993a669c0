"""Paths that meet again: two states become one where nothing that differs between them can matter to a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.state import MODULE_FRAME, OUTER
from flake8_gradsafe.interpreter.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    Items,
    LibraryObject,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    Partial,
    Pieces,
    SuperValue,
    TensorValue,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import Save
    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.autograd.world import World
    from flake8_gradsafe.interpreter.state import State

_Key = TypeVar("_Key")


def joined(states: list[State]) -> list[State]:
    """The states, those that can meet made one."""
    if len(states) < 2:
        return states
    kept: list[State] = []
    collected: set[int] = set()
    for state in states:
        if not any(_join(other, state, collected) for other in kept):
            kept.append(state)
    return kept


def _join(kept: State, other: State, collected: set[int]) -> bool:
    """Take `other` into `kept`, if they differ in nothing that can matter. What is cheap to compare comes first."""
    if kept.signal != other.signal or kept.expecting != other.expecting:
        return False
    if kept.world.grad_enabled != other.world.grad_enabled:
        return False
    if kept.current != other.current or kept.frames.keys() != other.frames.keys() or kept.log != other.log:
        return False
    names: list[tuple[int, str]] = []
    for key, frame in kept.frames.items():
        differing = _differing(kept, other, frame, other.frames[key])
        if differing is None:
            return False
        names += [(key, name) for name in differing]
    if not same_world(kept.world, other.world):
        if _visibly_differ(kept, other):
            return False
        for state in (kept, other):
            if id(state) not in collected:
                collected.add(id(state))
                collect(state)
        if not same_world(kept.world, other.world):
            return False
    attributes = _differing(kept, other, kept.heap, other.heap)
    if attributes is None:
        return False
    kept.world.clock = max(kept.world.clock, other.world.clock)
    for frame_key, name in names:
        if frame_key in kept.frames:
            kept.frames[frame_key][name] = kept.unknown()
    for attribute in attributes:
        kept.heap[attribute] = kept.unknown()
    kept.taken = {key: way for key, way in kept.taken.items() if other.taken.get(key) is way}
    kept.differentiated |= other.differentiated
    kept.world.graded |= other.world.graded
    kept.cuts |= other.cuts
    kept.opaque |= other.opaque
    kept.escaped |= other.escaped
    kept.steps = tuple(dict.fromkeys((*kept.steps, *other.steps)))
    kept.edited = tuple(dict.fromkeys((*kept.edited, *other.edited)))
    kept.curtailed &= other.curtailed
    kept.undecided = min(kept.undecided, other.undecided)
    kept.writes = tuple(dict.fromkeys((*kept.writes, *other.writes)))
    return True


def _visibly_differ(kept: State, other: State) -> bool:
    """Whether what a name in sight holds has other attributes, of those that may lead to a tensor.

    Nearly all states that cannot be joined differ so, and this is far cheaper to see than what can be reached at all.
    """
    owners: set[int] = set()
    for frame in (kept.current, *kept.callers):
        owners.update(value.id for value in kept.frames[frame].values() if hasattr(value, "id"))
    ours, theirs = kept.heap, other.heap
    for key, mine in ours.items():
        its = theirs.get(key)
        if mine is not its and key[0] in owners and mine != its and (_matters(kept, mine) or _matters(other, its)):
            return True
    return False


def same_world(one: World, other: World) -> bool:
    """Whether two worlds hold the same tensors, nodes and writes."""
    return (
        one.tensors == other.tensors
        and one.nodes == other.nodes
        and one.logs == other.logs
        and one.swaps == other.swaps
        and one.versions == other.versions
        and one.freed == other.freed
    )


def _differing(kept: State, other: State, ours: dict[_Key, Value], theirs: dict[_Key, Value]) -> list[_Key] | None:
    """The keys under which two states hold different values, None where one of these may lead to a tensor."""
    keys: list[_Key] = []
    for key in ours if ours.keys() == theirs.keys() else ours.keys() | theirs.keys():
        mine, its = ours.get(key), theirs.get(key)
        if mine is not its and mine != its:
            if _matters(kept, mine) or _matters(other, its):
                return None
            keys.append(key)
    return keys


def _matters(state: State, value: Value | None) -> bool:
    """Whether a value may lead to a tensor."""
    if isinstance(value, _REACHING):
        return True
    if isinstance(value, Unknown):
        return (value.id, "tensor") in state.heap
    if isinstance(value, Method):
        return _matters(state, value.receiver)
    return isinstance(value, Items) and any(_matters(state, item) for item in value.items)


_REACHING = (
    TensorValue,
    ListValue,
    DictValue,
    ModuleValue,
    OptimizerValue,
    Pieces,
    Instance,
    SuperValue,
    Generator,
    LibraryObject,
    Partial,
    FunctionValue,
    ClassValue,
)


def collect(state: State) -> None:
    """Drop from a state what no name, no write that is to be judged and no node can reach any more."""
    reach, world = _Reach(state), state.world
    written = {world.tensors[write.target].storage for write in state.writes}
    sharing = [ref for ref, tensor in world.tensors.items() if tensor.storage in written]
    sharing += [ref for step in state.steps for ref in step.held]
    waiting = [value for log in (*state.waiting, state.log) for _, value in log]
    frames = [state.current, *state.callers, MODULE_FRAME]
    reach.frames |= {*frames}
    names = [value for key in dict.fromkeys(frames) for value in state.frames[key].values()]
    reach.follow([*names, *waiting], sharing)
    saves = [save for node in reach.nodes for save in world.nodes[node].saves]
    tensors = [world.tensors[ref] for ref in reach.refs]
    storages = {tensor.storage for tensor in tensors} | {save.storage for save in saves}
    storages |= {swap.storage for ref in reach.refs for swap in world.swaps.get(ref, ())}
    counters = {tensor.counter for tensor in tensors} | {save.counter for save in saves}
    world.tensors = {ref: tensor for ref, tensor in world.tensors.items() if ref in reach.refs}
    world.nodes = {key: node for key, node in world.nodes.items() if key in reach.nodes}
    world.shares = {key: share for key, share in world.shares.items() if key in storages}
    world.logs = _logs_still_read(state, storages, saves)
    compared = {save.counter for save in saves} | {tensor.counter for tensor in tensors if tensor.base is not None}
    world.versions = {
        key: version if key in compared else 0 for key, version in world.versions.items() if key in counters
    }
    world.swaps = {ref: swaps for ref, swaps in world.swaps.items() if ref in reach.refs}
    world.freed &= reach.nodes
    world.graded &= reach.refs
    state.heap = {key: value for key, value in state.heap.items() if key[0] in reach.owners}
    state.frames = {key: frame for key, frame in state.frames.items() if key in reach.frames}


def _logs_still_read(state: State, storages: set[int], saves: list[Save]) -> dict[int, tuple[Write, ...]]:
    """The writes that came after something which is still saved, or that are still to be judged."""
    if any(write.via is Via.DETACH for log in state.world.logs.values() for write in log):
        return {key: log for key, log in state.world.logs.items() if key in storages}
    since: dict[int, int] = {}
    for save in saves:
        since[save.storage] = min(save.time, since.get(save.storage, save.time))
    logs = {}
    for key, log in state.world.logs.items():
        first = since.get(key)
        kept = tuple(
            write for write in log if (first is not None and write.time > first) or (write.repeats and key in storages)
        )
        if kept:
            logs[key] = kept
    return logs


_OWNERS = (
    Unknown,
    ListValue,
    DictValue,
    ModuleValue,
    OptimizerValue,
    Pieces,
    Instance,
    ClassValue,
    FunctionValue,
    LibraryObject,
)


class _Reach:
    """What can be reached from some values: tensors, nodes, and the owners of attributes."""

    def __init__(self, state: State) -> None:
        self.world = state.world
        self.refs: set[int] = set()
        self.nodes: set[int] = set()
        self.owners: set[int] = set()
        self.frames: set[int] = set()
        self.state = state
        self.attributes: dict[int, list[Value]] = {}
        for (owner, _), value in state.heap.items():
            self.attributes.setdefault(owner, []).append(value)

    def follow(self, values: list[Value], refs: list[int]) -> None:
        """Go on until nothing new is found."""
        while values or refs:
            if values:
                self._value(values.pop(), values, refs)
            else:
                self._tensor(refs.pop(), values, refs)

    def _value(self, value: Value, values: list[Value], refs: list[int]) -> None:
        if isinstance(value, TensorValue):
            refs.append(value.ref)
        elif isinstance(value, Items):
            values += value.items
        elif isinstance(value, Method):
            values.append(value.receiver)
        elif isinstance(value, Partial):
            values += (value.function, *value.positional, *(held for _, held in value.keywords))
        elif isinstance(value, SuperValue):
            values += (value.instance, value.cls)
        elif isinstance(value, Generator):
            values.append(value.function)
            self._frame(value.frame, values)
        elif isinstance(value, _OWNERS):
            self._owner(value.id, values)
            if isinstance(value, Pieces):
                refs.append(value.source)
            elif isinstance(value, Instance):
                values.append(value.cls)
            elif isinstance(value, ClassValue):
                values += value.bases
            elif isinstance(value, FunctionValue):
                self._frame(value.frame, values)

    def _frame(self, frame: int, values: list[Value]) -> None:
        """A frame that a function may go on to look names up in, and those around it."""
        while frame not in self.frames and frame in self.state.frames:
            self.frames.add(frame)
            names = self.state.frames[frame]
            values += names.values()
            outer = names.get(OUTER)
            frame = outer.value if isinstance(outer, Literal) and isinstance(outer.value, int) else frame

    def _owner(self, owner: int, values: list[Value]) -> None:
        if owner not in self.owners:
            self.owners.add(owner)
            values += self.attributes.get(owner, ())

    def _tensor(self, ref: int, values: list[Value], refs: list[int]) -> None:
        tensor = self.world.tensors.get(ref)
        if tensor is None or ref in self.refs:
            return
        self.refs.add(ref)
        self._owner(ref, values)
        refs += [write.target for write in self.world.logs.get(tensor.storage, ())]
        if tensor.base is not None:
            refs.append(tensor.base)
        pending = [] if tensor.node is None else [tensor.node]
        while pending:
            key = pending.pop()
            if key not in self.nodes and key in self.world.nodes:
                self.nodes.add(key)
                node = self.world.nodes[key]
                pending += node.edges
                refs += node.leaves
                refs += [save.ref for save in node.saves if save.ref is not None]
