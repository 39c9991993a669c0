"""What operators and handles make of tensors, out of place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Node, Premise, Reads, SavedTensor
from flake8_gradsafe.autograd.metadata import UNKNOWN, Metadata, of_result
from flake8_gradsafe.autograd.operators import SavedSlot
from flake8_gradsafe.autograd.region import Region
from flake8_gradsafe.autograd.tensor import (
    NO,
    YES,
    Cut,
    CutKind,
    Grad,
    Hop,
    Tensor,
    Via,
    ViewKind,
    any_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.tensor import Place
from flake8_gradsafe.autograd.state import AutogradState, Operands, flat

_CUT_OF = {Via.DETACH: CutKind.DETACH, Via.DATA: CutKind.DATA, Via.NUMPY: CutKind.DETACH}
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

_OF_A_MODEL = SavedSlot(
    "argument", "reference", (), checked=True, reads=Reads.VALUE, whole=True, sure=True, reads_sure=True, by_sure=True
)


def cuts_of_read(state: AutogradState, source: int, place: Place, kind: CutKind = CutKind.READ) -> frozenset[Cut]:
    """The cuts behind the numbers that are read from a tensor: `.item()`, `.tolist()`, a copy by `torch.tensor`; or of
    another kind, behind its gradient.
    """
    tensor = state.tensors[source]
    return cut_again(state, tensor, state.grad_of(tensor), kind, place)


def carry_cuts(state: AutogradState, ref: int, cuts: frozenset[Cut]) -> None:
    """Note that a tensor was computed with numbers behind which these cuts lie."""
    state.tensors[ref] = state.tensors[ref]._replace(cuts=_latest(state.tensors[ref].cuts | cuts))


def cuts_without_gradient(state: AutogradState, sources: Iterable[int], place: Place) -> frozenset[Cut]:
    """The cuts behind a result through which no gradient passes: what argmax, or a comparison, makes of tensors.

    With or without what cut these off before, nothing would come through.
    """
    refs = tuple(sources)
    grad = any_of(state.grad_of(state.tensors[ref]) for ref in refs)
    earlier = frozenset(cut for cut in _cuts_of(state, refs) if cut.kind is CutKind.OPERATOR)
    if not grad.possible:
        return earlier
    return earlier | {Cut(CutKind.OPERATOR, place, None, grad.sure, state.tick(), feeds_of(state, refs))}


def alias_outside_graph(state: AutogradState, source: int, via: Via, place: Place, *, storage: bool = False) -> int:
    """A handle of the same memory outside the graph: `.detach()`, `.data`, `.numpy()` and their kin.

    `storage`: the handle is the raw storage.
    """
    tensor = state.tensors[source]
    counter = tensor.counter if via is Via.DETACH else None if via is Via.NUMPY else state.tick()
    ref = state.tick()
    grad = state.grad_of(tensor)
    cuts, hops = tensor.cuts, (*tensor.hops, Hop(via, place, storage))
    if grad.possible or any(cut.kind is not CutKind.OPERATOR for cut in cuts):
        cuts = cut_again(state, tensor, grad, _CUT_OF[via], place)
    elif via is Via.DETACH:  # there was no graph to leave: the handle is as good as the tensor
        via, hops = tensor.via, tensor.hops
    state.add(
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
    state: AutogradState, name: str, fact: OpBehaviour, operands: Operands, place: Place, regions: Sequence[Region] = ()
) -> list[int]:
    """Call an operator out of place; `regions` are what its outputs cover of the first operand, where
    they are views.

    Returns the outputs, in order. An output that is the very object of an operand is that operand's name.
    """
    needed = flat(operands, fact.needs)
    grad = grad_of_call(state, needed)
    cuts = cuts_of_call(state, operands, needed, place)
    edges, leaves = state.edges(needed) if grad.possible else ((), ())
    node_id = state.tick() if grad.possible else None
    outputs = []
    metadata = _metadata(state, fact, operands) if fact.shape and fact.differentiable else UNKNOWN
    read = needed if fact.differentiable else flat(operands, operands)
    for index in range(max(1, fact.count)):
        own = grad if index in fact.differentiable else NO
        region = regions[index] if index < len(regions) else None
        behind = cuts if index in fact.differentiable else cuts_without_gradient(state, read, place)
        outputs.append(
            _output(
                state, fact, index, operands, own, node_id if own.possible else None, behind, place, region, metadata
            )
        )
    if node_id is not None:
        state.record(_node_of_call(state, node_id, name, fact, operands, outputs, grad, edges, leaves, place, regions))
    return outputs


def _node_of_call(
    state: AutogradState,
    node_id: int,
    name: str,
    fact: OpBehaviour,
    operands: Operands,
    outputs: Sequence[int],
    grad: Grad,
    edges: tuple[int, ...],
    leaves: tuple[int, ...],
    place: Place,
    regions: Sequence[Region],
) -> Node:
    """The node of an operator that was called out of place, with what it saves."""
    needed = flat(operands, fact.needs)
    narrows = fact.masks or fact.multi_view or not _covers(state, needed, regions)
    joins = any(len(refs) > 1 for refs in operands.values())
    handed_on = flat(operands, [name for name in fact.passes if len(operands.get(name, ())) == 1])
    return Node(
        node_id,
        name,
        place,
        edges,
        leaves,
        saves_of(state, fact.saves, operands, outputs, grad, feeds_of(state, needed), fact.needs),
        grad,
        may_free(state, fact, operands),
        frozenset((*edges, *leaves)) if narrows else frozenset(),
        drops=(fact.masks and not fact.selects) or (joins and _takes_constants(state, operands)),
        joins=joins,
        view_region=(state.tensors[needed[0]].storage, regions[0]) if len(regions) == 1 else None,
        passes_unchanged=feeds_of(state, handed_on),
    )


def view_of_itself(state: AutogradState, ref: int) -> None:
    """Make a result a view of what was computed first, which nobody holds."""
    tensor = state.tensors[ref]
    if tensor.base is None and tensor.counter is not None:
        base = state.tick()
        state.add(tensor._replace(ref=base))
        fresh_at = state.versions[tensor.counter]
        state.tensors[ref] = tensor._replace(base=base, view=ViewKind.NORMAL, fresh_at=fresh_at)


def same_memory(state: AutogradState, source: int, place: Place) -> int:
    """Another tensor on the memory of one, with its version counter, that has no graph yet."""
    ref = state.tick()
    state.add(state.tensors[source]._replace(ref=ref, grad=NO, node=None, place=place))
    return ref


def apply_custom_function(
    state: AutogradState,
    name: str,
    outputs: Sequence[int],
    inputs: Sequence[int],
    saved: Sequence[int],
    kept: Sequence[int],
    place: Place,
    *,
    reads: bool,
    function: int,
    surely: Mapping[int, tuple[int, ...]] | None = None,
) -> None:
    """Give what a custom Function's forward has made the node of the Function.

    `saved` went through `save_for_backward`, `kept` are attributes of its `ctx`, which nothing checks. `reads`: its
    backward looks at what was saved; what it does with it is not followed, but for those whose values `surely` tell the
    gradients of some of the inputs.
    """
    grad = grad_of_call(state, inputs)
    if not grad.possible:
        return
    edges, leaves = state.edges(inputs)
    node_id = state.tick()
    feeds = feeds_of(state, inputs)
    slots = [(ref, _SAVED_BY_CTX) for ref in saved if reads] + [(ref, _KEPT_BY_CTX) for ref in kept]
    saves = tuple(
        _save(state, replace(slot, reads_sure=True), ref, grad, feeds_of(state, surely[ref]))
        if surely and ref in surely
        else _save(state, slot, ref, grad, feeds)
        for ref, slot in slots
    )
    state.record(Node(node_id, name, place, edges, leaves, saves, grad, reads and bool(saved), function=function))
    cuts = _cuts_of(state, inputs)
    for ref in outputs:
        tensor = state.tensors[ref]
        own = frozenset(cut for cut in tensor.cuts if cut.kind is not CutKind.NO_GRAD) | cuts
        state.tensors[ref] = tensor._replace(grad=grad, node=node_id, cuts=own, place=place)


def gradient(state: AutogradState, visited: Iterable[Node], place: Place) -> int:
    """A gradient with a graph of its own: a function of all that the visited nodes have saved.

    On which of that it depends is not followed, nor whether it requires grad at all.
    """
    kept = [save for node in visited for save in node.saves if save.reads is Reads.VALUE and save.counter is not None]
    ref = state.unknown(place, tensor_seen=True)
    node_id = state.tick()
    saves = tuple(
        save._replace(sure=False, time=state.clock, version=state.versions.get(save.counter or 0, 0)) for save in kept
    )
    edges = tuple(dict.fromkeys(save.node for save in kept if save.node in state.nodes and save.node is not None))
    leaves = tuple(dict.fromkeys(save.ref for save in kept if save.node is None and state.is_leaf(save.ref)))
    grad = Grad(sources=frozenset({ref}))
    state.record(Node(node_id, "grad", place, edges, leaves, saves, grad, None, opaque=True, gradient=True))
    state.tensors[ref] = state.tensors[ref]._replace(node=node_id)
    return ref


def call_unknown(state: AutogradState, name: str, arguments: Iterable[int], place: Place, *, tensor_seen: bool) -> int:
    """The result of code that is out of sight: perhaps in the graph, on its own account or an argument's.

    The code may have saved its arguments; such saves are marked as assumed.
    """
    refs = tuple(dict.fromkeys(arguments))
    ref = state.unknown(place, tensor_seen=tensor_seen)
    given = any_of(state.grad_of(state.tensors[each]) for each in refs)
    if not state.grad_enabled:
        return ref
    grad = Grad(sources=given.sources | {ref})
    edges, leaves = state.edges(refs)
    node_id = state.tick()
    saves = tuple([_save(state, _ASSUMED, each, YES, assumed=True) for each in refs])
    through = _through(state, refs)
    state.record(Node(node_id, name, place, edges, leaves, saves, grad, None, opaque=True, through=through))
    cuts = _cuts_of(state, refs)
    state.tensors[ref] = state.tensors[ref]._replace(grad=grad, node=node_id, cuts=cuts)
    return ref


def composed(
    state: AutogradState, name: str, operands: Iterable[int], place: Place, *, kept: Iterable[int] | None = None
) -> int:
    """The result of a library's function that is known to pass gradients to these tensors and to nothing else.

    Its operators keep none of them but those that are `kept`, if these are told; saves are marked as assumed.
    """
    refs = tuple(dict.fromkeys(operands))
    grad = grad_of_call(state, refs)
    made = state.new(NO, place, cuts=cuts_of_call(state, {"": refs}, refs, place))
    if grad.possible:
        edges, leaves = state.edges(refs)
        node_id = state.tick()
        saves = tuple(
            _save(state, _ASSUMED, ref, YES, assumed=True) for ref in (refs if kept is None else dict.fromkeys(kept))
        )
        state.record(Node(node_id, name, place, edges, leaves, saves, grad, None))
        state.tensors[made] = state.tensors[made]._replace(grad=grad, node=node_id)
    return made


def piece_of(state: AutogradState, source: int, place: Place) -> int:
    """A handle, outside the graph, on some part of a tensor's memory."""
    made = alias_outside_graph(state, source, Via.DATA, place)
    tensor = state.tensors[made]
    state.tensors[made] = tensor._replace(region=tensor.region.part(some=True))
    return made


