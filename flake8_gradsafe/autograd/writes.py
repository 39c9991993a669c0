"""Writes: in-place operators, assignments to `.data`, `detach_()` and `requires_grad_()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Node, Premise
from flake8_gradsafe.autograd.region import WHOLE, Region
from flake8_gradsafe.autograd.tensor import (
    NO,
    YES,
    Cut,
    CutKind,
    Effect,
    Grad,
    Swap,
    Tensor,
    Via,
    ViewKind,
    Write,
    any_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.tensor import Place
from flake8_gradsafe.autograd.ops import cut_again, cuts_of_call, feeds_of, grad_of_call, may_free, saves_of
from flake8_gradsafe.autograd.state import AutogradState, Operands, flat, unseen_premise

#: In-place operators whose result does not depend on the values that were there, by name without underscores.
_REPLACING = frozenset(
    "copy fill zero setitem constant zeros ones out= "
    "normal uniform random bernoulli exponential log_normal cauchy geometric".split()
)


def write(
    state: AutogradState,
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
    others = flat(operands, operands)
    grad = NO if state.tensors[target].counter is None else grad_of_call(state, (target, *others))
    sliced = region is not None and not _picks(fact, operands)
    if grad.possible and _raises_on_write(state, target, grad, sliced=sliced, out=out):
        return
    if grad.possible and not out:
        _write_as_operator(state, target, effect, place, grad, name, fact, operands, region, via, repeats)
    else:
        _log(state, state.tensors[target], effect, place, region, via, repeats)
    tensor = state.tensors[target]
    is_leaf = tensor.node is None and tensor.grad.sure  # what a leaf was before is no way to anything
    cuts = cuts_of_call(state, operands, others if is_leaf else (target, *others), place)
    cuts |= _cuts_of_handle(tensor) if _replaces(name, region, tensor) else tensor.cuts
    if cuts != tensor.cuts:
        state.tensors[target] = tensor._replace(cuts=cuts)
    if tensor.via is Via.DATA:
        dropped = _dropped(state, others, place)
        for owner in state.tensors_sharing(tensor.storage) if dropped else ():
            if owner.ref != target and owner.via is Via.PLAIN:
                state.tensors[owner.ref] = owner._replace(cuts=owner.cuts | dropped)


def _dropped(state: AutogradState, values: Iterable[int], place: Place) -> frozenset[Cut]:
    """The cuts of what is put into the memory of a tensor behind autograd's back: the graphs of the values stay behind."""
    known = [(state.tensors[value], state.grad_of(state.tensors[value])) for value in values]
    cuts = (cut_again(state, value, grad, CutKind.DATA, place) for value, grad in known)
    return frozenset(cut for each in cuts for cut in each if cut.place is place)


def mark_dirty(state: AutogradState, target: int) -> None:
    """A custom Function says that it works in place on a tensor: refused where an in-place operator would be."""
    grad = grad_of_call(state, (target,))
    if grad.possible:
        _raises_on_write(state, target, grad, sliced=False, out=False, leaf=ErrorKind.LEAF_DIRTY)


def set_data(state: AutogradState, target: int, value: int, place: Place, effect: Effect = Effect.CHANGES) -> None:
    """`target.data = value`: the object keeps its counter and its node, and has another's memory from now
    on.
    """
    old, new = state.tensors[target], state.tensors[value]
    write = Write(state.tick(), place, old.region, effect, None, Via.SET_DATA, target, old.hops)
    state.swaps[target] = (*state.swaps.get(target, ()), Swap(write, new.storage, new.region))
    cuts = old.cuts | _dropped(state, (value,), place) if old.ref != value else old.cuts
    cuts |= frozenset(cut for cut in new.cuts if cut.place is place)
    state.tensors[target] = old._replace(storage=new.storage, region=new.region, metadata=new.metadata, cuts=cuts)
    state._refs_on[new.storage].add(target)


