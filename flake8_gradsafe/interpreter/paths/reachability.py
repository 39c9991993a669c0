"""What the names of a state can still reach: objects, tensors and nodes; whatever else it holds can be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.domain.facts import HOLDING, Fact, KnownTensor
from flake8_gradsafe.interpreter.domain.frames import ENCLOSING, MODULE_FRAME
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    IteratorValue,
    LazyViews,
    LibraryInstance,
    LinkedModuleValue,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    Partial,
    SuperValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flake8_gradsafe.autograd.graph import SavedTensor
    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.interpreter.domain.heap import Entry
    from flake8_gradsafe.interpreter.domain.state import State


def table_of(state: State, name: str) -> Mapping[Any, Any]:
    """One of the tables in which a state keeps what its values stand for, by name."""
    table: Mapping[Any, Any] = state.heap if name == "heap" else getattr(state.autograd, name)
    return table


class AccessPath(NamedTuple):
    """That a table of a state has `found` under a key; `before` is the link that led to the key, None at a name in sight.

    Values never change: a way from a name to a tensor is there for as long as the tables have what its links found.
    """

    table: str
    key: Any
    found: object
    before: AccessPath | None

    def exists_in(self, state: State) -> bool:
        """Whether this link, and all before it, are there in a state."""
        link: AccessPath | None = self
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
_UNNAMED = AccessPath("", None, None, None)


def differ_in_tensors(one: State, two: State, mine: Entry | None, its: Entry | None) -> bool:
    """Whether two states hold different values that may lead to a tensor."""
    return mine is not its and mine != its and (may_hold_tensor(one, mine) or may_hold_tensor(two, its))


def may_hold_tensor(state: State, value: Entry | None) -> bool:
    """Whether a value, or a fact, may lead to a tensor."""
    if isinstance(value, _LEADING):
        return True
    if isinstance(value, Unknown):
        return state.heap.has(value.id, KnownTensor)
    if isinstance(value, Method):
        return may_hold_tensor(state, value.receiver)
    items = value.items if isinstance(value, TupleValue) else value.values if isinstance(value, Fact) else ()
    return any(may_hold_tensor(state, item) for item in items)


_LEADING = (
    TensorValue,
    ListValue,
    IteratorValue,
    DictValue,
    ModuleValue,
    OptimizerValue,
    LazyViews,
    Instance,
    SuperValue,
    Generator,
    LibraryInstance,
    Partial,
    FunctionValue,
    ClassValue,
    LinkedModuleValue,
)


class Reachability:
    """What can be reached in a state; the search ends at the first thing that may matter and that `against` does not have."""

    def __init__(self, state: State, against: State) -> None:
        """Find it all."""
        self.state, self.autograd, self.against = state, state.autograd, against
        self.refs: set[int] = set()
        self.nodes: set[int] = set()
        self.owners: set[int] = set()
        self.frames: set[int] = set()
        #: The table and the key of what `against` does not have, and the way to it.
        self.difference: tuple[str, Any, AccessPath | None] | None = None
        self.open: list[Any] = []
        self._begin()
        self._go_on()

    def _begin(self) -> None:
        state, autograd = self.state, self.autograd
        written = {autograd.tensors[write.target].storage for write in state.pending_writes}
        for storage in written:
            for tensor in autograd.tensors_sharing(storage):
                self._add(tensor.ref, _UNNAMED)
        for step in state.optimizer_steps:
            for ref in step.held:
                self._add(ref, _UNNAMED)
        for log in (*state.suspended_logs, state.log):
            for _, value in log:
                self._add(value, _UNNAMED)
        # What is on top is looked at first: most states that differ do so in what the innermost frames hold.
        for frame in dict.fromkeys((MODULE_FRAME, *state.callers, state.current)):
            self.frames.add(frame)
            self._names(frame, None)

    def _names(self, frame: int, before: AccessPath | None) -> None:
        for name, value in self.state.frames[frame].items():
            if type(value) in _FOLLOWED:
                self.open += (value, "frames", (frame, name), before)

    def _add(self, item: Value | int, link: AccessPath | None) -> None:
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
                _FOLLOWED[type(item)](self, item, AccessPath(table, key, item, link) if table else link)

    def _owner(self, owner: int, link: AccessPath | None) -> bool:
        """Go on with the attributes of an object, if it is met for the first time."""
        if owner in self.owners:
            return False
        self.owners.add(owner)
        theirs = self.against.heap
        ours = self.state.heap
        for name in ours.keys_of(owner):
            key = (owner, name)
            value = ours.get(key)
            if value is None:
                continue
            its = theirs.get(key)
            if value is not its and differ_in_tensors(self.state, self.against, value, its):
                self.difference = ("heap", key, link)
            if type(value) in _FOLLOWED:
                self.open += (value, "heap", key, link)
        return True

    def _frame(self, frame: int, link: AccessPath | None) -> None:
        """A frame that a function may go on to look names up in, and those around it."""
        while frame not in self.frames and frame in self.state.frames:
            self.frames.add(frame)
            self._names(frame, link)
            outer = self.state.frames[frame].get(ENCLOSING)
            if isinstance(outer, Literal) and isinstance(outer.value, int):
                link = AccessPath("frames", (frame, ENCLOSING), outer, link)
                frame = outer.value

    # -- values -----------------------------------------------------------------------------------------------------

    def _of_tensor(self, value: TensorValue | KnownTensor, link: AccessPath | None) -> None:
        self._add(value.ref, link)

    def _of_items(self, value: TupleValue, link: AccessPath | None) -> None:
        for item in value.items:
            if type(item) in _FOLLOWED:
                self._add(item, link)

    def _of_fact(self, fact: Fact, link: AccessPath | None) -> None:
        for value in fact.values:
            if type(value) in _FOLLOWED:
                self._add(value, link)

    def _of_method(self, value: Method, link: AccessPath | None) -> None:
        self._add(value.receiver, link)

    def _of_partial(self, value: Partial, link: AccessPath | None) -> None:
        for each in (value.function, *value.positional, *(kept for _, kept in value.keywords)):
            self._add(each, link)

    def _of_super(self, value: SuperValue, link: AccessPath | None) -> None:
        self._add(value.instance, link)
        self._add(value.cls, link)

    def _of_generator(self, value: Generator, link: AccessPath | None) -> None:
        self._add(value.function, link)
        self._frame(value.frame, link)

    def _of_object(
        self,
        value: Unknown | ListValue | IteratorValue | DictValue | ModuleValue | OptimizerValue | LibraryInstance,
        link: AccessPath | None,
    ) -> None:
        self._owner(value.id, link)

    def _of_pieces(self, value: LazyViews, link: AccessPath | None) -> None:
        if self._owner(value.id, link):
            self._add(value.source, link)

    def _of_instance(self, value: Instance, link: AccessPath | None) -> None:
        if self._owner(value.id, link):
            self._add(value.cls, link)

    def _of_class(self, value: ClassValue, link: AccessPath | None) -> None:
        if self._owner(value.id, link):
            for base in value.bases:
                self._add(base, link)

    def _of_function(self, value: FunctionValue, link: AccessPath | None) -> None:
        if self._owner(value.id, link):
            self._frame(value.frame, link)

    def _of_linked_module(self, value: LinkedModuleValue, link: AccessPath | None) -> None:
        self._frame(value.frame, link)

    # -- the graph --------------------------------------------------------------------------------------------------

    def _tensor(self, ref: int, link: AccessPath | None) -> None:
        tensor = self.autograd.tensors.get(ref)
        if tensor is None:
            return
        its = self.against.autograd.tensors.get(ref)
        if tensor is not its and tensor != its:
            self.difference = ("tensors", ref, link)
            return
        self.refs.add(ref)
        here = AccessPath("tensors", ref, tensor, link)
        self._owner(ref, here)
        log = self.autograd.logs.get(tensor.storage)
        if log:
            written = AccessPath("logs", tensor.storage, log, here)
            for write in log:
                if write.target not in self.refs:
                    self._add(write.target, written)
        if tensor.base is not None and tensor.base not in self.refs:
            self._add(tensor.base, here)
        if tensor.node is not None and tensor.node not in self.nodes:
            self._node(tensor.node, here)

    def _node(self, key: int, link: AccessPath) -> None:
        pending = [(key, link)]
        while pending:
            key, link = pending.pop()
            node = self.autograd.nodes.get(key)
            if node is None or key in self.nodes:
                continue
            its = self.against.autograd.nodes.get(key)
            if node is not its and node != its:
                self.difference = ("nodes", key, link)
                return
            self.nodes.add(key)
            here = AccessPath("nodes", key, node, link)
            pending += [(edge, here) for edge in node.edges if edge not in self.nodes]
            for leaf in node.leaves:
                if leaf not in self.refs:
                    self._add(leaf, here)
            for save in node.saves:
                if save.ref is not None and save.ref not in self.refs:
                    self._add(save.ref, here)


_FOLLOWED: dict[type, Callable[[Reachability, Any, AccessPath | None], None]] = {
    TensorValue: Reachability._of_tensor,
    TupleValue: Reachability._of_items,
    Method: Reachability._of_method,
    Partial: Reachability._of_partial,
    SuperValue: Reachability._of_super,
    Generator: Reachability._of_generator,
    **dict.fromkeys(
        (Unknown, NonTensor, ListValue, IteratorValue, DictValue, ModuleValue, OptimizerValue, LibraryInstance),
        Reachability._of_object,
    ),
    LazyViews: Reachability._of_pieces,
    Instance: Reachability._of_instance,
    ClassValue: Reachability._of_class,
    FunctionValue: Reachability._of_function,
    LinkedModuleValue: Reachability._of_linked_module,
    **dict.fromkeys(HOLDING, Reachability._of_fact),
    KnownTensor: Reachability._of_tensor,
}


def collect_garbage(state: State, reach: Reachability) -> None:
    """Drop from a state what no name, no write that is to be judged and no node can reach any more."""
    autograd = state.autograd
    saves = [save for node in reach.nodes for save in autograd.nodes[node].saves]
    tensors = [autograd.tensors[ref] for ref in reach.refs]
    storages = {tensor.storage for tensor in tensors} | {save.storage for save in saves}
    storages |= {swap.storage for ref in reach.refs for swap in autograd.swaps.get(ref, ())}
    counters = {tensor.counter for tensor in tensors} | {save.counter for save in saves}
    autograd.tensors = _only(autograd.tensors, reach.refs)
    autograd.nodes = _only(autograd.nodes, reach.nodes)
    autograd.shares = _only(autograd.shares, storages)
    autograd.logs = _logs_still_read(state, storages, saves)
    compared = {save.counter for save in saves} | {tensor.counter for tensor in tensors if tensor.base is not None}
    autograd.versions = {
        key: version if key in compared else 0 for key, version in autograd.versions.items() if key in counters
    }
    autograd.swaps = _only(autograd.swaps, reach.refs)
    autograd.freed &= reach.nodes
    autograd.graded &= reach.refs
    state.heap = state.heap.with_entries({key: value for key, value in state.heap.items() if key[0] in reach.owners})
    state.frames = _only(state.frames, reach.frames)


def _only(table: dict[int, Any], keys: Iterable[int]) -> dict[int, Any]:
    return {key: value for key, value in table.items() if key in keys}


def _logs_still_read(state: State, storages: set[int], saves: list[SavedTensor]) -> dict[int, tuple[Write, ...]]:
    """The writes that came after something which is still saved, or that are still to be judged."""
    if any(write.via is Via.DETACH for log in state.autograd.logs.values() for write in log):
        return {key: log for key, log in state.autograd.logs.items() if key in storages}
    since: dict[int, int] = {}
    for save in saves:
        since[save.storage] = min(save.time, since.get(save.storage, save.time))
    logs = {}
    for key, log in state.autograd.logs.items():
        first = since.get(key)
        kept = tuple(
            write for write in log if (first is not None and write.time > first) or (write.repeats and key in storages)
        )
        if kept:
            logs[key] = kept
    return logs
