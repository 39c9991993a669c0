"""`detach_()` on a tensor that goes on to be used as what it was: by its own name, or by the caller."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import LostShare, Premise
from flake8_gradsafe.idioms.cut_sites import CutSite, cut_sites, does_nothing_but_cut, is_named_for_cutting
from flake8_gradsafe.interpreter.domain.facts import CutWhileKept, Items
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.events import LostGradient
from flake8_gradsafe.interpreter.paths.premises import with_path
from flake8_gradsafe.interpreter.tensor_names import LeafNames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import BackwardResult
    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.run import Run


def note_shared_cut(run: Run, place: Place, ref: int, state: State) -> None:
    """Remember a `detach_()` that is called for its value, or on behalf of somebody else, while the tensor is in use."""
    site = _site(run, place)
    if site is None or not site.may_cut_what_is_used:
        return
    if site.is_called_for_its_value or (
        run.running and not site.returned and not _is_called_to_cut(run) and _caller_holds(ref, state)
    ):
        run.shared_cuts.add(place)
    elif site.direct and any(state.heap.has(owner, Items) for owner, _ in state.heap.holding(ref)):
        state.heap.note(ref, CutWhileKept(place, run.loops[-1] if run.loops else None))
        run.kept_cuts.add(place)


def note_read_where_kept(run: Run, values: Iterable[Value], state: State) -> None:
    """Note that what a list or a dict keeps is read from there, behind the loop in which it was cut off by its own name."""
    for value in values:
        for ref in state.tensors_in(value):
            kept = state.heap.fact(ref, CutWhileKept)
            if kept is not None and not any(loop is kept.loop for loop in run.loops):
                run.shared_cuts.add(kept.place)


def emit_shared_cuts(run: Run, state: State, outcome: BackwardResult) -> None:
    """Tell what a differentiated loss has lost by such a call, although no use before it is reached any more."""
    roots = [tensor for root in outcome.roots if (tensor := state.autograd.tensors.get(root)) is not None]
    cuts = {cut for root in roots for cut in root.cuts if cut.place in run.shared_cuts}
    if not cuts or outcome.raises:
        return
    reached = {node.id for node in outcome.nodes}
    below = LeafNames(state, run.naming_budget)
    for cut in sorted(cuts, key=attrgetter("time")):
        node = state.autograd.nodes.get(cut.node or 0)
        if node is None or node.id in reached or node.id in state.differentiated:
            continue
        if not cut.sure and not state.autograd.is_granted(node.grad):
            continue
        premises = with_path(frozenset() if cut.sure else frozenset({Premise.TRAINED}), state, node.id)
        share = LostShare(cut, node, premises, used_before=False)
        run.emit(LostGradient(cut.place, premises, share, below.of((node.id,))), state)


def _site(run: Run, place: Place) -> CutSite | None:
    body = run.body
    if id(body) not in run.cut_sites:
        run.cut_sites[id(body)] = cut_sites(body)
    return run.cut_sites[id(body)].get(place)


def _is_called_to_cut(run: Run) -> bool:
    """Whether the function that runs cuts off on purpose, and its caller names it: of a callback the caller knows nothing."""
    function = run.running[-1]
    return is_named_for_cutting(function) or (does_nothing_but_cut(function) and not run.called_back[-1])


def _caller_holds(ref: int, state: State) -> bool:
    """Whether a name in the frame of a caller holds a tensor, or something that holds it."""
    frames = [state.frames.get(frame, {}) for frame in (*state.callers, MODULE_FRAME)]
    return any(ref in state.tensors_in(value) for frame in frames for value in frame.values())
