"""What the names of a state can still reach: objects, tensors and nodes; whatever else it holds can be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.state import MODULE_FRAME, OUTER
from flake8_gradsafe.interpreter.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    Items,
    IteratorValue,
    LibraryObject,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    Partial,
    Pieces,
    Plain,
    SuperValue,
    TensorValue,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flake8_gradsafe.autograd.graph import Save
    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.interpreter.state import State


def table_of(state: State, name: str) -> Mapping[Any, Any]:
    """One of the tables in which a state keeps what its values stand for, by name."""
    table: Mapping[Any, Any] = state.heap if name == "heap" else getattr(state.world, name)
    return table


class Link(NamedTuple):
    """That a table of a state has `found` under a key; `before` is the link that led to the key, None at a name in sight.

    Values never change: a way from a name to a tensor is there for as long as the tables have what its links found.
    """

    table: str
    key: Any
    found: object
    before: Link | None

    def holds(self, state: State) -> bool:
        """Whether this link, and all before it, are there in a state."""
        link: Link | None = self
        while link is not None:
            if link is _UNNAMED:
                return False
            if link.table == "frames":
                frame, name = link.key
                if state.frames.get(frame, {}).get(name) is not link.found:
                    return False
                if link.before is None and frame not in (MODULE_FRAME, state.current, *state.callers):
                    return False
            elif table_of(state, link.table).get(link.key) is not link.found:
                return False
            link = link.before
        return True


#: Where a way begins that does not begin at a name: it is not known to be there later.
_UNNAMED = Link("", None, None, None)


def differs(one: State, two: State, mine: Value | None, its: Value | None) -> bool:
    """Whether two states hold different values that may lead to a tensor."""
    return mine is not its and mine != its and (matters(one, mine) or matters(two, its))


def matters(state: State, value: Value | None) -> bool:
    """Whether a value may lead to a tensor."""
    if isinstance(value, _LEADING):
        return True
    if isinstance(value, Unknown):
        return (value.id, "tensor") in state.heap
    if isinstance(value, Method):
        return matters(state, value.receiver)
    return isinstance(value, Items) and any(matters(state, item) for item in value.items)


_LEADING = (
    TensorValue,
    ListValue,
    IteratorValue,
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


class Reach:
    """What can be reached in a state; the search ends at the first thing that may matter and that `against` does not have."""

    def __init__(self, state: State, against: State) -> None:
        """Find it all."""
        self.state, self.world, self.against = state, state.world, against
        self.refs: set[int] = set()
        self.nodes: set[int] = set()
        self.owners: set[int] = set()
        self.frames: set[int] = set()
        #: The table and the key of what `against` does not have, and the way to it.
        self.difference: tuple[str, Any, Link | None] | None = None
        self.open: list[Any] = []
        self._begin()
        self._go_on()

    def _begin(self) -> None:
        state, world = self.state, self.world
        written = {world.tensors[write.target].storage for write in state.writes}
        for storage in written:
            for tensor in world.on(storage):
                self._add(tensor.ref, _UNNAMED)
        for step in state.steps:
            for ref in step.held:
                self._add(ref, _UNNAMED)
        for log in (*state.waiting, state.log):
            for _, value in log:
                self._add(value, _UNNAMED)
        # What is on top is looked at first: most states that differ do so in what the innermost frames hold.
        for frame in dict.fromkeys((MODULE_FRAME, *state.callers, state.current)):
            self.frames.add(frame)
            self._names(frame, None)

    def _names(self, frame: int, before: Link | None) -> None:
        for name, value in self.state.frames[frame].items():
            if type(value) in _FOLLOWED:
                self.open += (value, "frames", (frame, name), before)

    def _add(self, item: Value | int, link: Link | None) -> None:
        """Look at something later to which a way leads that is known already."""
        self.open += (item, "", None, link)

    def _go_on(self) -> None:
        while self.open and self.difference is None:
            link = self.open.pop()
            key = self.open.pop()
            table = self.open.pop()
            item = self.open.pop()
            if isinstance(item, int):
                if item not in self.refs:
                    self._tensor(item, link)
            elif getattr(item, "id", None) not in self.owners and type(item) in _FOLLOWED:
                _FOLLOWED[type(item)](self, item, Link(table, key, item, link) if table else link)

    def _owner(self, owner: int, link: Link | None) -> bool:
        """Go on with the attributes of an object, if it is met for the first time."""
        if owner in self.owners:
            return False
        self.owners.add(owner)
        theirs = self.against.heap
        ours = self.state.heap
        for name in ours.names(owner):
            key = (owner, name)
            value = ours.get(key)
            if value is None:
                continue
            its = theirs.get(key)
            if value is not its and differs(self.state, self.against, value, its):
                self.difference = ("heap", key, link)
            if type(value) in _FOLLOWED:
                self.open += (value, "heap", key, link)
        return True

    def _frame(self, frame: int, link: Link | None) -> None:
        """A frame that a function may go on to look names up in, and those around it."""
        while frame not in self.frames and frame in self.state.frames:
            self.frames.add(frame)
            self._names(frame, link)
            outer = self.state.frames[frame].get(OUTER)
            if isinstance(outer, Literal) and isinstance(outer.value, int):
                link = Link("frames", (frame, OUTER), outer, link)
                frame = outer.value

    # -- values -----------------------------------------------------------------------------------------------------

    def _of_tensor(self, value: TensorValue, link: Link | None) -> None:
        self._add(value.ref, link)

    def _of_items(self, value: Items, link: Link | None) -> None:
        for item in value.items:
            if type(item) in _FOLLOWED:
                self._add(item, link)

    def _of_method(self, value: Method, link: Link | None) -> None:
        self._add(value.receiver, link)

    def _of_partial(self, value: Partial, link: Link | None) -> None:
        for each in (value.function, *value.positional, *(kept for _, kept in value.keywords)):
            self._add(each, link)

    def _of_super(self, value: SuperValue, link: Link | None) -> None:
        self._add(value.instance, link)
        self._add(value.cls, link)

    def _of_generator(self, value: Generator, link: Link | None) -> None:
        self._add(value.function, link)
        self._frame(value.frame, link)

    def _of_object(
        self,
        value: Unknown | ListValue | IteratorValue | DictValue | ModuleValue | OptimizerValue | LibraryObject,
        link: Link | None,
    ) -> None:
        self._owner(value.id, link)

    def _of_pieces(self, value: Pieces, link: Link | None) -> None:
        if self._owner(value.id, link):
            self._add(value.source, link)

    def _of_instance(self, value: Instance, link: Link | None) -> None:
        if self._owner(value.id, link):
            self._add(value.cls, link)

    def _of_class(self, value: ClassValue, link: Link | None) -> None:
        if self._owner(value.id, link):
            for base in value.bases:
                self._add(base, link)

    def _of_function(self, value: FunctionValue, link: Link | None) -> None:
        if self._owner(value.id, link):
            self._frame(value.frame, link)

    # -- the graph --------------------------------------------------------------------------------------------------

    def _tensor(self, ref: int, link: Link | None) -> None:
        tensor = self.world.tensors.get(ref)
        if tensor is None:
            return
        its = self.against.world.tensors.get(ref)
        if tensor is not its and tensor != its:
            self.difference = ("tensors", ref, link)
            return
        self.refs.add(ref)
        here = Link("tensors", ref, tensor, link)
        self._owner(ref, here)
        log = self.world.logs.get(tensor.storage)
        if log:
            written = Link("logs", tensor.storage, log, here)
            for write in log:
                if write.target not in self.refs:
                    self._add(write.target, written)
        if tensor.base is not None and tensor.base not in self.refs:
            self._add(tensor.base, here)
        if tensor.node is not None and tensor.node not in self.nodes:
            self._node(tensor.node, here)

    def _node(self, key: int, link: Link) -> None:
        pending = [(key, link)]
        while pending:
            key, link = pending.pop()
            node = self.world.nodes.get(key)
            if node is None or key in self.nodes:
                continue
            its = self.against.world.nodes.get(key)
            if node is not its and node != its:
                self.difference = ("nodes", key, link)
                return
            self.nodes.add(key)
            here = Link("nodes", key, node, link)
            pending += [(edge, here) for edge in node.edges if edge not in self.nodes]
            for leaf in node.leaves:
                if leaf not in self.refs:
                    self._add(leaf, here)
            for save in node.saves:
                if save.ref is not None and save.ref not in self.refs:
                    self._add(save.ref, here)


_FOLLOWED: dict[type, Callable[[Reach, Any, Link | None], None]] = {
    TensorValue: Reach._of_tensor,
    Items: Reach._of_items,
    Method: Reach._of_method,
    Partial: Reach._of_partial,
    SuperValue: Reach._of_super,
    Generator: Reach._of_generator,
    **dict.fromkeys(
        (Unknown, Plain, ListValue, IteratorValue, DictValue, ModuleValue, OptimizerValue, LibraryObject),
        Reach._of_object,
    ),
    Pieces: Reach._of_pieces,
    Instance: Reach._of_instance,
    ClassValue: Reach._of_class,
    FunctionValue: Reach._of_function,
}


def drop_others(state: State, reach: Reach) -> None:
    """Drop from a state what no name, no write that is to be judged and no node can reach any more."""
    world = state.world
    saves = [save for node in reach.nodes for save in world.nodes[node].saves]
    tensors = [world.tensors[ref] for ref in reach.refs]
    storages = {tensor.storage for tensor in tensors} | {save.storage for save in saves}
    storages |= {swap.storage for ref in reach.refs for swap in world.swaps.get(ref, ())}
    counters = {tensor.counter for tensor in tensors} | {save.counter for save in saves}
    world.tensors = _kept(world.tensors, reach.refs)
    world.nodes = _kept(world.nodes, reach.nodes)
    world.shares = _kept(world.shares, storages)
    world.logs = _logs_still_read(state, storages, saves)
    compared = {save.counter for save in saves} | {tensor.counter for tensor in tensors if tensor.base is not None}
    world.versions = {
        key: version if key in compared else 0 for key, version in world.versions.items() if key in counters
    }
    world.swaps = _kept(world.swaps, reach.refs)
    world.freed &= reach.nodes
    world.graded &= reach.refs
    state.heap = state.heap.with_entries({key: value for key, value in state.heap.items() if key[0] in reach.owners})
    state.frames = _kept(state.frames, reach.frames)


def _kept(table: dict[int, Any], keys: Iterable[int]) -> dict[int, Any]:
    return {key: value for key, value in table.items() if key in keys}


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
