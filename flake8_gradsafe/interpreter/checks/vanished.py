"""Operators through which a backward passes nothing but zeros, on all ways to a parameter or in a whole term of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise, Vanishing
from flake8_gradsafe.interpreter.domain.facts import HeldTensors
from flake8_gradsafe.interpreter.events import GradientVanishes
from flake8_gradsafe.interpreter.paths.loop_carried import reached
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path
from flake8_gradsafe.interpreter.tensor_names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.autograd.graph import BackwardResult, Node
    from flake8_gradsafe.autograd.tensor import Place, Tensor
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.run import Run

#: What puts a loss together of its terms.
_SUMS = frozenset({"add", "sub", "iadd", "isub", "add_", "sub_", "sum", "mean", "neg", "stack"})
_SCALES = frozenset({"mul", "div", "squeeze", "view", "imul", "idiv", "itruediv"})

#: Who only tries whether a backward runs adds up and rounds whatever there is.
_TRIED = frozenset({Vanishing.SUM_OF_ONE, Vanishing.STEP})


def emit_vanished(run: Run, state: State, outcome: BackwardResult, place: Place) -> None:
    """Tell of the operators that keep all of a gradient from leaves that a backward reaches."""
    run.passed_through.update(node.place for node in outcome.nodes if node.vanishing is None)
    if not any(node.vanishing for node in outcome.nodes) or not outcome.accumulated:
        return
    starts = [node for root in outcome.roots if (node := state.autograd.tensors[root].node) is not None]
    told: dict[int, bool] = {}
    for start in starts:
        for vanishing in _blocking(start, state, whole=True):
            told[vanishing] = False
        for term in _terms_below(start, state):
            for vanishing in _blocking(term, state, whole=False):
                told.setdefault(vanishing, True)
    names = Names(state)
    for node_id, term in told.items():
        _tell(run, state.autograd.nodes[node_id], names, place, state, term=term)


def emit_taken_back(run: Run, operands: tuple[Value, Value], result: Value, place: Place, state: State) -> None:
    """Tell of a sum in a module's forward that takes away again one of its `operands`: no gradient passes to that.

    What is left may have been computed from it as well: then a gradient comes to it by that way.
    """
    total = state.known_tensor(result)
    if not run.trains or total is None or not (run.scope.in_forward or state.autograd.tensors[total].grad.sure):
        return
    node = state.autograd.nodes.get(state.autograd.tensors[total].node or 0)
    sides = [state.autograd.tensors[ref] for value in operands if (ref := state.known_tensor(value)) is not None]
    for added, difference in (sides, sides[::-1]) if len(sides) == len(operands) and node is not None else ():
        terms = () if difference.node not in state.autograd.nodes else state.autograd.nodes[difference.node].terms
        left = [state.autograd.tensors[ref] for ref in terms if ref != added.ref and ref in state.autograd.tensors]
        if added.ref not in terms or not state.autograd.grad_of(added).possible or _leads_to(left, added, state):
            continue
        premises = with_path(frozenset({Premise.TRAINED}), state, node.id if node is not None else 0)
        named = Names(state).of_any((added.ref,))
        run.emit(GradientVanishes(place, premises, Vanishing.TAKEN_BACK, None, named, term=False), state)


def _leads_to(tensors: Iterable[Tensor], goal: Tensor, state: State) -> bool:
    """Whether the gradient of any of these comes to a tensor."""
    starts = [tensor.ref if tensor.node is None else tensor.node for tensor in tensors]
    wanted = goal.ref if goal.node is None else goal.node
    below = {wanted} & {*starts, *state.autograd.leaves_below(starts)}
    return bool(below) or any(wanted in reached(state, start) for start in starts)


def _tell(run: Run, node: Node, names: Names, backward: Place, state: State, *, term: bool) -> None:
    leaves = state.autograd.trainable_below((node.id,))
    trains = not state.autograd.trained.isdisjoint(leaves) or state.heap.owners(HeldTensors)
    if node.vanishing is None or (node.vanishing in _TRIED and not trains):
        return
    premises = if_trained(leaves, state) | ({Premise.TWO_AXES} if node.if_two_axes else set())
    told_of = names.of(leaves)
    event = GradientVanishes(node.place, with_path(premises, state, node.id), node.vanishing, backward, told_of, term)
    run.emit(event, state)


def _blocking(start: int, state: State, *, whole: bool) -> list[int]:
    """The operators below a node that pass nothing on to leaves which the walk from there reaches by no other way.

    `whole`: the node is that of the loss itself; else it is that of a term, and counts only if nothing of it is left.
    """
    alive, blocked, opaque = _walk(start, state, whole=whole)
    if opaque or not blocked or (not whole and alive):
        return []
    return [node for node in blocked if state.autograd.trainable_below((node,)) - alive]


def _walk(start: int, state: State, *, whole: bool) -> tuple[set[int], list[int], bool]:
    """The trained leaves that a gradient comes to from a node, the nodes that it does not pass, and whether code out of sight
    may lead to others.
    """
    autograd = state.autograd
    alive: set[int] = set()
    blocked: list[int] = []
    opaque = False
    pending, seen = [start], set[int]()
    while pending:
        node = autograd.nodes.get(pending.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        if node.vanishing is not None and (node.vanishing is not Vanishing.ZERO or (whole and node.id == start)):
            blocked.append(node.id)
            continue
        opaque |= node.opaque and not node.trained
        alive.update(leaf for leaf in node.leaves if autograd.is_trainable(leaf))
        pending += node.edges
    return alive, blocked, opaque


def _terms_below(start: int, state: State) -> Iterator[int]:
    """The nodes of the terms of a loss that ends in a node."""
    pending, seen = [start], set[int]()
    while pending:
        node = state.autograd.nodes.get(pending.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        if node.vanishing is None and _puts_together(node):
            pending += node.edges
        else:
            yield node.id


def _puts_together(node: Node) -> bool:
    return not node.leaves and (node.name in _SUMS or (node.name in _SCALES and len(node.edges) == 1))