def sampled(state: AutogradState, sources: Iterable[int], place: Place) -> int:
    """A sample of a distribution, which is drawn with grad mode off."""
    refs = tuple(sources)
    enabled = state.switch_off()
    cuts = cuts_of_call(state, {"": refs}, refs, place)
    state.grad_enabled = enabled
    return state.new(NO, place, cuts=cuts)


def _through(state: AutogradState, refs: Iterable[int]) -> frozenset[int]:
    """The nodes of what trained models have computed: code that is given such passes the gradient on to them."""
    if not state.trained:
        return frozenset()
    tensors = (state.tensors[ref] for ref in refs)
    return frozenset(each.node for each in tensors if each.node is not None and state.is_granted(each.grad))


def call_trained(
    state: AutogradState,
    name: str,
    parameters: Iterable[int],
    arguments: Iterable[int],
    place: Place,
    *,
    frees: bool | None = True,
    keeps: bool = False,
    used: bool = False,
) -> int:
    """The result of a model that is out of sight and taken to be trained.

    Its forward saves the `parameters` that stand for its own, and perhaps its arguments, and it passes gradients on to what
    another such model has computed: that takes frozen parameters, too. With grad mode off it cuts the result off from them.
    `frees`: whether a backward surely goes through it, and frees its graph; `keeps`: whether it surely saves its arguments;
    `used`: whether it surely computes with its parameters, so that nothing is taken of it where they require grad.
    """
    refs = tuple(dict.fromkeys(arguments))
    held = tuple(dict.fromkeys(parameters))
    own = tuple(ref for ref in held if state.tensors[ref].grad.possible)
    sure = used and any(state.tensors[each].grad.sure for each in own)
    ref = state.unknown(place, tensor_seen=False)
    if not state.grad_enabled:
        where = state.call_with_grad_off(place)
        cut = Cut(CutKind.NO_GRAD, where, None, sure=sure, time=state.tick(), origins=own)
        computed = state.tensors[ref]._replace(cuts=_latest(_cuts_of(state, refs) | {cut}))
        state.tensors[ref] = computed._replace(grad=NO) if sure else computed
        return ref
    given = any_of(state.grad_of(state.tensors[each]) for each in (*refs, *own))
    grad = YES if sure else Grad(sources=given.sources | {ref})
    edges, leaves = state.edges((*refs, *own))
    node_id = state.tick()
    others = (state.tensors[each] for each in refs if state.tensors[each].grad.sources.isdisjoint(own))
    through = frozenset(each.node for each in others if each.node is not None and state.is_granted(each.grad))
    feeds = {each: (each,) if each in own else tuple(sorted(through)) for each in held}
    kept = [_save(state, _OF_A_MODEL, each, YES, feeds[each], assumed=not sure) for each in held if feeds[each]]
    slot = _OF_A_MODEL if keeps else _ASSUMED
    kept += [_save(state, slot, each, YES, assumed=True) for each in refs]
    node = Node(
        node_id,
        name,
        place,
        edges,
        leaves,
        tuple(kept),
        grad,
        frees,
        opaque=not sure,
        trained=not sure,
        through=through,
    )
    state.record(node)
    state.tensors[ref] = state.tensors[ref]._replace(grad=grad, node=node_id, cuts=_cuts_of(state, refs))
    return ref


