"""The end of a path: what the writes that autograd did not see have done, and what a caller's backward would find."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.autograd.graph import ErrorKind, Node, Premise, Reads, counted
from flake8_gradsafe.autograd.tensor import Cut, CutKind, Effect, Tensor, Via
from flake8_gradsafe.interpreter.checks.constant_terms import emit_constant_terms_given_back
from flake8_gradsafe.interpreter.checks.framework_losses import emit_loss_without_graph
from flake8_gradsafe.interpreter.checks.left_over import left_over_calls
from flake8_gradsafe.interpreter.checks.out_of_reach import emit_out_of_reach, has_loss
from flake8_gradsafe.interpreter.checks.piled_up import piled_up_over_calls
from flake8_gradsafe.interpreter.checks.vain_edits import edits_left
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    HeldTensors,
    IsParameter,
    KnownTensor,
    Restored,
    RewrappedAt,
    UnusedGradient,
)
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    RETURNED,
    Instance,
    TensorValue,
)
from flake8_gradsafe.interpreter.events import (
    DataRead,
    DataWrite,
    GradientEdited,
    KeptGraph,
    NeverTrained,
    Raised,
    Rewrapped,
    SharedWrite,
    SteppedInVain,
)
from flake8_gradsafe.interpreter.paths.loop_carried import reached
from flake8_gradsafe.interpreter.paths.premises import (
    if_trained,
    is_followed,
    path_premises,
    unseen_premises,
    with_path,
    without_implied,
)
from flake8_gradsafe.interpreter.run import REDUCING, is_held_by_module, made_at, parameters_behind
from flake8_gradsafe.interpreter.tensor_names import Names
from flake8_gradsafe.knowledge import library, training

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.interpreter.domain.state import PendingWrite, State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.run import Run


_NONE_SAVED: Mapping[int, int] = MappingProxyType({})


def end_of_path(run: Run, state: State) -> None:
    """Judge what this path leaves open. A vote on it counts the ends of all paths that were entered together."""
    script = not run.scope.function
    reach = None if script or not state.pending_writes else _nodes_in_reach(state)
    saved = _last_saves(state) if state.pending_writes else {}
    for write in state.pending_writes:
        judged = classify_data_write(state, write, saved, script=script, reach=reach, in_forward=run.scope.in_forward)
        # A constructor's were made in an entry before.
        run.data_writes.setdefault((write.place, run.entries), [judged]).append(judged)
    _rewrapped(run, state)
    if state.signal == "raise":
        return
    _never_trained(run, state)
    _spare_what_is_moved(run, state)
    stepped_in_vain(run, state)
    edits_left(run, state)
    if run.scope.function:
        piled_up_over_calls(run, state)
        left_over_calls(run, state)
    if run.scope.function and run.trains:
        for edit in state.edited_gradients:
            run.events.append(GradientEdited(edit.place, path_premises(state), edit.source, None))
    _shared_writes(run, state)
    if run.trains and RETURNED in state.frame:
        emit_loss_without_graph(run, state)
        _differentiate_returned(run, state)


def _never_trained(run: Run, state: State) -> None:
    """Parameters that are stepped, and that no backward on this path has reached but through a cut."""
    found: dict[tuple[object, object], dict[int, None]] = {}
    kinds: dict[object, CutKind] = {}
    uncut: dict[tuple[object, int], None] = {}
    for step_at, ref in _untrained(state):
        cuts = [cut for leaf, cut in state.cuts if leaf == ref and state.autograd.tensors[ref].grad.possible]
        if not cuts or has_loss(ref, cuts, state):
            uncut[step_at, ref] = None
            continue
        for cut in cuts:
            found.setdefault((cut.place, step_at), {})[ref] = None
            kinds[cut.place] = cut.kind
    emit_out_of_reach(run, uncut, state)
    known = Names(state)
    for (cut_at, step_at), refs in found.items():
        held = tuple((made_at(state, ref), next(iter(known.of((ref,))), "")) for ref in refs)
        premises = with_path(if_trained(refs, state), state)
        run.emit(NeverTrained(cut_at, premises, step_at, held, kinds[cut_at]), state)


def _untrained(state: State) -> Iterator[tuple[object, int]]:
    """The parameters that are stepped, each with its step, of which it is known that they never get a gradient."""
    for step in state.optimizer_steps:
        for ref in () if step.guessed else step.held:
            tensor = state.autograd.tensors.get(ref)
            if tensor is None or ref in state.autograd.graded or (ref, "grad") in state.heap:
                continue
            if _is_surely_untrained(tensor, state) and not _is_moved_by_hand(state, tensor):
                yield step.place, ref


def _spare_what_is_moved(run: Run, state: State) -> None:
    """Note which parameters that no optimizer holds are given values in another way."""
    for ref in run.unheld:
        tensor = state.autograd.tensors.get(ref)
        if tensor is not None and (state.heap.has(ref, Restored) or _is_moved_by_hand(state, tensor)):
            run.spared_leaves.add(made_at(state, ref))


def _is_surely_untrained(tensor: Tensor, state: State) -> bool:
    """Whether a parameter that no backward in sight has reached is reached by none: no code out of sight can have led there."""
    frozen = tensor.frozen is not None and not tensor.grad.possible
    if tensor.ref in state.autograd.trained:
        return (tensor.grad.possible or frozen) and not state.hidden
    return (tensor.grad.sure or frozen) and not state.opaque


def _is_moved_by_hand(state: State, tensor: Tensor) -> bool:
    """Whether the program gives a parameter new values itself, as a moving average does, after an operator has used it."""
    first_use = min((node.id for node in state.autograd.consumers(tensor.ref)), default=None)
    writes = state.autograd.logs.get(tensor.storage, ())
    return first_use is not None and any(w.time > first_use and _brings_values(w) for w in writes)


def _brings_values(write: Write) -> bool:
    """Whether a write is the program's own and gives other values: a bound or a factor gives none."""
    return write.effect is Effect.CHANGES and write.via not in {Via.STEP, Via.LIBRARY}


