"""The walk that `backward()` takes: which nodes it reaches, what they read, and what PyTorch refuses."""

from __future__ import annotations

from dataclasses import replace
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
from flake8_gradsafe.autograd.tensor import CutKind, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.autograd.region import Region
    from flake8_gradsafe.autograd.tensor import Cut, Grad, Tensor, Write
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
    tensor, refused = _looked_at(world, root)
    if refused:
        return Outcome((), frozenset(), refused, (), ())
    grad = tensor.grad
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


def _looked_at(world: World, ref: int) -> tuple[Tensor, tuple[Refusal, ...]]:
    """A tensor with its node up to date, and what PyTorch says to that."""
    before = len(world.refused)
    tensor = world.touch(ref)
    refused = tuple(world.refused[before:])
    del world.refused[before:]
    return tensor, refused


class _Walk:
    def __init__(self, world: World, retain_graph: bool, clauses: tuple[frozenset[int], ...]) -> None:
        self.world = world
        self.retain_graph = retain_graph
        self.clauses = clauses
        self.nodes: list[Node] = []
        self.leaves: frozenset[int] = frozenset()
        self.refusals: list[Refusal] = []
        self.corruptions: list[Corruption] = []
        self.wanted: dict[int, bool] = {}  # nodes and leaves from which a leaf that requires grad is reached, or none

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
        refusals = [*self._unpacking(node, save, premises), *self._moved(node, save, premises)]
        self.refusals += refusals
        if all(refusal.premises for refusal in refusals):
            self._compare(node, save, premises)

    def _unpacking(self, node: Node, save: Save, premises: Premises) -> Iterator[Refusal]:
        """What a tensor that was kept by reference is refused for: PyTorch asks for its `grad_fn`."""
        if save.ref is None or save.node is None:
            return
        tensor, refused = _looked_at(self.world, save.ref)
        for refusal in refused:
            yield replace(refusal, premises=refusal.premises | premises, node=node, save=save)
        if tensor.node is None:
            cuts = frozenset(cut for cut in tensor.cuts if cut.kind is CutKind.DETACH_ and cut.node == save.node)
            yield Refusal(Reason.SAVED_DETACHED, premises, node, save, cuts=cuts)

    def _moved(self, node: Node, save: Save, premises: Premises) -> Iterator[Refusal]:
        """What is refused because the version counter is no longer what it was."""
        if not save.checked or save.counter is None:
            return
        moved = self.world.versions[save.counter] != save.version
        blamed = tuple(write for write in self._later(save.storage, save.time) if write.counter == save.counter)
        if moved or blamed:
            surely = premises if moved else premises | {Premise.SHARES_MEMORY}
            yield Refusal(Reason.MODIFIED, surely, node, save, blamed)

    def _compare(self, node: Node, save: Save, premises: Premises) -> None:
        if not self._trains(save):
            return
        for write, region in self._unseen_writes(save):
            harmful = harm(save.reads, write.effect)
            overlap = region.overlaps(write.region)
            if harmful is False or overlap is False:
                continue
            assumed = set(premises)
            if harmful is None or overlap is None or _may_miss(save, region, write):
                assumed.add(Premise.CHANGES_VALUE)
            if write.may:
                assumed.add(Premise.SHARES_MEMORY)
            self.corruptions.append(Corruption(node, save, write, frozenset(assumed)))

    def _trains(self, save: Save) -> bool:
        """Whether a gradient computed from the saved tensor reaches a leaf that still wants one."""
        return save.assumed or any(self._reaches_leaf(fed) for fed in save.feeds)

    def _reaches_leaf(self, start: int) -> bool:
        """Whether a node or leaf, or what it passes gradients to, is a leaf that requires grad now."""
        seen: set[int] = set()
        pending = [start]
        while pending:
            each = pending.pop()
            if each in seen:
                continue
            seen.add(each)
            known = self.wanted.get(each)
            if known is None and each in self.world.nodes:
                node = self.world.nodes[each]
                pending += (*node.edges, *node.leaves)
                known = False
            elif known is None:
                known = self.world.tensors[each].grad.possible
            if known:
                self.wanted[start] = True
                return True
        self.wanted[start] = False
        return False

    def _unseen_writes(self, save: Save) -> Iterator[tuple[Write, Region]]:
        """Later writes to what the save reads and the region that it reads of it; those that its counter saw are left out.

        An assignment to `.data` of a tensor kept by reference is such a write, and the save reads the new memory after it.
        """
        storage, region, since = save.storage, save.region, save.time
        swaps = self.world.swaps.get(save.ref, ()) if save.ref is not None else ()
        for swap in swaps:
            if swap.write.time > save.time:
                yield from self._unseen(save, storage, region, since, swap.write.time)
                yield swap.write, swap.write.region
                storage, region, since = swap.storage, swap.region, swap.write.time
        yield from self._unseen(save, storage, region, since, self.world.clock)

    def _unseen(
        self, save: Save, storage: int, region: Region, since: int, until: int
    ) -> Iterator[tuple[Write, Region]]:
        for write in self._later(storage, since):
            seen = save.checked and write.counter is not None and write.counter == save.counter
            if write.time <= until and not seen:
                yield write, region

    def _later(self, storage: int, since: int) -> list[Write]:
        return [write for write in self.world.logs.get(storage, ()) if write.time > since]


def _may_miss(save: Save, region: Region, write: Write) -> bool:
    """Whether the write may leave alone the elements that backward reads."""
    if save.whole:
        return False
    return not (write.region.covers(region) and write.effect in {Effect.ZEROES, Effect.CHANGES})
