"""All tensors, storages, counters and nodes of one path through a program, and what PyTorch's calls do to
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Node, Premise, Reads, SavedTensor
from flake8_gradsafe.autograd.metadata import UNKNOWN, Metadata, of_result
from flake8_gradsafe.autograd.operators import SavedSlot
from flake8_gradsafe.autograd.region import WHOLE, Region
from flake8_gradsafe.autograd.tensor import (
    NO,
    YES,
    Cut,
    CutKind,
    Effect,
    Grad,
    Hop,
    MayShare,
    Swap,
    Tensor,
    Via,
    ViewKind,
    Write,
    any_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.tensor import Place

#: The tensors given for each parameter of an operator.
Operands = dict[str, tuple[int, ...]]

#: In-place operators whose result does not depend on the values that were there, by name without underscores.
_REPLACING = frozenset(
    "copy fill zero setitem constant zeros ones out= "
    "normal uniform random bernoulli exponential log_normal cauchy geometric".split()
)

_CUT_OF = {Via.DETACH: CutKind.DETACH, Via.DATA: CutKind.DATA, Via.NUMPY: CutKind.DETACH}


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
        "grad_enabled",
        "graded",
        "inference",
        "logs",
        "nodes",
        "refused",
        "shares",
        "swaps",
        "tensors",
        "uncounted",
        "versions",
    )

    def __init__(self) -> None:
        """Make an empty world with grad mode on."""
        self.clock = 0
        self.calls: tuple[Place, ...] = ()
        self.grad_enabled = True
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
        self.refused: list[AutogradError] = []
        # Copies share what follows: each adds to it, none takes back, and what is found by it is looked at again.
        self._refs_on: dict[int, set[int]] = {}
        self._users: dict[int, set[int]] = {}

    def fork(self) -> AutogradState:
        """An independent copy; everything in it is immutable, so that the copy is shallow."""
        twin = AutogradState.__new__(AutogradState)
        twin.clock, twin.calls, twin.grad_enabled = self.clock, self.calls, self.grad_enabled
        twin.inference, twin.uncounted = self.inference, self.uncounted
        twin.freed, twin.graded = self.freed, self.graded
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

    # -- making tensors --

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
        self._add(
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
        self._add(Tensor(ref, self.tick(), self.tick(), grad=grad, place=place, tensor_seen=tensor_seen))
        return ref

    def cuts_of_read(self, source: int, place: Place) -> frozenset[Cut]:
        """The cuts behind the numbers that are read from a tensor: `.item()`, `.tolist()`, a copy by `torch.tensor`."""
        tensor = self.tensors[source]
        return self._cut_again(tensor, self.grad_of(tensor), CutKind.READ, place)

    def cuts_without_gradient(self, sources: Iterable[int], place: Place) -> frozenset[Cut]:
        """The cuts behind a result through which no gradient passes: what argmax, or a comparison, makes of tensors.

        With or without what cut these off before, nothing would come through.
        """
        refs = tuple(sources)
        grad = any_of(self.grad_of(self.tensors[ref]) for ref in refs)
        earlier = frozenset(cut for cut in self._cuts_of(refs) if cut.kind is CutKind.OPERATOR)
        if not grad.possible:
            return earlier
        return earlier | {Cut(CutKind.OPERATOR, place, None, grad.sure, self.clock, self._feeds(refs))}

    def alias_outside_graph(self, source: int, via: Via, place: Place, *, storage: bool = False) -> int:
        """A handle of the same memory outside the graph: `.detach()`, `.data`, `.numpy()` and their kin.

        `storage`: the handle is the raw storage.
        """
        tensor = self.tensors[source]
        counter = tensor.counter if via is Via.DETACH else None if via is Via.NUMPY else self.tick()
        ref = self.tick()
        grad = self.grad_of(tensor)
        cuts, hops = tensor.cuts, (*tensor.hops, Hop(via, place, storage))
        if grad.possible or any(cut.kind is not CutKind.OPERATOR for cut in cuts):
            cuts = self._cut_again(tensor, grad, _CUT_OF[via], place)
        elif via is Via.DETACH:  # there was no graph to leave: the handle is as good as the tensor
            via, hops = tensor.via, tensor.hops
        self._add(
            Tensor(
                ref,
                tensor.storage,
                counter,
                region=tensor.region,
                via=via,
                hops=hops,
                cuts=cuts,
                tensor_seen=tensor.tensor_seen,
                place=place,
                metadata=tensor.metadata,
            )
        )
        return ref

    def apply(
        self, name: str, fact: OpBehaviour, operands: Operands, place: Place, regions: Sequence[Region] = ()
    ) -> list[int]:
        """Call an operator out of place; `regions` are what its outputs cover of the first operand, where
        they are views.

        Returns the outputs, in order. An output that is the very object of an operand is that operand's name.
        """
        needed = _flat(operands, fact.needs)
        grad = self._grad_of_call(needed)
        cuts = self._cuts_of_call(operands, needed, place)
        edges, leaves = self._edges(needed) if grad.possible else ((), ())
        node_id = self.tick() if grad.possible else None
        outputs = []
        metadata = self._metadata(fact, operands) if fact.shape and fact.differentiable else UNKNOWN
        for index in range(max(1, fact.count)):
            own = grad if index in fact.differentiable else NO
            region = regions[index] if index < len(regions) else None
            behind = cuts if index in fact.differentiable else self.cuts_without_gradient(needed, place)
            outputs.append(
                self._output(
                    fact, index, operands, own, node_id if own.possible else None, behind, place, region, metadata
                )
            )
        if node_id is not None:
            saves = self._saves(fact.saves, operands, outputs, grad, self._feeds(needed), fact.needs)
            frees = self._frees(fact, operands)
            narrows = fact.masks or fact.multi_view or not self._covers(needed, regions)
            part = frozenset((*edges, *leaves)) if narrows else frozenset()
            joins = any(len(refs) > 1 for refs in operands.values())
            drops = fact.masks or (joins and self._takes_constants(operands))
            window = (self.tensors[needed[0]].storage, regions[0]) if len(regions) == 1 else None
            handed_on = _flat(operands, [name for name in fact.passes if len(operands.get(name, ())) == 1])
            self._record(
                Node(
                    node_id,
                    name,
                    place,
                    edges,
                    leaves,
                    saves,
                    grad,
                    frees,
                    part,
                    drops=drops,
                    joins=joins,
                    view_region=window,
                    passes_unchanged=self._feeds(handed_on),
                )
            )
        return outputs

    def apply_custom_function(
        self,
        name: str,
        outputs: Sequence[int],
        inputs: Sequence[int],
        saved: Sequence[int],
        kept: Sequence[int],
        place: Place,
        *,
        reads: bool,
        function: int,
    ) -> None:
        """Give what a custom Function's forward has made the node of the Function.

        `saved` went through `save_for_backward`, `kept` are attributes of its `ctx`, which nothing checks. `reads`: its
        backward looks at what was saved; what it does with it is not followed.
        """
        grad = self._grad_of_call(inputs)
        if not grad.possible:
            return
        edges, leaves = self._edges(inputs)
        node_id = self.tick()
        feeds = self._feeds(inputs)
        slots = [(ref, _SAVED_BY_CTX) for ref in saved if reads] + [(ref, _KEPT_BY_CTX) for ref in kept]
        saves = tuple(self._save(slot, ref, grad, feeds) for ref, slot in slots)
        self._record(Node(node_id, name, place, edges, leaves, saves, grad, reads and bool(saved), function=function))
        cuts = self._cuts_of(inputs)
        for ref in outputs:
            tensor = self.tensors[ref]
            own = frozenset(cut for cut in tensor.cuts if cut.kind is not CutKind.NO_GRAD) | cuts
            self.tensors[ref] = tensor._replace(grad=grad, node=node_id, cuts=own, place=place)

    def gradient(self, visited: Iterable[Node], place: Place) -> int:
        """A gradient with a graph of its own: a function of all that the visited nodes have saved.

        On which of that it depends is not followed, nor whether it requires grad at all.
        """
        kept = [
            save for node in visited for save in node.saves if save.reads is Reads.VALUE and save.counter is not None
        ]
        ref = self.unknown(place, tensor_seen=True)
        node_id = self.tick()
        saves = tuple(
            save._replace(sure=False, time=self.clock, version=self.versions.get(save.counter or 0, 0)) for save in kept
        )
        edges = tuple(dict.fromkeys(save.node for save in kept if save.node in self.nodes and save.node is not None))
        leaves = tuple(dict.fromkeys(save.ref for save in kept if save.node is None and self._is_leaf(save.ref)))
        grad = Grad(sources=frozenset({ref}))
        self._record(Node(node_id, "grad", place, edges, leaves, saves, grad, None, opaque=True))
        self.tensors[ref] = self.tensors[ref]._replace(node=node_id)
        return ref

    def _is_leaf(self, ref: int | None) -> TypeGuard[int]:
        """Whether a gradient can arrive at this tensor and stay there."""
        tensor = self.tensors.get(ref) if ref is not None else None
        return tensor is not None and tensor.node is None and tensor.grad.possible

    def call_unknown(self, name: str, arguments: Iterable[int], place: Place, *, tensor_seen: bool) -> int:
        """The result of code that is out of sight: perhaps in the graph, on its own account or an argument's.

        The code may have saved its arguments; such saves are marked as assumed.
        """
        refs = tuple(dict.fromkeys(arguments))
        ref = self.unknown(place, tensor_seen=tensor_seen)
        given = any_of(self.grad_of(self.tensors[each]) for each in refs)
        if not self.grad_enabled:
            return ref
        grad = Grad(sources=given.sources | {ref})
        edges, leaves = self._edges(refs)
        node_id = self.tick()
        saves = tuple([self._save(_ASSUMED, each, YES, assumed=True) for each in refs])
        self._record(Node(node_id, name, place, edges, leaves, saves, grad, None, opaque=True))
        cuts = self._cuts_of(refs)
        self.tensors[ref] = self.tensors[ref]._replace(grad=grad, node=node_id, cuts=cuts)
        return ref

    # -- changing tensors --

    def write(
        self,
        target: int,
        effect: Effect,
        place: Place,
        *,
        name: str = "",
        fact: OpBehaviour | None = None,
        operands: Operands | None = None,
        region: Region | None = None,
        via: Via | None = None,
        out: bool = False,
        repeats: object = None,
    ) -> None:
        """Write into a tensor's memory: recorded as an operator where grad mode is on and a gradient passes.

        `operands` are the tensors read besides the target, by parameter. `region` is what is written where
        that is not all of the target. What the write saves for its own backward is in `fact`. `out`: it is
        the result of an operator called with `out=`, which PyTorch never records. `repeats`: what it writes wherever
        it is run, where it writes the same again when it is repeated.
        """
        operands = operands or {}
        others = _flat(operands, operands)
        grad = NO if self.tensors[target].counter is None else self._grad_of_call((target, *others))
        sliced = region is not None and not _picks(fact, operands)
        if grad.possible and self._raises_on_write(target, grad, sliced=sliced, out=out):
            return
        if grad.possible and not out:
            self._write_as_operator(target, effect, place, grad, name, fact, operands, region, via, repeats)
        else:
            self._log(self.tensors[target], effect, place, region, via, repeats)
        tensor = self.tensors[target]
        is_leaf = tensor.node is None and tensor.grad.sure  # what a leaf was before is no way to anything
        cuts = self._cuts_of_call(operands, others if is_leaf else (target, *others), place)
        cuts |= _cuts_of_handle(tensor) if _replaces(name, region, tensor) else tensor.cuts
        if cuts != tensor.cuts:
            self.tensors[target] = tensor._replace(cuts=cuts)

    def mark_dirty(self, target: int) -> None:
        """A custom Function says that it works in place on a tensor: refused where an in-place operator would be."""
        grad = self._grad_of_call((target,))
        if grad.possible:
            self._raises_on_write(target, grad, sliced=False, out=False, leaf=ErrorKind.LEAF_DIRTY)

    def set_data(self, target: int, value: int, place: Place, effect: Effect = Effect.CHANGES) -> None:
        """`target.data = value`: the object keeps its counter and its node, and has another's memory from now
        on.
        """
        old, new = self.tensors[target], self.tensors[value]
        write = Write(self.tick(), place, old.region, effect, None, Via.SET_DATA, target, old.hops)
        self.swaps[target] = (*self.swaps.get(target, ()), Swap(write, new.storage, new.region))
        self.tensors[target] = old._replace(storage=new.storage, region=new.region, metadata=new.metadata)
        self._refs_on[new.storage].add(target)

    def detach_in_place(self, target: int, place: Place) -> None:
        """`target.detach_()`: refused on a view, else the object loses its node, whoever holds it."""
        tensor = self.tensors[target]
        if tensor.base is not None:
            self.refused.append(AutogradError(ErrorKind.DETACH_VIEW, _unseen(tensor), made=tensor.place))
            return
        if self.shares.get(tensor.storage):
            self.refused.append(
                AutogradError(ErrorKind.DETACH_VIEW, _unseen(tensor) | {Premise.SHARES_MEMORY}, made=tensor.place)
            )
        cuts = tensor.cuts
        if tensor.grad.possible:
            cuts = self._cut_again(tensor, tensor.grad, CutKind.DETACH_, place)
        frozen = place if tensor.node is None and tensor.grad.sure else None
        self.tensors[target] = tensor._replace(grad=NO, node=None, cuts=cuts, frozen=frozen, frozen_in=None)

    def require_grad(self, target: int, value: bool, place: Place = None, *, assigned: bool = False) -> None:
        """`target.requires_grad_(value)`: only leaves can stop requiring grad.

        `assigned`: it is `target.requires_grad = value`, which is refused for what is computed whatever the value.
        """
        tensor = self.tensors[target]
        if tensor.node is None:
            frozen = None if value else place if tensor.grad.sure else tensor.frozen
            self.tensors[target] = tensor._replace(grad=YES if value else NO, frozen=frozen, frozen_in=self.calls)
        elif not value or (assigned and tensor.grad.sure):
            # What a move gives may be the leaf itself.
            perhaps = frozenset({Premise.SHARES_MEMORY}) if self.shares.get(tensor.storage) else frozenset[Premise]()
            premises = self._premises_of(tensor.grad) | perhaps
            self.refused.append(AutogradError(ErrorKind.NON_LEAF, premises, made=tensor.place))
        elif not tensor.grad.sure:  # who asks for this takes it for a leaf: what it was computed from required no grad
            self.tensors[target] = tensor._replace(grad=YES, node=None)

    def may_share(self, first: int, second: int, *, same: bool = False) -> None:
        """Note that two tensors perhaps have the same memory, and then the same counter too; `same`: and the same shape."""
        one, two = self.tensors[first], self.tensors[second]
        aligned = same and one.region == two.region == WHOLE
        self._share(one.storage, MayShare(two.storage, two.counter, one.counter, aligned))
        self._share(two.storage, MayShare(one.storage, one.counter, two.counter, aligned))

    def note_reshape(self, ref: int) -> None:
        """Note that a tensor was given another shape in place."""
        self.tensors[ref] = self.tensors[ref]._replace(metadata=UNKNOWN)

    def note_move(self, ref: int) -> None:
        """Note that a tensor may have been given another dtype, or moved to another device, in place."""
        tensor = self.tensors[ref]
        self.tensors[ref] = tensor._replace(metadata=Metadata(tensor.metadata.shape))

    def mark_as_tensor(self, ref: int) -> None:
        """Note that something has shown this object to be a tensor."""
        tensor = self.tensors[ref]
        if not tensor.tensor_seen:
            self.tensors[ref] = tensor._replace(tensor_seen=True)

    # -- looking --

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
            self._raise_on_view(tensor, grad)
            return tensor
        node_id = self.tick()
        edges, leaves = self._edges((base.ref,))
        part = frozenset() if tensor.region.covers(base.region) else frozenset((*edges, *leaves))
        window = (tensor.storage, tensor.region)
        self._record(Node(node_id, "view", base.place, edges, leaves, (), grad, part=part, view_region=window))
        tensor = tensor._replace(node=node_id, grad=grad, fresh_at=self.versions[tensor.counter])
        self.tensors[ref] = tensor
        return tensor

    # -- inner workings --

    def _metadata(self, fact: OpBehaviour, operands: Operands) -> Metadata:
        return of_result(fact.shape, [self.tensors[ref].metadata for refs in operands.values() for ref in refs])

    def _write_as_operator(
        self,
        target: int,
        effect: Effect,
        place: Place,
        grad: Grad,
        name: str,
        fact: OpBehaviour | None,
        operands: Operands,
        region: Region | None,
        via: Via | None,
        repeats: object,
    ) -> None:
        """An in-place write that is recorded: operands are saved as they were before it, the result as it is
        after it.
        """
        tensor = self.refresh_grad_fn(target)
        root = target if tensor.base is None else tensor.base
        others = _flat(operands, operands)
        edges, leaves = self._edges((root, *others))
        node_id = self.tick()
        slots, needs = (fact.saves, fact.needs) if fact else ((), ())
        if fact:
            operands = {**{alias.parameter: (root,) for alias in fact.aliases if alias.same}, **operands}
        feeds = self._feeds((root, *_flat(operands, operands)))
        saves = self._saves([s for s in slots if not s.what.startswith("output")], operands, [], grad, feeds, needs)
        written = tensor.region if region is None else region
        part, none = self._hidden(root, written, name, others)
        # Elements that are not written have no graph, where the base had none.
        bare = not self._feeds((root,)) and not written.covers(self.tensors[root].region)
        self._log(tensor, effect, place, region, via, repeats)
        self._rebase(target, node_id, grad, sliced=region is not None and not _picks(fact, operands))
        saves += self._saves([s for s in slots if s.what.startswith("output")], {}, [target], grad, feeds)
        # What writes into a view becomes a part of the base's node, which a backward frees whatever it has
        # saved.
        in_view = tensor.base is not None or region is not None
        frees = True if in_view else self._frees(fact, operands) if fact else False
        drops = bare or bool(part) or (fact is not None and fact.masks)
        self._record(Node(node_id, name, place, edges, leaves, saves, grad, frees, part, none, drops))

    def _hidden(
        self, root: int, region: Region, name: str, others: Sequence[int]
    ) -> tuple[frozenset[int], frozenset[int]]:
        """What a write into `region` of `root` passes a part of its gradient to, and what nothing: the old
        values' nodes.
        """
        if name.strip("_") not in _REPLACING:
            return frozenset(), frozenset()
        old = frozenset(self._feeds((root,))) - set(self._feeds(others))
        return (frozenset(), old) if region.covers(self.tensors[root].region) else (old, frozenset())

    def _takes_constants(self, operands: Operands) -> bool:
        """Whether several tensors are put together of which not all have a gradient."""
        return any(
            len(refs) > 1 and not all(self.tensors[ref].grad.possible for ref in refs) for refs in operands.values()
        )

    def _covers(self, sources: Sequence[int], regions: Sequence[Region]) -> bool:
        """Whether what the outputs cover of the first operand, where they are views of a part of it, is all
        of it.
        """
        return all(region.covers(self.tensors[ref].region) for ref in sources[:1] for region in regions)

    def _cut_again(self, tensor: Tensor, grad: Grad, kind: CutKind, place: Place) -> frozenset[Cut]:
        """The cuts behind a tensor that is cut off, with this one if it had a graph.

        What `detach_()` took away before is given up on purpose by now.
        """
        given_up = [cut for cut in tensor.cuts if cut.kind is CutKind.DETACH_ and cut.node is not None]
        earlier = tensor.cuts.difference(given_up).union(cut._replace(node=None) for cut in given_up)
        if not grad.possible:
            return earlier
        origins = self._feeds((tensor.ref,))
        return _latest(earlier | {Cut(kind, place, tensor.node, grad.sure, self.clock, origins)})

    def _add(self, tensor: Tensor) -> None:
        self.tensors[tensor.ref] = tensor._replace(inference=True) if self.inference else tensor
        self._refs_on.setdefault(tensor.storage, set()).add(tensor.ref)
        if tensor.counter is not None:
            self.versions.setdefault(tensor.counter, 0)

    def _record(self, node: Node) -> None:
        self.nodes[node.id] = node
        for each in (*node.edges, *node.leaves):
            self._users.setdefault(each, set()).add(node.id)

    def _grad_of_call(self, refs: Iterable[int]) -> Grad:
        return any_of([self.grad_of(self.tensors[ref]) for ref in refs]) if self.grad_enabled else NO

    def _cuts_of_call(
        self, operands: Mapping[str, tuple[int, ...]], needed: Iterable[int], place: Place
    ) -> frozenset[Cut]:
        cuts = self._cuts_of([ref for refs in operands.values() for ref in refs])
        if self.grad_enabled:
            return cuts
        refs = tuple(needed)
        given = any_of(self.grad_of(self.tensors[ref]) for ref in refs)
        if not given.possible:
            return cuts
        return _latest(cuts | {Cut(CutKind.NO_GRAD, place, None, given.sure, self.clock, self._feeds(refs))})

    def _cuts_of(self, refs: Iterable[int]) -> frozenset[Cut]:
        found = _NO_CUTS
        for ref in refs:
            its = self.tensors[ref].cuts
            found = found | its if found else its
        return _latest(found)

    def _edges(self, refs: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        nodes: dict[int, None] = {}
        leaves: dict[int, None] = {}
        for ref in refs:
            tensor = self.refresh_grad_fn(ref)
            if tensor.node is not None:
                nodes[tensor.node] = None
            elif tensor.grad.possible:
                leaves[ref] = None
        return tuple(nodes), tuple(leaves)

    def _frees(self, fact: OpBehaviour, operands: Operands) -> bool | None:
        if not fact.frees_when or not fact.frees:
            return fact.frees
        grad = any_of(self.grad_of(self.tensors[ref]) for ref in _flat(operands, fact.frees_when))
        return grad.sure or (None if grad.possible else False)

    def _output(
        self,
        fact: OpBehaviour,
        index: int,
        operands: Operands,
        grad: Grad,
        node: int | None,
        cuts: frozenset[Cut],
        place: Place,
        region: Region | None,
        metadata: Metadata,
    ) -> int:
        alias = next((alias for alias in fact.aliases if alias.output == index and operands.get(alias.parameter)), None)
        if alias is None:
            return self.new(grad, place, node=node, cuts=cuts, metadata=metadata)
        source = self.tensors[operands[alias.parameter][0]]
        if region is None and alias.part:
            region = source.region.part()
        if not alias.sure:
            return self._perhaps_sharing(source, grad, node, cuts, place, same=alias.same)
        if alias.same:
            return source.ref
        if not alias.counted:
            return self._on_same_memory(source, grad, node, cuts, place, region)
        return self._view(source, grad, node, cuts, place, region, multi=fact.multi_view)

    def _perhaps_sharing(
        self, source: Tensor, grad: Grad, node: int | None, cuts: frozenset[Cut], place: Place, *, same: bool
    ) -> int:
        ref = self.new(grad, place, node=node, cuts=cuts)
        self.tensors[ref] = self.tensors[ref]._replace(hops=source.hops, via=source.via)
        self.may_share(ref, source.ref, same=same)
        return ref

    def _on_same_memory(
        self, source: Tensor, grad: Grad, node: int | None, cuts: frozenset[Cut], place: Place, region: Region | None
    ) -> int:
        """A tensor on another's memory that is no view of it: a version counter of its own, and no base."""
        ref = self.tick()
        covered = source.region.fold() if region is None else region
        self._add(
            Tensor(
                ref,
                source.storage,
                self.tick(),
                covered,
                grad,
                node,
                cuts=cuts,
                tensor_seen=source.tensor_seen,
                dtype=source.dtype,
                place=place,
            )
        )
        return ref

    def _share(self, storage: int, other: MayShare) -> None:
        self.shares[storage] = (*self.shares.get(storage, ()), other)

    def _view(
        self,
        source: Tensor,
        grad: Grad,
        node: int | None,
        cuts: frozenset[Cut],
        place: Place,
        region: Region | None,
        *,
        multi: bool,
    ) -> int:
        ref = self.tick()
        kind = ViewKind.MULTI if multi else ViewKind.NORMAL
        if not self.grad_enabled:
            kind = ViewKind.NO_GRAD
        if kind is ViewKind.NORMAL and source.view is not None:
            kind = source.view
        self._add(
            source._replace(
                ref=ref,
                region=source.region.fold() if region is None else region,
                grad=grad,
                node=node,
                base=source.ref if source.base is None else source.base,
                view=kind,
                fresh_at=0 if source.counter is None else self.versions[source.counter],
                cuts=cuts,
                place=place,
                metadata=UNKNOWN,
            )
        )
        return ref

    def _saves(
        self,
        slots: Iterable[SavedSlot],
        operands: Operands,
        outputs: Sequence[int],
        grad: Grad,
        feeds: tuple[int, ...],
        needs: tuple[str, ...] = (),
    ) -> tuple[SavedTensor, ...]:
        """What a node keeps. `grad` is the call's; `feeds` is what the gradients of all operands go to."""
        saves: list[SavedTensor] = []
        for slot in slots:
            if slot.what in operands:
                for ref in operands[slot.what]:
                    others = _without(ref, slot, operands)
                    when = self._condition(slot, others, grad, needs)
                    if when.possible:
                        self._raise_on_inference_tensor(ref, slot, when)
                        readers = _flat(others, slot.readers)
                        read_when = None if slot.readers == slot.when else self._any_of(readers)
                        saves.append(self._save(slot, ref, when, self._feeds(readers), read_when=read_when))
            elif slot.what.startswith("output"):
                index = int(slot.what.partition(".")[2] or 0)
                if index < len(outputs):
                    saves.append(self._save(slot, outputs[index], grad, feeds, handle=True))
        return tuple(saves)

    def _raise_on_inference_tensor(self, ref: int, slot: SavedSlot, when: Grad) -> None:
        if self.tensors[ref].inference:
            premises = self._premises_of(when) | (frozenset() if slot.sure else frozenset({Premise.SAVED}))
            self.refused.append(AutogradError(ErrorKind.INFERENCE_SAVED, premises, made=self.tensors[ref].place))

    def _condition(self, slot: SavedSlot, operands: Operands, grad: Grad, needs: tuple[str, ...]) -> Grad:
        """Under which gradients an operand is kept.

        One that only some of the operands' gradients need is kept if one of those has an edge: a view made
        under `no_grad` requires grad as soon as its base does, and has none.
        """
        if needs and set(slot.when).issuperset(needs) and len(operands.get(slot.what, ())) < 2:
            return grad
        return self._any_of(_flat(operands, slot.when))

    def _any_of(self, refs: Iterable[int]) -> Grad:
        return any_of([self.tensors[ref].grad for ref in refs])

    def _feeds(self, refs: Iterable[int]) -> tuple[int, ...]:
        tensors = [self.tensors[ref] for ref in refs]
        return tuple([each.ref if each.node is None else each.node for each in tensors if each.grad.possible])

    def _save(
        self,
        slot: SavedSlot,
        ref: int,
        when: Grad,
        feeds: tuple[int, ...] = (),
        *,
        handle: bool = False,
        assumed: bool = False,
        read_when: Grad | None = None,
    ) -> SavedTensor:
        tensor = self.tensors[ref]
        return SavedTensor(
            what=slot.what,
            ref=ref if slot.by == "reference" and not handle else None,
            storage=tensor.storage,
            counter=tensor.counter,
            version=0 if tensor.counter is None else self.versions[tensor.counter],
            time=self.clock,
            region=tensor.region,
            node=tensor.node,
            reads=slot.reads,
            whole=slot.whole,
            checked=slot.checked,
            sure=slot.sure,
            when=when,
            feeds=feeds,
            reads_sure=slot.reads_sure,
            by_sure=slot.by_sure,
            assumed=assumed,
            read_when=read_when,
        )

    def _raises_on_write(
        self, target: int, grad: Grad, *, sliced: bool, out: bool, leaf: ErrorKind = ErrorKind.LEAF_WRITE
    ) -> bool:
        """Whether PyTorch surely refuses an in-place operator with grad mode on; what it may refuse is noted
        as well.

        `sliced`: it goes through a slice of the target, which is a view. `leaf`: why it is refused of a leaf itself.
        """
        tensor = self.tensors[target]
        own = self.grad_of(tensor)
        before = len(self.refused)
        if out:
            self.refused.append(AutogradError(ErrorKind.OUT_AUTOGRAD, self._premises_of(grad) | _unseen(tensor)))
        elif tensor.view not in {None, ViewKind.NORMAL}:
            self._raise_on_view(tensor, grad)
        elif own.possible and self.tensors[tensor.ref if tensor.base is None else tensor.base].node is None:
            reason = leaf if tensor.base is None and not sliced else ErrorKind.LEAF_VIEW_WRITE
            self.refused.append(AutogradError(reason, self._premises_of(own) | _unseen(tensor), made=tensor.place))
        return any(not refusal.premises for refusal in self.refused[before:])

    def _raise_on_view(self, tensor: Tensor, grad: Grad) -> None:
        reason = ErrorKind.MULTI_VIEW_WRITE if tensor.view is ViewKind.MULTI else ErrorKind.NO_GRAD_VIEW_WRITE
        self.refused.append(AutogradError(reason, self._premises_of(grad) | _unseen(tensor), made=tensor.place))

    def _premises_of(self, grad: Grad) -> frozenset[Premise]:
        return frozenset() if grad.sure else frozenset({Premise.REQUIRES_GRAD})

    def _log(
        self, tensor: Tensor, effect: Effect, place: Place, region: Region | None, via: Via | None, repeats: object
    ) -> None:
        covered = tensor.region if region is None else region
        if repeats is not None and self._is_repeated(tensor, place, covered, repeats):
            effect = Effect.NOTHING
        write = Write(
            time=self.tick(),
            place=place,
            region=covered,
            effect=effect,
            counter=None if self.uncounted else tensor.counter,
            via=Via.DATA if self.uncounted else via or tensor.via,
            target=tensor.ref,
            hops=tensor.hops,
            updates_leaf=not self.grad_enabled and tensor.node is None and tensor.grad.sure,
            calls=self.calls,
            repeats=repeats,
        )
        self.logs[tensor.storage] = (*self.logs.get(tensor.storage, ()), write)
        if write.counter is not None:
            self.versions[write.counter] += 1
        for share in self.shares.get(tensor.storage, ()):
            counter = share.counter if write.counter == share.own_counter else None
            touched = covered if share.aligned or covered == WHOLE else WHOLE.part()
            twin = write._replace(counter=counter, may=True, region=touched)
            self.logs[share.storage] = (*self.logs.get(share.storage, ()), twin)

    def _is_repeated(self, tensor: Tensor, place: Place, covered: Region, repeats: object) -> bool:
        """Whether the very same values were written before, and nothing else since where they are."""
        for write in reversed(self.logs.get(tensor.storage, ())):
            if write.place is place and write.repeats == repeats and write.region == covered:
                return True
            if write.region.overlaps(covered) is not False and write.effect is not Effect.NOTHING:
                return False
        return False

    def _rebase(self, target: int, node_id: int, grad: Grad, *, sliced: bool) -> None:
        """Make `node_id` the node of what was written; a view's base takes it.

        The written view is made anew from the base at once. That is not the target if it was written through
        a slice.
        """
        tensor = self.tensors[target]
        root = tensor if tensor.base is None else self.tensors[tensor.base]
        self.tensors[root.ref] = root._replace(node=node_id, grad=any_of((root.grad, grad)))
        if tensor.base is not None and not sliced:
            self.refresh_grad_fn(target)