def detach_in_place(state: AutogradState, target: int, place: Place) -> None:
    """`target.detach_()`: refused on a view, else the object loses its node, whoever holds it.

    What mends a refused one gives the object without its node as well.
    """
    tensor = state.tensors[target]
    if tensor.base is not None:
        state.refused.append(
            AutogradError(ErrorKind.DETACH_VIEW, unseen_premise(tensor), made=tensor.place, made_at=tensor.ref)
        )
    elif state.shares.get(tensor.storage):
        state.refused.append(
            AutogradError(
                ErrorKind.DETACH_VIEW,
                unseen_premise(tensor) | {Premise.SHARES_MEMORY},
                made=tensor.place,
                made_at=tensor.ref,
            )
        )
    cuts = tensor.cuts
    if tensor.grad.possible:
        cuts = cut_again(state, tensor, tensor.grad, CutKind.DETACH_, place)
    frozen = place if tensor.node is None and (tensor.grad.sure or target in state.trained) else None
    state.tensors[target] = tensor._replace(grad=NO, node=None, cuts=cuts, frozen=frozen, frozen_in=None)


def require_grad(
    state: AutogradState, target: int, value: bool, place: Place = None, *, assigned: bool = False
) -> None:
    """`target.requires_grad_(value)`: only leaves can stop requiring grad.

    `assigned`: it is `target.requires_grad = value`, which is refused for what is computed whatever the value.
    """
    tensor = state.tensors[target]
    if tensor.node is None:
        required = tensor.grad.sure or (target in state.trained and tensor.grad.possible)
        frozen = None if value else place if required else tensor.frozen
        wanted = Grad(sources=frozenset({target})) if target in state.trained else YES
        state.tensors[target] = tensor._replace(grad=wanted if value else NO, frozen=frozen, frozen_in=state.calls)
    elif not value or (assigned and tensor.grad.sure):
        # What a move gives may be the leaf itself.
        perhaps = frozenset({Premise.SHARES_MEMORY}) if state.shares.get(tensor.storage) else frozenset[Premise]()
        premises = state.premises_of(tensor.grad) | perhaps
        state.refused.append(AutogradError(ErrorKind.NON_LEAF, premises, made=tensor.place, made_at=tensor.ref))
        if value:  # whoever wants a leaf will make one of it
            state.tensors[target] = tensor._replace(grad=YES, node=None)
    elif not tensor.grad.sure:  # who asks for this takes it for a leaf: what it was computed from required no grad
        state.tensors[target] = tensor._replace(grad=YES, node=None)