def stepped_in_vain(run: Run, state: State) -> None:
    """Tell of the steps that found all gradients cleared, of tensors that a backward reaches and no other step on this path
    trains.
    """
    trained = {ref for step in state.optimizer_steps if step.had_gradient for ref in step.held}
    for step in state.optimizer_steps:
        granted = if_trained(step.held, state)
        if state.hidden:
            continue
        if state.opaque:  # code out of sight is not taken to compute gradients of this model
            granted |= {Premise.TRAINED}
        premises = granted if is_followed(state) else with_path(granted, state, step.cleared_at)
        backward = next(filter(None, (_unused_gradient(ref, state) for ref in step.held)), None)
        if step.cleared is None or backward is None or not trained.isdisjoint(step.held):
            continue
        if not any(_is_moved_by_hand(state, state.autograd.tensors[ref]) for ref in step.held):
            run.events.append(SteppedInVain(step.place, premises, backward, step.cleared))


def _unused_gradient(ref: int, state: State) -> object:
    """The backward whose gradient no step has used, whether it is there still or was cleared."""
    if (ref, "grad") in state.heap:
        return None
    kept = state.heap.fact(ref, UnusedGradient) or state.heap.fact(ref, ClearedGradient)
    return None if kept is None else kept.backward


def _rewrapped(run: Run, state: State) -> None:
    """Leaves made of what was cut off, differentiated, and of which nobody asked for the gradient or lets it be stepped."""
    stepped = {ref for step in state.optimizer_steps for ref in step.held}
    stepped |= {tensor.ref for _, held in state.heap.facts_of_kind(HeldTensors) for tensor in held.values}
    handed_on = state.escaped | set(_tensors_held(state.frame.get(RETURNED, NONE), state))
    for ref, made in state.heap.facts_of_kind(RewrappedAt):
        if made.granted or made.of_argument or ref in handed_on:
            continue  # told where it was differentiated, or it may be asked for its gradient elsewhere
        if not made.alone and not (
            run.script and parameters_behind(ref, made, state).isdisjoint(state.autograd.graded)
        ):
            continue
        if made.backward is not None and (ref, "grad") not in state.heap and ref not in stepped:
            run.emit(Rewrapped(made.place, path_premises(state), made.cut, made.backward), state)