def part_of_result(state: AutogradState, ref: int, place: Place) -> int:
    """A tensor in what a model out of sight gave: another tensor than those in its other parts."""
    whole = state.tensors[ref]
    part = state.unknown(place, tensor_seen=False)
    if whole.node is None:
        state.tensors[part] = state.tensors[part]._replace(grad=whole.grad, cuts=whole.cuts)
        return part
    grad = whole.grad if whole.grad.sure else Grad(sources=whole.grad.sources | {part})
    node_id = state.tick()
    frees = state.nodes[whole.node].frees if whole.node in state.nodes else None
    through = frozenset({whole.node}) if frees else frozenset[int]()
    opaque = not whole.grad.sure
    node = Node(
        node_id, "part", place, (whole.node,), (), (), grad, frees, opaque=opaque, trained=opaque, through=through
    )
    state.record(node)
    state.tensors[part] = state.tensors[part]._replace(grad=grad, node=node_id, cuts=whole.cuts)
    return part


def _metadata(state: AutogradState, fact: OpBehaviour, operands: Operands) -> Metadata:
    return of_result(fact.shape, [state.tensors[ref].metadata for refs in operands.values() for ref in refs])


def _takes_constants(state: AutogradState, operands: Operands) -> bool:
    """Whether several tensors are put together of which not all have a gradient."""
    return any(
        len(refs) > 1 and not all(state.tensors[ref].grad.possible for ref in refs) for refs in operands.values()
    )