def _write_as_operator(
    state: AutogradState,
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
    tensor = state.refresh_grad_fn(target)
    root = target if tensor.base is None else tensor.base
    others = flat(operands, operands)
    edges, leaves = state.edges((root, *others))
    node_id = state.tick()
    slots, needs = (fact.saves, fact.needs) if fact else ((), ())
    if fact:
        operands = {**{alias.parameter: (root,) for alias in fact.aliases if alias.same}, **operands}
    feeds = feeds_of(state, (root, *flat(operands, operands)))
    saves = saves_of(state, [s for s in slots if not s.what.startswith("output")], operands, [], grad, feeds, needs)
    written = tensor.region if region is None else region
    part, none = _hidden(state, root, written, name, others)
    # Elements that are not written have no graph, where the base had none.
    bare = not feeds_of(state, (root,)) and not written.covers(state.tensors[root].region)
    _log(state, tensor, effect, place, region, via, repeats)
    _rebase(state, target, node_id, grad, sliced=region is not None and not _picks(fact, operands))
    saves += saves_of(state, [s for s in slots if s.what.startswith("output")], {}, [target], grad, feeds)
    # What writes into a view becomes a part of the base's node, which a backward frees whatever it has
    # saved.
    in_view = tensor.base is not None or region is not None
    frees = True if in_view else may_free(state, fact, operands) if fact else False
    drops = bare or bool(part) or (fact is not None and fact.masks)
    state.record(Node(node_id, name, place, edges, leaves, saves, grad, frees, part, none, drops))


def _hidden(
    state: AutogradState, root: int, region: Region, name: str, others: Sequence[int]
) -> tuple[frozenset[int], frozenset[int]]:
    """What a write into `region` of `root` passes a part of its gradient to, and what nothing: the old
    values' nodes.
    """
    if name.strip("_") not in _REPLACING:
        return frozenset(), frozenset()
    old = frozenset(feeds_of(state, (root,))) - set(feeds_of(state, others))
    return (frozenset(), old) if region.covers(state.tensors[root].region) else (old, frozenset())


def _raises_on_write(
    state: AutogradState, target: int, grad: Grad, *, sliced: bool, out: bool, leaf: ErrorKind = ErrorKind.LEAF_WRITE
) -> bool:
    """Whether PyTorch surely refuses an in-place operator with grad mode on; what it may refuse is noted
    as well.

    `sliced`: it goes through a slice of the target, which is a view. `leaf`: why it is refused of a leaf itself.
    """
    tensor = state.tensors[target]
    own = state.grad_of(tensor)
    before = len(state.refused)
    if out:
        state.refused.append(
            AutogradError(ErrorKind.OUT_AUTOGRAD, state.premises_of(grad) | unseen_premise(tensor), made_at=tensor.ref)
        )
    elif tensor.view not in {None, ViewKind.NORMAL}:
        state.raise_on_view(tensor, grad)
    elif own.possible and state.tensors[tensor.ref if tensor.base is None else tensor.base].node is None:
        reason = leaf if tensor.base is None and not sliced else ErrorKind.LEAF_VIEW_WRITE
        state.refused.append(
            AutogradError(
                reason, state.premises_of(own) | unseen_premise(tensor), made=tensor.place, made_at=tensor.ref
            )
        )
    return any(not refusal.premises for refusal in state.refused[before:])


def _log(
    state: AutogradState,
    tensor: Tensor,
    effect: Effect,
    place: Place,
    region: Region | None,
    via: Via | None,
    repeats: object,
) -> None:
    covered = tensor.region if region is None else region
    if repeats is not None and _is_repeated(state, tensor, place, covered, repeats):
        effect = Effect.NOTHING
    write = Write(
        time=state.tick(),
        place=place,
        region=covered,
        effect=effect,
        counter=None if state.uncounted else tensor.counter,
        via=Via.DATA if state.uncounted else via or tensor.via,
        target=tensor.ref,
        hops=tensor.hops,
        updates_leaf=not state.grad_enabled and tensor.node is None and _requires_grad(state, tensor),
        calls=state.calls,
        repeats=repeats,
    )
    state.logs[tensor.storage] = (*state.logs.get(tensor.storage, ()), write)
    if write.counter is not None:
        state.versions[write.counter] += 1
    for share in state.shares.get(tensor.storage, ()):
        counter = share.counter if write.counter == share.own_counter else None
        touched = covered if share.aligned or covered == WHOLE else WHOLE.part()
        twin = write._replace(counter=counter, may=True, region=touched)
        state.logs[share.storage] = (*state.logs.get(share.storage, ()), twin)


def _requires_grad(state: AutogradState, tensor: Tensor) -> bool:
    return tensor.grad.sure or (tensor.ref in state.trained and tensor.grad.possible)


def _is_repeated(state: AutogradState, tensor: Tensor, place: Place, covered: Region, repeats: object) -> bool:
    """Whether the very same values were written before, and nothing else since where they are."""
    fills = isinstance(repeats, tuple) and covered == tensor.region
    for write in reversed(state.logs.get(tensor.storage, ())):
        if write.repeats == repeats and write.region == covered and (fills or write.place is place):
            return True
        if write.region.overlaps(covered) is not False and write.effect is not Effect.NOTHING:
            return False
    return False


def _rebase(state: AutogradState, target: int, node_id: int, grad: Grad, *, sliced: bool) -> None:
    """Make `node_id` the node of what was written; a view's base takes it.

    The written view is made anew from the base at once. That is not the target if it was written through
    a slice.
    """
    tensor = state.tensors[target]
    root = tensor if tensor.base is None else state.tensors[tensor.base]
    state.tensors[root.ref] = root._replace(node=node_id, grad=any_of((root.grad, grad)))
    if tensor.base is not None and not sliced:
        state.refresh_grad_fn(target)


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
