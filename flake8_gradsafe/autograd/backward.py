"""The walk that `backward()` takes: which nodes it reaches, what they read, and what PyTorch refuses."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import (
    AutogradError,
    BackwardResult,
    Doubt,
    ErrorKind,
    LostShare,
    Node,
    Premise,
    Reads,
    SavedTensor,
    StaleSave,
    affects,
)
from flake8_gradsafe.autograd.tensor import CutKind, Effect, Via

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.autograd.region import Region
    from flake8_gradsafe.autograd.state import AutogradState
    from flake8_gradsafe.autograd.tensor import Cut, Grad, Place, Tensor, Write

#: Of more than twice as many writes to what one operator saved, so many at each end are looked at.
MOST_WRITES = 8

Premises = frozenset[Premise]
NONE: Premises = frozenset()


def backward(
    state: AutogradState,
    *roots: int,
    retain_graph: bool = False,
    inputs: frozenset[int] | None = None,
    accumulates: bool = True,
) -> BackwardResult:
    """Differentiate `roots` in one walk: frees the graph unless told to retain it, and marks the leaves that got a
    gradient.

    With `inputs`, tensors' names, only the nodes between them and the roots run, as in `torch.autograd.grad`, which
    gives the gradients back and accumulates none.
    The walk takes the nodes newest first, as the engine does, and stops at the first error that is proven. A
    root that may or may not require grad is taken to: that is what the program itself relies on.
    """
    tensors: list[Tensor] = []
    for root in dict.fromkeys(roots):
        tensor, refused = _looked_at(state, root)
        if not refused and not tensor.grad.possible:
            premises = NONE if tensor.tensor_seen else frozenset({Premise.IS_TENSOR})
            refused = (AutogradError(ErrorKind.NO_GRAD, premises, cuts=tensor.cuts),)
        if refused:
            return BackwardResult((), frozenset(), refused, (), (), roots=roots)
        tensors.append(tensor)
    walk = _Walk(state, retain_graph, tuple(each.grad.sources for each in tensors if not each.grad.sure))
    walk.run([each.node for each in tensors if each.node is not None], inputs, with_goals=accumulates)
    leaves = walk.leaves.union(each.ref for each in tensors if each.node is None)
    accumulated = _accumulated(state, leaves, inputs) if accumulates else frozenset[int]()
    state.graded |= accumulated
    cuts = tensors[0].cuts.union(*(each.cuts for each in tensors[1:])) if tensors else frozenset()
    lost = tuple(walk.lost_gradients(cuts)) if not walk.stopped else ()
    corruptions = () if walk.stopped else tuple(walk.corruptions)
    frozen = () if walk.stopped or inputs is not None else tuple(_frozen(state, leaves))
    return BackwardResult(
        tuple(walk.nodes), leaves, tuple(walk.refusals), corruptions, lost, frozen, accumulated, roots
    )


def _accumulated(state: AutogradState, leaves: frozenset[int], inputs: frozenset[int] | None) -> frozenset[int]:
    """The leaves that get a gradient: of those that are reached, the ones that still want it and that were asked for."""
    reached = leaves if inputs is None else leaves & inputs
    return frozenset(leaf for leaf in reached if leaf not in state.tensors or state.tensors[leaf].grad.possible)


def _frozen(state: AutogradState, leaves: Iterable[int]) -> Iterator[tuple[int, Place]]:
    """The leaves that this backward reaches, but that were told to stop requiring grad since."""
    for ref in leaves:
        tensor = state.tensors.get(ref)
        if tensor is not None and tensor.frozen is not None and not tensor.grad.possible:
            yield ref, tensor.frozen


def _looked_at(state: AutogradState, ref: int) -> tuple[Tensor, tuple[AutogradError, ...]]:
    """A tensor with its node up to date, and what PyTorch says to that."""
    before = len(state.refused)
    tensor = state.refresh_grad_fn(ref)
    refused = tuple(state.refused[before:])
    del state.refused[before:]
    return tensor, refused


class GradientShare(IntEnum):
    """How much of a gradient arrives at a node: zeros, that of some elements, or that of all."""

    NONE = 0
    PART = 1
    FULL = 2


class _Walk:
    def __init__(self, state: AutogradState, retain_graph: bool, clauses: tuple[frozenset[int], ...]) -> None:
        self.state = state
        self.retain_graph = retain_graph
        self.clauses = clauses
        self.asked: frozenset[int] | None = None
        self.surely: set[int] = set()
        self.granted: set[int] = set()  # those that are reached through what computes with a trained model's result
        self.nodes: list[Node] = []
        self.leaves: frozenset[int] = frozenset()
        self.refusals: list[AutogradError] = []
        self.corruptions: list[StaleSave] = []
        self.starts: list[int] = []
        self.flows: dict[int, GradientShare] = {}
        #: Windows through which all of a gradient surely arrives.
        self.arrived: dict[int, list[tuple[int, Region]]] = {}
        self.wants: dict[int, GradientShare] = {}
        self.goals: frozenset[int] = frozenset()  # the nodes of the non-leaf tensors whose gradients are asked for

    @property
    def stopped(self) -> bool:
        return any(not refusal.premises for refusal in self.refusals)

    def run(self, starts: list[int], inputs: frozenset[int] | None, *, with_goals: bool) -> None:
        """Visit what the nodes `starts` reach; with `inputs`, only what leads to one of them.

        `with_goals`: the nodes of those that are computed are run as well, as `backward(inputs=…)` does without need.
        """
        reached = self._reached(starts, attrgetter("edges"))
        self.nodes = [self.state.nodes[node_id] for node_id in sorted(reached, reverse=True)]
        self.surely = self._reached(starts, lambda node: () if node.opaque else node.edges)
        if self.state.trained:
            self.granted = self._reached(starts, lambda node: node.through if node.opaque else node.edges) - self.surely
        if inputs is not None:
            self.goals = self._goals(inputs)
            self.nodes = self._leading_to(inputs, self.goals if with_goals else frozenset())
            self.asked = frozenset(node.id for node in self.nodes) | inputs | self.goals
        self.leaves = frozenset(leaf for node in self.nodes for leaf in node.leaves)
        self.starts = starts
        for node in self.nodes:
            self._visit(node)
            if self.stopped:
                return
            if not self.retain_graph:
                self.state.freed |= {node.id}

    def lost_gradients(self, cuts: frozenset[Cut]) -> Iterator[LostShare]:
        """The nodes reached here whose tensor was also used after a `detach_()`, in what this backward
        differentiates.
        """
        reached = {node.id: node for node in self.nodes}
        for cut in cuts:
            if cut.kind is CutKind.DETACH_ and cut.node in reached:
                node = reached[cut.node]
                yield LostShare(
                    cut, node, self._assumes(node.grad) | (NONE if node.id in self.surely else {Premise.PASSES})
                )

    def _reached(self, starts: list[int], followed: Callable[[Node], Iterable[int]]) -> set[int]:
        """The nodes below some nodes, by those of their edges that are `followed`."""
        seen: set[int] = set()
        pending = list(starts)
        while pending:
            node_id = pending.pop()
            if node_id not in seen:
                seen.add(node_id)
                node = self.state.nodes[node_id]
                pending += followed(node)
        return seen

    def _goals(self, inputs: frozenset[int]) -> frozenset[int]:
        """The nodes of computed tensors whose gradients are asked for."""
        nodes = (self.state.tensors[ref].node for ref in inputs if ref in self.state.tensors)
        return frozenset(node for node in nodes if node is not None)

    def _leading_to(self, inputs: frozenset[int], goals: frozenset[int]) -> list[Node]:
        leading: set[int] = set()
        for node in reversed(self.nodes):
            asked = any(edge in leading or edge in self.goals for edge in node.edges)
            if asked or inputs.intersection(node.leaves):
                leading.add(node.id)
        return [node for node in self.nodes if node.id in leading or node.id in goals]

    def _assumes(self, grad: Grad) -> Premises:
        return NONE if grad.follows_from(self.clauses) else self.state.premises_of(grad)

    def _visit(self, node: Node) -> None:
        premises = self._assumes(node.grad)
        if node.trained or node.id in self.granted:
            premises |= {Premise.TRAINED}
        if node.id not in self.surely and node.id not in self.granted:
            premises |= {Premise.PASSES}
        if node.id in self.state.freed and node.frees is not False:
            assumed = premises if node.frees else premises | {Premise.SAVED}
            self.refusals.append(AutogradError(ErrorKind.FREED, assumed, node))
            if node.frees:
                return
        for save in node.saves:
            if self.stopped:
                return
            self._read(node, save, premises | self._premises_of(save))

    def _premises_of(self, save: SavedTensor) -> Premises:
        premises = self._assumes(save.when)
        return premises if save.sure else premises | {Premise.SAVED}

    def _read(self, node: Node, save: SavedTensor, premises: Premises) -> None:
        refusals = [*self._unpacking(node, save, premises), *self._moved(node, save, premises)]
        self.refusals += refusals
        if all(refusal.premises for refusal in refusals):
            self._compare(node, save, premises)

    def _unpacking(self, node: Node, save: SavedTensor, premises: Premises) -> Iterator[AutogradError]:
        """What a tensor that was kept by reference is refused for: PyTorch asks for its `grad_fn`."""
        if save.ref is None:
            return
        tensor, refused = _looked_at(self.state, save.ref)
        for refusal in refused:
            yield replace(refusal, premises=refusal.premises | premises, node=node, save=save)
        if save.node is not None and tensor.node is None:
            cuts = frozenset(cut for cut in tensor.cuts if cut.kind is CutKind.DETACH_ and cut.node == save.node)
            assumed = premises if save.by_sure else premises | {Premise.SAVED}
            yield AutogradError(ErrorKind.SAVED_DETACHED, assumed, node, save, cuts=cuts)

    def _moved(self, node: Node, save: SavedTensor, premises: Premises) -> Iterator[AutogradError]:
        """What is refused because the version counter is no longer what it was."""
        if not save.checked or save.counter is None:
            return
        moved = self.state.versions[save.counter] != save.version
        blamed = tuple(write for write in self._later(save.storage, save.time) if write.counter == save.counter)
        if moved or blamed:
            surely = premises if moved else premises | {Premise.SHARES_MEMORY}
            yield AutogradError(ErrorKind.MODIFIED, surely, node, save, blamed)

    def _compare(self, node: Node, save: SavedTensor, premises: Premises) -> None:
        if save.read_when is not None:
            premises |= self._assumes(save.read_when)
        if self.asked is not None and save.feeds and not self.asked.intersection(save.feeds):
            return
        for write, region in _outermost(tuple(self._untracked_writes(save))):
            if region.overlaps(write.region) is False or affects(save.reads, write.effect) is False:
                continue
            flow, wanted = self._share_arriving_at(node), self._wanted(save)
            if flow is GradientShare.NONE or wanted is GradientShare.NONE:
                return
            doubts = frozenset(_doubts(save, region, write))
            if write.via is Via.SET_DATA and not premises and self._are_swapped_again(save):
                doubts |= {Doubt.EFFECT}
            if self._may_be_zero(node, save, region, write, flow, wanted):
                doubts |= {Doubt.FLOW}
            assumed = {*premises, Premise.CHANGES_VALUE} if doubts else set(premises)
            if write.may:
                assumed.add(Premise.SHARES_MEMORY)
            self.corruptions.append(StaleSave(node, save, write, frozenset(assumed), doubts))

    def _share_arriving_at(self, node: Node) -> GradientShare:
        """How much of a gradient arrives at a node."""
        if not self.flows:
            self.flows = dict.fromkeys(self.starts, GradientShare.FULL)
            for each in self.nodes:  # newest first: all that pass a gradient to a node come before it
                self._pass_on(each)
        return self.flows.get(node.id, GradientShare.NONE)

    def _pass_on(self, node: Node) -> None:
        own = self.flows.get(node.id, GradientShare.NONE)
        for edge in node.edges:
            passed = (
                GradientShare.NONE
                if edge in node.none
                else GradientShare.PART
                if edge in node.part
                else GradientShare.FULL
            )
            self.flows[edge] = max(self.flows.get(edge, GradientShare.NONE), min(own, passed))
            if node.view_region is not None and own is not GradientShare.NONE:
                arrived = [node.view_region] if own is GradientShare.FULL else self.arrived.get(node.id, [])
                self.arrived.setdefault(edge, []).extend(arrived)

    def _may_be_zero(
        self, node: Node, save: SavedTensor, region: Region, write: Write, flow: GradientShare, wanted: GradientShare
    ) -> bool:
        """Whether the written elements may be just those whose gradient is zero, or goes nowhere."""
        if write.effect not in {Effect.MAY_CHANGE, Effect.KEEPS_SIGN}:
            if write.region.covers(region):
                return False
            arrived = self.arrived.get(node.id, ())
            if any(storage == save.storage and part.overlaps(write.region) for storage, part in arrived):
                flow = GradientShare.FULL
        return min(flow, wanted) is GradientShare.PART

    def _wanted(self, save: SavedTensor) -> GradientShare:
        """How much of a gradient computed from the saved tensor reaches a leaf that still wants one."""
        if save.assumed:
            return GradientShare.FULL
        return max((self._wanted_by(fed) for fed in save.feeds), default=GradientShare.NONE)

    def _wanted_by(self, goal: int) -> GradientShare:
        """The same for a gradient that goes to this node or leaf."""
        if not self.wants:
            self.wants = dict.fromkeys(self.goals, GradientShare.FULL)
            for node in reversed(self.nodes):
                own = GradientShare.FULL if node.opaque else self.wants.get(node.id, GradientShare.NONE)
                fed = (*node.edges, *node.leaves)
                split = node.joins and any(self._want_of(each) is not GradientShare.FULL for each in fed)
                most = GradientShare.PART if node.drops or split else GradientShare.FULL
                for each in fed:
                    if each not in node.none:
                        own = max(own, min(most, self._want_of(each)))
                self.wants[node.id] = own
        return self._want_of(goal)

    def _want_of(self, fed: int) -> GradientShare:
        if fed in self.state.nodes:
            return self.wants.get(fed, GradientShare.NONE)
        leaf = self.state.tensors.get(fed)
        return GradientShare.FULL if leaf is None or leaf.grad.possible else GradientShare.NONE

    def _untracked_writes(self, save: SavedTensor) -> Iterator[tuple[Write, Region]]:
        """Later writes to what the save reads and the region that it reads, without those that its counter
        saw.

        An assignment to `.data` of a tensor kept by reference is such a write, and the save reads the new
        memory after it.
        """
        storage, region, since = save.storage, save.region, save.time
        swaps = self.state.swaps.get(save.ref, ()) if save.ref is not None else ()
        for swap in swaps:
            if swap.write.time > save.time:
                yield from self._untracked(save, storage, region, since, swap.write.time)
                yield swap.write, swap.write.region
                storage, region, since = swap.storage, swap.region, swap.write.time
        yield from self._untracked(save, storage, region, since, self.state.clock)

    def _are_swapped_again(self, save: SavedTensor) -> bool:
        """Whether there were several assignments to `.data`, of which one may bring back what another has taken away."""
        swaps = self.state.swaps.get(save.ref, ()) if save.ref is not None else ()
        return sum(swap.write.time > save.time for swap in swaps) > 1

    def _untracked(
        self, save: SavedTensor, storage: int, region: Region, since: int, until: int
    ) -> Iterator[tuple[Write, Region]]:
        for write in self._later(storage, since):
            seen = save.checked and write.counter is not None and write.counter == save.counter
            if write.time <= until and not seen:
                yield write, region

    def _later(self, storage: int, since: int) -> tuple[Write, ...]:
        log = self.state.logs.get(storage, ())
        return log[bisect_right(log, since, key=attrgetter("time")) :]


def _outermost(writes: tuple[tuple[Write, Region], ...]) -> tuple[tuple[Write, Region], ...]:
    """The first and the last of very many writes: those between them are of the same kind."""
    if len(writes) <= 2 * MOST_WRITES:
        return writes
    return (*writes[:MOST_WRITES], *writes[-MOST_WRITES:])


def _doubts(save: SavedTensor, region: Region, write: Write) -> Iterator[Doubt]:
    """Why a write that touches what a save reads may still change no gradient."""
    if affects(save.reads, write.effect) is None:
        yield Doubt.EFFECT
    if region.overlaps(write.region) is None:
        yield Doubt.REGION
    zeroed = save.reads is Reads.SIGN and write.effect is Effect.ZEROES and write.region.covers(region)
    if write.via is Via.SET_DATA and not save.by_sure:
        yield Doubt.OBJECT
    if not save.reads_sure or (not save.whole and not zeroed):
        yield Doubt.READS