def _covers(state: AutogradState, sources: Sequence[int], regions: Sequence[Region]) -> bool:
    """Whether what the outputs cover of the first operand, where they are views of a part of it, is all
    of it.
    """
    return all(region.covers(state.tensors[ref].region) for ref in sources[:1] for region in regions)


def cuts_of_call(
    state: AutogradState, operands: Mapping[str, tuple[int, ...]], needed: Iterable[int], place: Place
) -> frozenset[Cut]:
    """The cuts behind what an operator makes of its operands; `needed` are those that its gradient passes."""
    cuts = _cuts_of(state, [ref for refs in operands.values() for ref in refs])
    if state.grad_enabled:
        return cuts
    refs = tuple(needed)
    given = any_of(state.grad_of(state.tensors[ref]) for ref in refs)
    if not given.possible:
        return cuts
    where = state.call_with_grad_off(place)
    return _latest(cuts | {Cut(CutKind.NO_GRAD, where, None, given.sure, state.tick(), feeds_of(state, refs))})


def may_free(state: AutogradState, fact: OpBehaviour, operands: Operands) -> bool | None:
    """Whether a backward through the node frees what it saved: yes, no, or None where that is not known."""
    if not fact.frees_when or not fact.frees:
        return fact.frees
    grad = any_of(state.grad_of(state.tensors[ref]) for ref in flat(operands, fact.frees_when))
    return grad.sure or (None if grad.possible else False)