def emit_data_writes(run: Run) -> None:
    """Tell of each `.data` write once, for all paths together: a backward that reads it rightly on one of them excuses it.

    The first judgement of each was made at the write itself: it stands for the paths that were not followed to their end. Of
    several entries into the file, the one counts that tells the most.
    """
    entries: dict[object, list[DataWrite]] = {}
    for (place, _), seen in run.data_writes.items():
        ends = seen[1:] or [replace(seen[0], in_graph=False)]
        entries.setdefault(place, []).append(_merged(ends, in_graph=all(event.in_graph for event in ends)))
    for ways in entries.values():
        run.events.append(_merged(ways, in_graph=any(event.in_graph for event in ways)))


def _merged(events: list[DataWrite], *, in_graph: bool) -> DataWrite:
    """One judgement of several of a write: the one that assumes least, if `in_graph`, of those in a graph."""
    least = min(events, key=lambda event: (in_graph and not event.in_graph, len(counted(event.premises))))
    return replace(
        least,
        in_graph=in_graph,
        read_rightly=any(event.read_rightly for event in events),
        changed_before_use=any(event.changed_before_use for event in events),
    )


def emit_reads(run: Run) -> None:
    """Tell of each `.data` through which nothing is written, except in a statement that writes through another."""
    for place, statement in run.reads.items():
        if place not in run.written and statement not in run.writing:
            run.events.append(DataRead(place, frozenset()))


def _differentiate_returned(run: Run, state: State) -> None:
    """What the caller's backward through the returned tensors would find, if there is one."""
    premise = frozenset() if run.scope.differentiated else frozenset({Premise.DIFFERENTIATED})
    reached: set[int] = set()
    for ref in dict.fromkeys(_tensors_held(state.frame[RETURNED], state)):
        fork = state.fork()
        tensor = fork.autograd.tensors[ref]
        if not fork.autograd.grad_of(tensor).possible:
            continue
        outcome = backward(fork.autograd, ref)
        reached |= outcome.leaves
        run.emit_corruptions(fork, outcome, None, premise)
        for refusal in outcome.errors:
            if refusal.kind is ErrorKind.MODIFIED:
                premises = refusal.premises | premise | unseen_premises(state, refusal)
                if not run.scope.in_forward and not fork.autograd.grad_of(tensor).sure:
                    premises |= fork.autograd.premises_of(fork.autograd.grad_of(tensor))
                targets = [write.target for write in refusal.writes]
                premises = without_implied(premises, run.scope, fork, (refusal.node, refusal.save), targets)
                premises = with_path(premises, state, refusal.since)
                run.events.append(Raised(None, premises, refusal, Names(state).of(outcome.leaves)))

    if training.is_loss(run.scope.function) or training.is_loss(run.scope.owner):
        _rewrapped_loss(run, state)
    if training.gives_loss(run.scope.function, run.scope.owner):
        emit_constant_terms_given_back(run, state, state.frame[RETURNED])
    if run.scope.in_forward:
        run.returned_leaves.update(made_at(state, leaf) for leaf in reached if leaf in state.autograd.tensors)
        _cut_off_in_forward(run, state, reached)


def _rewrapped_loss(run: Run, state: State) -> None:
    """Leaves that a loss function gives back, or adds up there, made of what it has computed of its arguments."""
    returned = _tensors_held(state.frame[RETURNED], state)
    for leaf in dict.fromkeys(leaf for ref in returned for leaf in _leaves_added_up(ref, state)):
        made = state.heap.fact(leaf, RewrappedAt)
        if made is not None and made.of_argument:
            premises = with_path(frozenset({Premise.TRAINED}), state, made.time)
            run.emit(Rewrapped(made.place, premises, made.cut, None), state)


def _leaves_added_up(ref: int, state: State) -> Iterator[int]:
    """The leaves that were made of what was cut off, and of which nothing but a sum or a mean was taken to get a tensor."""
    tensors, nodes = state.autograd.tensors, state.autograd.nodes
    start = tensors[ref].node
    if start is None:
        yield ref
        return
    leaves = state.autograd.leaves_below((start,))
    below = [node for node in reached(state, start) if node in nodes]
    if all(nodes[node].name in REDUCING for node in below) and all(
        state.heap.has(leaf, RewrappedAt) for leaf in leaves
    ):
        yield from sorted(leaves)


