"""The walk that `backward()` takes: which nodes it reaches, what they read, and what PyTorch refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import (
    Corruption,
    LostShare,
    Node,
    Outcome,
    Premise,
    Reason,
    Refusal,
    Save,
    harm,
)
from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import CutKind, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.autograd.tensor import Cut, Grad, Write
    from flake8_gradsafe.autograd.world import World

Premises = frozenset[Premise]
NONE: Premises = frozenset()


def backward(
    world: World, root: int, *, retain_graph: bool = False, inputs: frozenset[int] | None = None
) -> Outcome:
    """Differentiate `root`: frees the graph unless told to retain it, and marks the leaves that got a gradient.

    With `inputs`, tensors' names, only the nodes between them and the root run, as in `torch.autograd.grad`.
    The walk takes the nodes newest first, as the engine does, and stops at the first error that is proven. A root that may
    or may not require grad is taken to: that is what the program itself relies on.
    """
    tensor = world.touch(root)
    grad = world.grad_of(tensor)
    if not grad.possible:
        premises = NONE if tensor.tensor_seen else frozenset({Premise.IS_TENSOR})
        refusal = Refusal(Reason.NO_GRAD, premises, cuts=tensor.cuts)
        return Outcome((), frozenset(), (refusal,), (), ())
    walk = _Walk(world, retain_graph, () if grad.sure else (grad.sources,))
    walk.run(tensor.node, inputs)
    leaves = frozenset({root}) if tensor.node is None else walk.leaves
    world.graded |= leaves
    lost = tuple(walk.lost_shares(tensor.cuts)) if not walk.stopped else ()
    corruptions = () if walk.stopped else tuple(walk.corruptions)
    return Outcome(tuple(walk.nodes), leaves, tuple(walk.refusals), corruptions, lost)


class _Walk:
    def __init__(self, world: World, retain_graph: bool, clauses: tuple[frozenset[int], ...]) -> None:
        self.world = world
        self.retain_graph = retain_graph
        self.clauses = clauses
        self.nodes: list[Node] = []
        self.leaves: frozenset[int] = frozenset()
        self.refusals: list[Refusal] = []
        self.corruptions: list[Corruption] = []

    @property
    def stopped(self) -> bool:
        return any(not refusal.premises for refusal in self.refusals)

    def run(self, start: int | None, inputs: frozenset[int] | None) -> None:
        """Visit what `start` reaches; with `inputs`, only what leads to one of them."""
        self.nodes = self._reached(start)
        if inputs is not None:
            self.nodes = self._leading_to(inputs)
        self.leaves = frozenset(leaf for node in self.nodes for leaf in node.leaves)
        for node in self.nodes:
            self._visit(node)
            if self.stopped:
                return
            if not self.retain_graph:
                self.world.freed |= {node.id}

    def lost_shares(self, cuts: frozenset[Cut]) -> Iterator[LostShare]:
        """The nodes reached here whose tensor was also used after a `detach_()`, in what this backward differentiates."""
        reached = {node.id: node for node in self.nodes}
        for cut in cuts:
            if cut.kind is CutKind.DETACH_ and cut.node in reached:
                node = reached[cut.node]
                yield LostShare(cut, node, self._assumes(node.grad))

    def _reached(self, start: int | None) -> list[Node]:
        seen: set[int] = set()
        pending = [] if start is None else [start]
        while pending:
            node_id = pending.pop()
            if node_id not in seen:
                seen.add(node_id)
                pending += self.world.nodes[node_id].edges
        return [self.world.nodes[node_id] for node_id in sorted(seen, reverse=True)]

    def _leading_to(self, inputs: frozenset[int]) -> list[Node]:
        goals = {self.world.tensors[ref].node for ref in inputs if ref in self.world.tensors} - {None}
        leading: set[int] = set()
        for node in reversed(self.nodes):
            if inputs.intersection(node.leaves) or any(edge in leading or edge in goals for edge in node.edges):
                leading.add(node.id)
        return [node for node in self.nodes if node.id in leading]

    def _assumes(self, grad: Grad) -> Premises:
        return NONE if grad.follows_from(self.clauses) else frozenset({Premise.REQUIRES_GRAD})

    def _visit(self, node: Node) -> None:
        premises = self._assumes(node.grad)
        if node.id in self.world.freed and node.frees is not False:
            assumed = premises if node.frees else premises | {Premise.SAVED}
            self.refusals.append(Refusal(Reason.FREED, assumed, node))
        for save in node.saves:
            if self.stopped:
                return
            self._read(node, save, premises | self._premises_of(save))

    def _premises_of(self, save: Save) -> Premises:
        premises = self._assumes(save.when)
        return premises if save.sure else premises | {Premise.SAVED}

    def _read(self, node: Node, save: Save, premises: Premises) -> None:
        if save.ref is not None and save.node is not None and self.world.tensors[save.ref].node is None:
            cuts = frozenset(c for c in self.world.tensors[save.ref].cuts if c.kind is CutKind.DETACH_ and c.node == save.node)
            self.refusals.append(Refusal(Reason.SAVED_DETACHED, premises, node, save, cuts=cuts))
            return
        if save.checked and save.counter is not None:
            moved = self.world.versions[save.counter] != save.version
            blamed = tuple(w for w in self._later(save.storage, save.time) if w.counter == save.counter)
            if moved or blamed:
                surely = premises if moved else premises | {Premise.SHARES_MEMORY}
                self.refusals.append(Refusal(Reason.MODIFIED, surely, node, save, blamed))
                if not surely:
                    return
        self._compare(node, save, premises)

    def _compare(self, node: Node, save: Save, premises: Premises) -> None:
        for write in self._unseen_writes(save):
            harmful = harm(save.reads, write.effect)
            overlap = save.region.overlaps(write.region)
            if harmful is False or overlap is False:
                continue
            assumed = set(premises)
            if harmful is None or overlap is None or _may_miss(save, write):
                assumed.add(Premise.CHANGES_VALUE)
            if write.may:
                assumed.add(Premise.SHARES_MEMORY)
            self.corruptions.append(Corruption(node, save, write, frozenset(assumed)))

    def _unseen_writes(self, save: Save) -> Iterator[Write]:
        """Later writes to what the save will read, those of the counter that it checks left out."""
        storage, since = save.storage, save.time
        for swap in self.world.swaps.get(save.ref, ()) if save.ref is not None else ():
            if swap.write.time > save.time:
                yield swap.write
                storage, since = swap.storage, swap.write.time
        for write in self._later(storage, since):
            if not (save.checked and write.counter == save.counter and write.counter is not None):
                yield write

    def _later(self, storage: int, since: int) -> list[Write]:
        return [write for write in self.world.logs.get(storage, ()) if write.time > since]


def _may_miss(save: Save, write: Write) -> bool:
    """Whether the write may leave alone the elements that backward reads."""
    if save.whole:
        return False
    everything = write.region == save.region or write.region == WHOLE
    return not (everything and write.effect in {Effect.ZEROES, Effect.CHANGES})
