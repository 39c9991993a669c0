"""All tensors, storages, version counters and nodes of one path through a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Node, Premise
from flake8_gradsafe.autograd.metadata import UNKNOWN, Metadata
from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import (
    NO,
    Cut,
    Grad,
    MayShare,
    Swap,
    Tensor,
    ViewKind,
    Write,
    any_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from flake8_gradsafe.autograd.tensor import Place

#: The tensors given for each parameter of an operator.
Operands = dict[str, tuple[int, ...]]


class AutogradState:
    """The heap of autograd on one path. Tensors are named by integers; every method takes and gives such
    names.

    What PyTorch refuses at once is appended to `refused`; the caller decides whether the path ends there.
    """

    __slots__ = (
        "_refs_on",
        "_users",
        "calls",
        "clock",
        "freed",
        "given",
        "grad_enabled",
        "graded",
        "inference",
        "logs",
        "nodes",
        "off_at",
        "opened",
        "refused",
        "shares",
        "swaps",
        "tensors",
        "told_views",
        "trained",
        "uncounted",
        "versions",
        "walks",
    )

    def __init__(self) -> None:
        """Make an empty state with grad mode on."""
        self.clock = 0
        #: How many backwards were run.
        self.walks = 0
        self.calls: tuple[Place, ...] = ()
        self.grad_enabled = True
        #: How many calls lay around the statement, or the decorated function, that switched grad mode off.
        self.off_at = 0
        self.inference = False
        self.uncounted = False
        self.tensors: dict[int, Tensor] = {}
        self.nodes: dict[int, Node] = {}
        self.logs: dict[int, tuple[Write, ...]] = {}
        self.versions: dict[int, int] = {}
        self.swaps: dict[int, tuple[Swap, ...]] = {}
        self.shares: dict[int, tuple[MayShare, ...]] = {}
        self.freed: frozenset[int] = frozenset()
        self.graded: frozenset[int] = frozenset()
        #: Parameters of models that are out of sight, and taken to be trained.
        self.trained: frozenset[int] = frozenset()
        #: Tensors of which it is noted already that PyTorch refuses what was written to their views.
        self.told_views: frozenset[int] = frozenset()
        #: The arguments of the function that is entered.
        self.given: frozenset[int] = frozenset()
        #: What an attribute held that required no grad: it may hold another tensor by now.
        self.opened: frozenset[int] = frozenset()
        self.refused: list[AutogradError] = []
        # Copies share what follows: each adds to it, none takes back, and what is found by it is looked at again.
        self._refs_on: dict[int, set[int]] = {}
        self._users: dict[int, set[int]] = {}

    def fork(self) -> AutogradState:
        """An independent copy; everything in it is immutable, so that the copy is shallow."""
        twin = AutogradState.__new__(AutogradState)
        twin.clock, twin.calls, twin.grad_enabled = self.clock, self.calls, self.grad_enabled
        twin.off_at = self.off_at
        twin.inference, twin.uncounted, twin.walks = self.inference, self.uncounted, self.walks
        twin.freed, twin.graded, twin.trained = self.freed, self.graded, self.trained
        twin.given, twin.opened, twin.told_views = self.given, self.opened, self.told_views
        twin.tensors, twin.nodes = self.tensors.copy(), self.nodes.copy()
        twin.logs, twin.versions = self.logs.copy(), self.versions.copy()
        twin.swaps, twin.shares = self.swaps.copy(), self.shares.copy()
        twin.refused = []
        twin._refs_on, twin._users = self._refs_on, self._users
        return twin

    def tick(self) -> int:
        """A number that was never given before: for tensors, storages, counters, nodes and moments alike."""
        self.clock += 1
        return self.clock

    def new(
        self,
        grad: Grad,
        place: Place,
        *,
        node: int | None = None,
        cuts: frozenset[Cut] = frozenset(),
        tensor_seen: bool = True,
        dtype: str = "T",
        metadata: Metadata = UNKNOWN,
    ) -> int:
        """A tensor with memory of its own: with no node a leaf, if it requires grad."""
        ref = self.tick()
        self.add(
            Tensor(
                ref,
                self.tick(),
                self.tick(),
                WHOLE,
                grad,
                node,
                cuts=cuts,
                tensor_seen=tensor_seen,
                dtype=dtype,
                place=place,
                metadata=metadata,
            )
        )
        return ref

    def unknown(self, place: Place, *, tensor_seen: bool) -> int:
        """A tensor of unknown making, which requires grad for all that is known: a source of its own."""
        ref = self.tick()
        grad = Grad(sources=frozenset({ref}))
        self.add(Tensor(ref, self.tick(), self.tick(), grad=grad, place=place, tensor_seen=tensor_seen))
        return ref

    def parameter_out_of_sight(self, place: Place) -> int:
        """A parameter of a model that is out of sight: it requires grad if the model is trained."""
        ref = self.unknown(place, tensor_seen=True)
        self.trained |= {ref}
        return ref

    def switch_off(self) -> bool:
        """Switch grad mode off, and give back whether it was on."""
        enabled = self.grad_enabled
        if enabled:
            self.off_at = len(self.calls)
        self.grad_enabled = False
        return enabled

    def call_with_grad_off(self, place: Place) -> Place:
        """Of the calls around a place, the outermost that runs with grad mode off; the place itself where there is none."""
        return self.calls[self.off_at] if self.off_at < len(self.calls) else place

    def is_granted(self, grad: Grad) -> bool:
        """Whether something requires grad if the models are trained that are taken to be."""
        return not grad.sure and not self.trained.isdisjoint(grad.sources)

    def is_given(self, grad: Grad) -> bool:
        """Whether something requires grad if nothing but an argument of the function that is entered does."""
        return not grad.sure and bool(grad.sources) and grad.sources <= self.given

    def is_leaf(self, ref: int | None) -> TypeGuard[int]:
        """Whether a gradient can arrive at this tensor and stay there."""
        tensor = self.tensors.get(ref) if ref is not None else None
        return tensor is not None and tensor.node is None and tensor.grad.possible

    def may_share(self, first: int, second: int, *, same: bool = False) -> None:
        """Note that two tensors perhaps have the same memory, and then the same counter too; `same`: and the same shape."""
        one, two = self.tensors[first], self.tensors[second]
        aligned = same and one.region == two.region == WHOLE
        self.share(one.storage, MayShare(two.storage, two.counter, one.counter, aligned))
        self.share(two.storage, MayShare(one.storage, one.counter, two.counter, aligned))

    def note_reshape(self, ref: int) -> None:
        """Note that a tensor was given another shape in place."""
        self.tensors[ref] = self.tensors[ref]._replace(metadata=UNKNOWN)

    def leave_memory(self, ref: int, place: Place) -> None:
        """Give a handle memory of its own: what is written to it from now on reaches no other tensor."""
        fresh = self.tensors[self.new(NO, place)]
        self.tensors[ref] = fresh._replace(ref=ref, tensor_seen=True)
        self._refs_on[fresh.storage].add(ref)

    def note_move(self, ref: int) -> None:
        """Note that a tensor may have been given another dtype, or moved to another device, in place."""
        tensor = self.tensors[ref]
        self.tensors[ref] = tensor._replace(metadata=Metadata(tensor.metadata.sizes))

    def mark_as_tensor(self, ref: int) -> None:
        """Note that something has shown this object to be a tensor."""
        tensor = self.tensors[ref]
        if not tensor.tensor_seen:
            self.tensors[ref] = tensor._replace(tensor_seen=True)

    def tensors_sharing(self, storage: int, among: Set[int] | None = None) -> list[Tensor]:
        """The tensors that have this memory; with `among`, of these."""
        refs = self._refs_on.get(storage, set())
        tensors = (self.tensors.get(ref) for ref in sorted(refs if among is None else refs & among))
        return [each for each in tensors if each is not None and each.storage == storage]

    def consumers(self, start: int) -> Iterator[Node]:
        """The nodes that pass gradients on to this node or leaf, the oldest first."""
        nodes = (self.nodes.get(node_id) for node_id in sorted(self._users.get(start, ())))
        return (each for each in nodes if each is not None and (start in each.edges or start in each.leaves))

    def leaves_below(self, starts: Iterable[int]) -> set[int]:
        """The leaf tensors to which gradients flow from these nodes; a start may be a leaf itself."""
        leaves: set[int] = set()
        pending, seen = list(starts), set[int]()
        if self.nodes.keys().isdisjoint(pending):
            return set(pending)
        while pending:
            start = pending.pop()
            node = self.nodes.get(start)
            if node is None:
                leaves.add(start)
            elif start not in seen:
                seen.add(start)
                leaves.update(node.leaves)
                pending += node.edges
        return leaves

    def is_trainable(self, leaf: int) -> bool:
        """Whether a leaf is a parameter that is taken to be trained, or surely requires grad."""
        return leaf in self.trained or (leaf in self.tensors and self.tensors[leaf].grad.sure)

    def trainable_below(self, starts: Iterable[int]) -> set[int]:
        """Those of the leaves to which gradients flow from these nodes that are trainable."""
        return set(filter(self.is_trainable, self.leaves_below(starts)))

    def is_over_trained(self, cut: Cut) -> bool:
        """Whether a cut keeps gradients from a parameter that is taken to be trained."""
        return bool(self.trained) and not self.trained.isdisjoint(self.leaves_below(cut.origins))

    def grad_of(self, tensor: Tensor) -> Grad:
        """Whether a tensor requires grad: a view does as soon as its base does."""
        if tensor.base is None or tensor.grad.sure:
            return tensor.grad
        return any_of((tensor.grad, self.tensors[tensor.base].grad))

    def refresh_grad_fn(self, ref: int) -> Tensor:
        """The tensor with its node up to date, as PyTorch makes it when a view's `grad_fn` is asked for after
        a write.
        """
        tensor = self.tensors[ref]
        if tensor.base is None or tensor.counter is None or self.versions[tensor.counter] == tensor.fresh_at:
            return tensor
        base = self.tensors[tensor.base]
        grad = self.grad_of(base)
        if tensor.node is None and not grad.possible:
            return tensor
        grad = any_of((tensor.grad, grad))
        if tensor.view is not ViewKind.NORMAL:
            self.raise_on_view(tensor, grad)
            return tensor
        node_id = self.tick()
        edges, leaves = self.edges((base.ref,))
        part = frozenset() if tensor.region.covers(base.region) else frozenset((*edges, *leaves))
        window = (tensor.storage, tensor.region)
        self.record(Node(node_id, "view", base.place, edges, leaves, (), grad, part=part, view_region=window))
        tensor = tensor._replace(node=node_id, grad=grad, fresh_at=self.versions[tensor.counter])
        self.tensors[ref] = tensor
        return tensor

    def add(self, tensor: Tensor) -> None:
        """Take in a tensor, which was made just now."""
        self.tensors[tensor.ref] = tensor._replace(inference=True) if self.inference else tensor
        self._refs_on.setdefault(tensor.storage, set()).add(tensor.ref)
        if tensor.counter is not None:
            self.versions.setdefault(tensor.counter, 0)

    def record(self, node: Node) -> None:
        """Take in a node."""
        self.nodes[node.id] = node
        for each in (*node.edges, *node.leaves):
            self._users.setdefault(each, set()).add(node.id)

    def edges(self, refs: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The nodes and the leaves to which these tensors pass gradients."""
        nodes: dict[int, None] = {}
        leaves: dict[int, None] = {}
        for ref in refs:
            tensor = self.refresh_grad_fn(ref)
            if tensor.node is not None:
                nodes[tensor.node] = None
            elif tensor.grad.possible:
                leaves[ref] = None
        return tuple(nodes), tuple(leaves)

    def share(self, storage: int, other: MayShare) -> None:
        """Note what other storage perhaps is the same memory."""
        self.shares[storage] = (*self.shares.get(storage, ()), other)

    def raise_on_view(self, tensor: Tensor, grad: Grad) -> None:
        """Note the error of a write to a view that PyTorch protects."""
        whole = tensor.ref if tensor.base is None else tensor.base
        if whole in self.told_views:
            return
        self.told_views |= {whole}
        reason = _VIEW_WRITES.get(tensor.view, ErrorKind.NO_GRAD_VIEW_WRITE)
        self.refused.append(
            AutogradError(
                reason, self.premises_of(grad) | unseen_premise(tensor), made=tensor.place, made_at=tensor.ref
            )
        )

    def premises_of(self, grad: Grad) -> frozenset[Premise]:
        """The premise that something requires grad, where that is not sure, or that a model is trained which it comes from."""
        if grad.sure:
            return frozenset()
        if self.is_granted(grad):
            return frozenset({Premise.TRAINED})
        rebound = frozenset({Premise.REBOUND}) if grad.sources and grad.sources <= self.opened else frozenset[Premise]()
        return rebound | {Premise.REQUIRES_GRAD}


_VIEW_WRITES: dict[ViewKind | None, ErrorKind] = {
    ViewKind.MULTI: ErrorKind.MULTI_VIEW_WRITE,
    ViewKind.CUSTOM: ErrorKind.CUSTOM_VIEW_WRITE,
}


def flat(operands: Mapping[str, tuple[int, ...]], names: Iterable[str]) -> tuple[int, ...]:
    """The tensors given for the operands of these names, in order."""
    return tuple([ref for name in names if name in operands for ref in operands[name]])


def unseen_premise(tensor: Tensor) -> frozenset[Premise]:
    """The premise that something is a tensor, where nothing has shown it."""
    return frozenset() if tensor.tensor_seen else frozenset({Premise.IS_TENSOR})