def _cut_off_in_forward(run: Run, state: State, reached: set[int]) -> None:
    """Parameters of a module, or of its layers, that `.data` cuts off from all that its forward returns; or a way through
    NumPy, where others are not cut off.

    What is returned as it was cut off is asked for so. Where paths were left out, one of them may return a loss.
    """
    if not state.certainty.is_modelled:
        return
    held_by_it = (state.autograd.tensors[ref] for ref in _tensors_held(state.frame[RETURNED], state))
    returned = [tensor for tensor in held_by_it if not tensor.hops]
    known = Names(state)
    reaches_some = any(state.heap.has(leaf, IsParameter) for leaf in reached)
    through_numpy = run.through_numpy if reaches_some else ()
    cuts = {cut for tensor in returned for cut in tensor.cuts}
    for cut in {cut for cut in cuts if cut.kind is CutKind.DATA or cut.place in through_numpy}:
        below = state.autograd.leaves_below(cut.origins) - reached
        own = [
            leaf
            for leaf in sorted(below)
            if state.heap.has(leaf, IsParameter) and is_held_by_module(state, leaf) and leaf not in state.differentiated
        ]
        if own:
            held = tuple((made_at(state, ref), next(iter(known.of((ref,))), "")) for ref in own)
            premises = with_path(if_trained(own, state) | {Premise.DIFFERENTIATED}, state, cut.time)
            run.emit(NeverTrained(cut.place, premises, None, held, cut.kind), state)


def _tensors_held(value: Value, state: State, depth: int = 3) -> list[int]:
    """The tensors that a value is or holds, those of an object that is no module's too."""
    if isinstance(value, Instance) and value.cls.kind != "module" and depth:
        held = (each for _, each in state.heap.attributes(value.id))
        return [ref for each in held for ref in _tensors_held(each, state, depth - 1)]
    return state.tensors_in(value)


def differentiate_first_of_two(run: Run, state: State, first: Value, since: int) -> None:
    """What one backward through the results of two calls of a forward would find of the first; the second began at `since`."""
    assumed = frozenset({Premise.DIFFERENTIATED, Premise.TWICE})
    for ref in dict.fromkeys(state.tensors_in(first)):
        fork = state.fork()
        if ref in fork.autograd.tensors and fork.autograd.grad_of(fork.autograd.tensors[ref]).possible:
            run.emit_corruptions(fork, backward(fork.autograd, ref), None, assumed, since)


def free_graph_of(state: State, value: Value) -> None:
    """Differentiate what a function gave, as its caller does."""
    for ref in dict.fromkeys(_tensors_held(value, state)):
        if state.autograd.grad_of(state.autograd.tensors[ref]).possible:
            backward(state.autograd, ref)


def differentiate_again(run: Run, state: State, kept: Mapping[str, int]) -> None:
    """Tell of what an object keeps by which a backward comes to a graph that an earlier one has freed."""
    for ref in dict.fromkeys(_tensors_held(state.frame[RETURNED], state)):
        fork = state.fork()
        if not fork.autograd.grad_of(fork.autograd.tensors[ref]).possible:
            continue
        for refusal in backward(fork.autograd, ref).errors:
            if refusal.kind is ErrorKind.FREED and refusal.node is not None and refusal.premises <= _OF_A_CALLER:
                attribute = _by_which_is_kept(refusal.node, kept, state)
                if attribute is not None and not _is_told(run, attribute):
                    place = state.autograd.nodes[state.autograd.tensors[kept[attribute]].node or 0].place
                    premises = with_path(refusal.premises | {Premise.DIFFERENTIATED}, state)
                    run.events.append(KeptGraph(place, premises, attribute, refusal.node))
                    return


def _is_told(run: Run, attribute: str) -> bool:
    return any(isinstance(event, KeptGraph) and event.attribute == attribute for event in run.events)


#: What is assumed of the graph of a forward that its caller differentiates.
_OF_A_CALLER = frozenset({Premise.TRAINED, Premise.REQUIRES_GRAD, Premise.PASSES, Premise.IS_TENSOR})


def _by_which_is_kept(node: Node, kept: Mapping[str, int], state: State) -> str | None:
    """The attribute that keeps a tensor over whose graph a node is."""
    tensors = state.autograd.tensors
    held = (name for name, ref in kept.items() if ref in tensors and node.id in reached(state, tensors[ref].node))
    return next(held, None)


