"""What the model knows at a line of a small program: tensors, storages, version counters, and nodes of the graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from flake8_gradsafe.engine import text_facts
from flake8_gradsafe.idioms.trained_names import TrainedNames
from flake8_gradsafe.interpreter.entry_points import run_in
from flake8_gradsafe.interpreter.run import Run
from flake8_gradsafe.named_values import tensors_by_name
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax.lower import lower_module
from flake8_gradsafe.syntax.tree import python_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import Node, SavedTensor
    from flake8_gradsafe.autograd.state import AutogradState
    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State


@dataclass(frozen=True)
class TensorBox:
    """A tensor: the names that stand for it, and what it has. Its counter is None where nothing counts the writes."""

    ref: int
    names: tuple[str, ...]
    storage: int
    counter: int | None
    requires_grad: bool
    node: int | None


class Check(Enum):
    """What a backward finds that reads what a node has saved."""

    SAME = "still what was saved"
    REFUSED = "the counter has moved: backward raises"
    UNSEEN = "written, and not counted: silently wrong"


@dataclass(frozen=True)
class Saved:
    """What a node keeps of a storage: the version that it remembers, and what it would find now."""

    storage: int
    version: int
    check: Check


@dataclass(frozen=True)
class NodeBox:
    """A node of the graph, with the nodes and the leaves that it passes gradients to."""

    id: int
    name: str
    edges: tuple[int, ...]
    leaves: tuple[int, ...]
    saves: tuple[Saved, ...]


@dataclass(frozen=True)
class Memory:
    """All that a picture shows. `versions` are by counter, `writes` how often each storage was written."""

    tensors: tuple[TensorBox, ...] = ()
    nodes: tuple[NodeBox, ...] = ()
    versions: dict[int, int] = field(default_factory=dict)
    writes: dict[int, int] = field(default_factory=dict)


class _Looking(Run):
    """A run that keeps what it knows when the first path comes by a statement."""

    last: Place = None
    seen: Memory | None = None

    def record_visit(self, statement: Place, states: Iterable[State]) -> None:
        """Look at the path that has come by the statement that is asked for."""
        states = list(states)
        super().record_visit(statement, states)
        if statement is self.last and states and self.seen is None:
            self.seen = _memory_of(states[0])


@on_large_stack
def after(source: str, line: int | None = None) -> Memory:
    """What is known once a line has run, by default the last statement. Raises ValueError where no path comes there."""
    module = lower_module(python_tree(source), source)
    run = _Looking(**text_facts(source), names=TrainedNames(module.parts), linked={}, foreign=frozenset())
    run.is_watched = True
    places = [statement.place for statement in module.body]
    run.last = places[-1] if line is None else next(each for each in places if getattr(each, "lineno", None) == line)
    run_in(run, module.body)
    if run.seen is None:
        raise ValueError("no path comes there")
    return run.seen


def _memory_of(state: State) -> Memory:
    autograd = state.autograd
    names: dict[int, list[str]] = {}
    for name, ref in tensors_by_name(state).items():
        names.setdefault(ref, []).append(name)
    tensors = tuple(
        TensorBox(ref, tuple(names[ref]), tensor.storage, tensor.counter, autograd.grad_of(tensor).sure, tensor.node)
        for ref in names
        for tensor in [autograd.tensors[ref]]
    )
    return Memory(
        tensors,
        tuple(_node_box(node, autograd) for node in _graph_of(tensors, autograd)),
        {each.counter: autograd.versions.get(each.counter, 0) for each in tensors if each.counter is not None},
        {each.storage: len(autograd.logs.get(each.storage, ())) for each in tensors},
    )


def _graph_of(tensors: Iterable[TensorBox], autograd: AutogradState) -> list[Node]:
    """The nodes of the tensors, and those that gradients pass to from there."""
    found: dict[int, Node] = {}
    pending = [tensor.node for tensor in tensors if tensor.node is not None]
    while pending:
        node = autograd.nodes.get(pending.pop())
        if node is not None and node.id not in found:
            found[node.id] = node
            pending += node.edges
    return [found[number] for number in sorted(found)]


def _node_box(node: Node, autograd: AutogradState) -> NodeBox:
    saves = tuple(_saved(each, autograd) for each in node.saves if each.sure and each.when.sure)
    return NodeBox(node.id, node.name, node.edges, node.leaves, saves)


def _saved(saved: SavedTensor, autograd: AutogradState) -> Saved:
    check = Check.SAME
    if saved.counter is not None and autograd.versions.get(saved.counter, 0) != saved.version:
        check = Check.REFUSED
    elif any(write.time > saved.time for write in autograd.logs.get(saved.storage, ())):
        check = Check.UNSEEN
    return Saved(saved.storage, saved.version, check)