def _latest(cuts: frozenset[Cut]) -> frozenset[Cut]:
    """At most so many cuts, the latest."""
    if len(cuts) <= MAX_CUTS:
        return cuts
    return frozenset(sorted(cuts, key=lambda cut: cut.time)[-MAX_CUTS // 2 :])


def _replaces(name: str, region: Region | None, tensor: Tensor) -> bool:
    """Whether a write by this operator leaves nothing of the values that a tensor had."""
    return name.strip("_") in _REPLACING and (region is None or region.covers(tensor.region))


def _cuts_of_handle(tensor: Tensor) -> frozenset[Cut]:
    """The cuts by which a tensor came to be a handle of another's memory, which it stays whatever is written."""
    places = [hop.place for hop in tensor.hops]
    return frozenset(cut for cut in tensor.cuts if cut.place in places)


def _picks(fact: OpBehaviour | None, operands: Operands) -> bool:
    """Whether a store goes to what an index tensor or a mask picks, which is no view of the target."""
    return "index" in operands or (fact is not None and any(slot.what == "index" for slot in fact.saves))


def _without(ref: int, slot: SavedSlot, operands: Operands) -> Operands:
    """The operands that one of a list is kept for: not for itself, but for the others, as the factors of a product are."""
    listed = operands[slot.what]
    if len(listed) < 2 or slot.what not in slot.when:
        return operands
    place = listed.index(ref)
    return {**operands, slot.what: (*listed[:place], *listed[place + 1 :])}


def _flat(operands: Mapping[str, tuple[int, ...]], names: Iterable[str]) -> tuple[int, ...]:
    return tuple([ref for name in names if name in operands for ref in operands[name]])


def _unseen(tensor: Tensor) -> frozenset[Premise]:
    return frozenset() if tensor.tensor_seen else frozenset({Premise.IS_TENSOR})


_NO_CUTS = frozenset[Cut]()
#: The cuts that are known of one tensor: of a longer chain, the latest half.
MAX_CUTS = 128
_SAVED_BY_CTX = SavedSlot(
    "argument", "reference", (), checked=True, reads=Reads.VALUE, whole=True, sure=True, reads_sure=False, by_sure=True
)
_KEPT_BY_CTX = SavedSlot(
    "argument", "reference", (), checked=False, reads=Reads.VALUE, whole=True, sure=True, reads_sure=False, by_sure=True
)
_ASSUMED = SavedSlot(
    "argument", "reference", (), checked=True, reads=Reads.VALUE, whole=True, sure=False, reads_sure=True, by_sure=True
)