def classify_data_write(
    state: State,
    write: PendingWrite,
    saved: Mapping[int, int] = _NONE_SAVED,
    *,
    script: bool = False,
    reach: set[int] | None = None,
    in_forward: bool = False,
) -> DataWrite:
    """What is known of a `.data` write at this point of the path.

    `saved`: when the values of each storage were last saved for a backward in sight. A `script` differentiates itself what is
    differentiated. `reach`: the nodes that a later backward can go through, where the path is over. `in_forward`: it is that of
    a module's forward, of which what is computed of its arguments requires grad.
    """
    tensor = state.autograd.tensors[write.target]
    cut = _first_cut(tensor) if write.via is Via.DATA else None
    granted = False
    if write.via is Via.SET_DATA:
        in_graph, origin = tensor.grad.sure, tensor.node
    else:
        granted = cut is not None and cut.node is not None and not cut.sure and state.autograd.is_over_trained(cut)
        granted |= in_forward and cut is not None and not cut.sure and _is_computed(cut, state)
        in_graph, origin = cut is not None and (cut.sure or granted), None if cut is None else cut.node
    effects = {each.effect for each in state.autograd.logs.get(tensor.storage, ()) if each.place == write.place}
    if (origin is not None and reach is not None and origin not in reach) or effects == {Effect.NOTHING}:
        in_graph = False
    return DataWrite(
        place=write.place,
        premises=write.premises | (frozenset({Premise.TRAINED}) if granted else frozenset[Premise]()),
        via=write.via,
        hops=tensor.hops,
        idiom=write.idiom,
        in_graph=in_graph,
        computed=origin is not None and not _is_moved_leaf(state, origin),
        read_rightly=_differentiated(state, tensor, origin)
        or (script and bool(state.differentiated))
        or (in_graph and origin is None and _begins_as_written(state, tensor, write)),
        changed_before_use=origin is not None
        and in_graph
        and (saved.get(tensor.storage, 0) > write.time or (write.idiom.masks and _is_used_after(write, origin, state))),
        may_keep_values=not effects.isdisjoint({Effect.MAY_CHANGE, Effect.KEEPS_SIGN}),
        module_state=write.module_state,
        tensor_evident=write.tensor_evident or state.autograd.tensors[write.target].tensor_seen,
        drops_second_order=bool(write.second_order) and write.second_order.isdisjoint(state.differentiated),
    )


def _is_used_after(write: PendingWrite, origin: int, state: State) -> bool:
    """Whether an operator has computed with the changed values, in what a backward in sight differentiates."""
    users = (node for node in state.autograd.consumers(origin) if node.id > write.time and not node.opaque)
    return any(node.id in state.differentiated for node in users)


def _is_computed(cut: Cut, state: State) -> bool:
    """Whether what was cut off surely is the result of an operator in sight."""
    node = None if cut.node is None else state.autograd.nodes.get(cut.node)
    return node is not None and not node.opaque and node.name not in library.CONVERSIONS and node.view_region is None


def _nodes_in_reach(state: State) -> set[int]:
    """The nodes through which a backward can still go when the function has returned."""
    held = list(state.heap.values())
    held += [value for frame in (MODULE_FRAME, *state.callers) for value in state.frames[frame].values()]
    refs = {value.ref for value in held if isinstance(value, (TensorValue, KnownTensor))} | state.escaped
    refs.update(state.tensors_in(state.frame.get(RETURNED, NONE)))
    pending = [
        node for ref in refs if (tensor := state.autograd.tensors.get(ref)) and (node := tensor.node) is not None
    ]
    reached: set[int] = set()
    while pending:
        node_id = pending.pop()
        if node_id not in reached and node_id in state.autograd.nodes:
            reached.add(node_id)
            pending += state.autograd.nodes[node_id].edges
    return reached


def is_final(event: DataWrite) -> bool:
    """Whether nothing that comes later on the path can make more of a write than advice."""
    harmless = event.module_state or (event.via is Via.DATA and not event.in_graph)
    return harmless and event.tensor_evident


def _is_moved_leaf(state: State, origin: int) -> bool:
    """Whether a node is a move of a leaf to a device or a dtype, which gives the leaf itself where it is there already."""
    node = state.autograd.nodes.get(origin)
    return node is not None and bool(node.leaves) and node.name in library.CONVERSIONS