def _output(
    state: AutogradState,
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
    dtype = fact.kinds[index] if index < len(fact.kinds) else ""
    if alias is None:
        return state.new(grad, place, node=node, cuts=cuts, metadata=metadata, dtype=dtype or "T")
    source = state.tensors[operands[alias.parameter][0]]
    if dtype and not alias.same:
        source = source._replace(dtype=dtype)
    if region is None and alias.part:
        region = source.region.part(some=fact.some)
    if not alias.sure:
        return _perhaps_sharing(state, source, grad, node, cuts, place, same=alias.same)
    if alias.same:
        return source.ref
    if not alias.counted:
        return _on_same_memory(state, source, grad, node, cuts, place, region)
    return _view(state, source, grad, node, cuts, place, region, multi=fact.multi_view)


def _perhaps_sharing(
    state: AutogradState,
    source: Tensor,
    grad: Grad,
    node: int | None,
    cuts: frozenset[Cut],
    place: Place,
    *,
    same: bool,
) -> int:
    ref = state.new(grad, place, node=node, cuts=cuts)
    state.tensors[ref] = state.tensors[ref]._replace(hops=source.hops, via=source.via)
    state.may_share(ref, source.ref, same=same)
    return ref


def _on_same_memory(
    state: AutogradState,
    source: Tensor,
    grad: Grad,
    node: int | None,
    cuts: frozenset[Cut],
    place: Place,
    region: Region | None,
) -> int:
    """A tensor on another's memory that is no view of it: a version counter of its own, and no base."""
    ref = state.tick()
    covered = source.region.fold() if region is None else region
    state.add(
        Tensor(
            ref,
            source.storage,
            state.tick(),
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


def _view(
    state: AutogradState,
    source: Tensor,
    grad: Grad,
    node: int | None,
    cuts: frozenset[Cut],
    place: Place,
    region: Region | None,
    *,
    multi: bool,
) -> int:
    ref = state.tick()
    kind = ViewKind.MULTI if multi else ViewKind.NORMAL
    if not state.grad_enabled:
        kind = ViewKind.NO_GRAD
    if kind is ViewKind.NORMAL and source.view is not None:
        kind = source.view
    state.add(
        source._replace(
            ref=ref,
            region=source.region.fold() if region is None else region,
            grad=grad,
            node=node,
            base=source.ref if source.base is None else source.base,
            view=kind,
            fresh_at=0 if source.counter is None else state.versions[source.counter],
            cuts=cuts,
            place=place,
            metadata=UNKNOWN,
        )
    )
    return ref


def saves_of(
    state: AutogradState,
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
                when = _condition(state, slot, others, grad, needs)
                if when.possible:
                    _raise_on_inference_tensor(state, ref, slot, when)
                    readers = flat(others, slot.readers)
                    read_when = None if slot.readers == slot.when else _any_of(state, readers)
                    saves.append(_save(state, slot, ref, when, feeds_of(state, readers), read_when=read_when))
        elif slot.what.startswith("output"):
            index = int(slot.what.partition(".")[2] or 0)
            if index < len(outputs):
                saves.append(_save(state, slot, outputs[index], grad, feeds, handle=True))
    return tuple(saves)


def _raise_on_inference_tensor(state: AutogradState, ref: int, slot: SavedSlot, when: Grad) -> None:
    if state.tensors[ref].inference:
        premises = state.premises_of(when) | (frozenset() if slot.sure else frozenset({Premise.SAVED}))
        state.refused.append(
            AutogradError(ErrorKind.INFERENCE_SAVED, premises, made=state.tensors[ref].place, made_at=ref)
        )


def _condition(state: AutogradState, slot: SavedSlot, operands: Operands, grad: Grad, needs: tuple[str, ...]) -> Grad:
    """Under which gradients an operand is kept.

    One that only some of the operands' gradients need is kept if one of those has an edge: a view made
    under `no_grad` requires grad as soon as its base does, and has none.
    """
    if needs and set(slot.when).issuperset(needs) and len(operands.get(slot.what, ())) < 2:
        return grad
    return _any_of(state, flat(operands, slot.when))


def feeds_of(state: AutogradState, refs: Iterable[int]) -> tuple[int, ...]:
    """The nodes and leaves to which the gradients of these tensors go."""
    tensors = [state.tensors[ref] for ref in refs]
    return tuple([each.ref if each.node is None else each.node for each in tensors if each.grad.possible])


def _save(
    state: AutogradState,
    slot: SavedSlot,
    ref: int,
    when: Grad,
    feeds: tuple[int, ...] = (),
    *,
    handle: bool = False,
    assumed: bool = False,
    read_when: Grad | None = None,
) -> SavedTensor:
    tensor = state.tensors[ref]
    return SavedTensor(
        what=slot.what,
        ref=ref if slot.by == "reference" and not handle else None,
        storage=tensor.storage,
        counter=tensor.counter,
        version=0 if tensor.counter is None else state.versions[tensor.counter],
        time=state.clock,
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


def grad_of_call(state: AutogradState, refs: Iterable[int]) -> Grad:
    """Whether what is computed from these tensors requires grad."""
    return any_of([state.grad_of(state.tensors[ref]) for ref in refs]) if state.grad_enabled else NO


def _any_of(state: AutogradState, refs: Iterable[int]) -> Grad:
    return any_of([state.tensors[ref].grad for ref in refs])


def _cuts_of(state: AutogradState, refs: Iterable[int]) -> frozenset[Cut]:
    found = _NO_CUTS
    for ref in refs:
        its = state.tensors[ref].cuts
        found = found | its if found else its
    return _latest(found)


def cut_again(state: AutogradState, tensor: Tensor, grad: Grad, kind: CutKind, place: Place) -> frozenset[Cut]:
    """The cuts behind a tensor that is cut off, with this one if it had a graph.

    What `detach_()` took away before is given up on purpose by now.
    """
    given_up = [cut for cut in tensor.cuts if cut.kind is CutKind.DETACH_ and cut.node is not None]
    earlier = tensor.cuts.difference(given_up).union(cut._replace(node=None) for cut in given_up)
    if not grad.possible:
        return earlier
    origins = feeds_of(state, (tensor.ref,))
    return _latest(earlier | {Cut(kind, place, tensor.node, grad.sure, state.tick(), origins)})


def _latest(cuts: frozenset[Cut]) -> frozenset[Cut]:
    """At most so many cuts, the latest."""
    if len(cuts) <= MAX_CUTS:
        return cuts
    return frozenset(sorted(cuts, key=lambda cut: cut.time)[-MAX_CUTS // 2 :])


def _without(ref: int, slot: SavedSlot, operands: Operands) -> Operands:
    """The operands that one of a list is kept for: not for itself, but for the others, as the factors of a product are."""
    listed = operands[slot.what]
    if len(listed) < 2 or slot.what not in slot.when:
        return operands
    place = listed.index(ref)
    return {**operands, slot.what: (*listed[:place], *listed[place + 1 :])}