def _first_cut(tensor: Tensor) -> Cut | None:
    """The cut on the handle's way from a tensor that could be in a graph."""
    places = [hop.place for hop in tensor.hops]
    return min((cut for cut in tensor.cuts if cut.place in places), key=lambda cut: cut.time, default=None)


def _differentiated(state: State, tensor: Tensor, origin: int | None) -> bool:
    """Whether a backward in sight went through the node, or reached a leaf on this memory."""
    return not state.differentiated.isdisjoint({tensor.ref, tensor.storage, origin})


def _begins_as_written(state: State, tensor: Tensor, write: PendingWrite) -> bool:
    """Whether the write gave a leaf its value before anything used it, and something does afterwards."""
    leaves = [
        each.ref for each in state.autograd.tensors_sharing(tensor.storage) if each.node is None and each.grad.possible
    ]
    uses = [node for leaf in leaves for node in state.autograd.consumers(leaf)]
    used_before = any(node.id < write.time and node.frees is not None for node in uses)
    return not used_before and any(node.id > write.time for node in uses)


def _last_saves(state: State) -> dict[int, int]:
    """When the values of each storage were last saved by an operator that a backward in sight reads."""
    last: dict[int, int] = {}
    for node in _differentiated_nodes(state):
        for save in node.saves:
            if save.reads is Reads.VALUE and save.ref is not None:
                last[save.storage] = max(save.time, last.get(save.storage, 0))
    return last


def _differentiated_nodes(state: State) -> Iterator[Node]:
    for node_id in state.differentiated:
        node = state.autograd.nodes.get(node_id)
        if node is not None:
            yield node


def _shared_writes(run: Run, state: State) -> None:
    """Writes through a detach() result whose target, surely in a graph, is used again after them."""
    for storage, log in state.autograd.logs.items():
        for write in log:
            if write.time <= run.judged_until:
                continue
            if write.via is Via.DETACH and write.effect is not Effect.NOTHING and not write.may:
                surely_used = _used_again(state, storage, write)
                granted = surely_used is None and run.scope.in_forward
                used_at = _used_again(state, storage, write, granted=True) if granted else surely_used
                excused = write.place in run.expected or write.place in run.intended
                if used_at is not None and not excused:
                    trained = frozenset({Premise.TRAINED}) if granted else frozenset[Premise]()
                    premises = with_path(trained | {Premise.CHANGES_VALUE}, state, write.target)
                    run.events.append(SharedWrite(write.place, premises, write.hops, used_at, run.scope.in_forward))


def _nodes_on(state: State, storage: int, *, granted: bool) -> set[int]:
    """The nodes of the tensors on this memory that surely are in a graph; `granted`: in that of a module's forward."""
    sharing = state.autograd.tensors_sharing(storage)
    return {each.node for each in sharing if each.node is not None and (granted or each.grad.sure)}


def _origins(tensor: Tensor, state: State, *, granted: bool) -> set[int]:
    """The nodes from which detach() surely cut a handle off on its way here: a copy in between has memory of its own.

    `granted`: in a module's forward, those also that lie over parameters.
    """
    places = [hop.place for hop in tensor.hops]
    cuts = (cut for cut in tensor.cuts if cut.kind is CutKind.DETACH and cut.place in places)
    surely = (cut for cut in cuts if cut.sure or (granted and _lies_over_parameters(cut, state)))
    return {cut.node for cut in surely if cut.node is not None}


def _lies_over_parameters(cut: Cut, state: State) -> bool:
    """Whether what was cut off was computed with parameters, of whatever module."""
    return any(state.heap.has(leaf, IsParameter) for leaf in state.autograd.leaves_below(cut.origins))


def _used_again(state: State, storage: int, write: Write, *, granted: bool = False) -> object | None:
    target = state.autograd.tensors.get(write.target)
    if target is None:
        return None
    origins = _origins(target, state, granted=granted)
    if not origins:
        return None
    origins |= _nodes_on(state, storage, granted=granted)
    later = (node for each in origins for node in state.autograd.consumers(each) if node.id > write.time)
    users = [node for node in later if granted or node.grad.sure]
    return min(users, key=lambda node: node.id).place if users else None
