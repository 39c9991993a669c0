"""What a loop carries over: the tensors by which a backward comes to the graph of an earlier round."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.idioms.bindings import statements_in, unconditional
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.autograd.graph import Node
    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State


class LoopCarried(NamedTuple):
    """Tensors that are made anew in each round of a loop, out of what the round before made. `next_reads` is where the next
    round takes them, empty where there is no doubt which they are: an operator may have several results, of which one is
    taken."""

    refs: frozenset[int]
    next_reads: tuple[Place, ...] = ()


def loop_carried(state: State, root: int) -> LoopCarried | None:
    """What is carried over, as seen from a backward that begins at `root`. None where it comes to no round before."""
    crossed = [
        (node.place, place) for node, earlier in _borders(state, root) for place in _repeated(state, node, earlier)
    ]
    if not crossed:
        return None
    nodes, made_at = state.autograd.nodes, {place for _, place in crossed}
    results = [
        each for each in state.autograd.tensors.values() if each.node in nodes and nodes[each.node].place in made_at
    ]
    several = len({each.node for each in results}) < len(results)
    return LoopCarried(frozenset(each.ref for each in results), tuple(taken for taken, _ in crossed) if several else ())


def made_like_what_is_given(state: State, node: Node) -> frozenset[int]:
    """The tensors that this round makes where an earlier one made what the code of a node was given when it ran again."""
    nodes = state.autograd.nodes
    later = [made for made in nodes.values() if made.place is node.place and made.id > node.id]
    places = {nodes[edge].place for made in later for edge in made.edges if edge in nodes}
    return frozenset(
        each.ref for each in state.autograd.tensors.values() if each.node in nodes and nodes[each.node].place in places
    )


def is_of_earlier_round(state: State, root: int, node: Node) -> bool:
    """Whether a backward from `root` comes to a node by way of one whose code has made another since."""
    nodes = state.autograd.nodes
    newest: dict[int, int] = {}
    for made in nodes.values():
        newest[id(made.place)] = max(made.id, newest.get(id(made.place), 0))
    found = reached(state, state.autograd.tensors[root].node)
    again = [each for each in found if newest[id(nodes[each].place)] > each]
    return any(node.id in reached(state, each) for each in again)


def is_surely_reached(state: State, root: int, node: Node) -> bool:
    """Whether nothing out of sight, but for models and losses, can have cut a backward from `root` off from a node."""
    return node.id in reached(state, state.autograd.tensors[root].node, in_sight=True)


def runs_in_each_round(statement: Place, body: ir.Body) -> bool:
    """Whether a loop of a body runs a statement in each of its rounds: no condition stands between."""
    loops = (each for each in statements_in(body) if isinstance(each, ir.Loop))
    return any(inner.place is statement for loop in loops for inner in unconditional(loop.body))


def is_stepped_since(state: State, node: Node) -> bool:
    """Whether an optimizer, or an update under no_grad, has changed a leaf since a node was made."""
    writes = (write for log in state.autograd.logs.values() for write in log)
    return any(write.time > node.id and (write.via is Via.STEP or write.updates_leaf) for write in writes)


def _borders(state: State, root: int) -> Iterator[tuple[Node, Node]]:
    """The edges that lead from nodes without a backward yet to those that a backward has gone through."""
    for node_id in reached(state, state.autograd.tensors[root].node):
        if node_id not in state.differentiated:
            node = state.autograd.nodes[node_id]
            yield from ((node, state.autograd.nodes[edge]) for edge in node.edges if edge in state.differentiated)


def _repeated(state: State, node: Node, earlier: Node) -> Iterator[Place]:
    """Where the earlier node was made, if the code that made the later one has made one below it, too."""
    if any(state.autograd.nodes[each].place is node.place for each in reached(state, earlier.id)):
        yield earlier.place


def reached(state: State, start: int | None, *, in_sight: bool = False) -> set[int]:
    """The nodes below one; `in_sight`: without those that code out of sight would have to hand the gradient on to."""
    nodes = state.autograd.nodes
    seen: set[int] = set()
    pending = [start]
    while pending:
        node_id = pending.pop()
        if node_id in nodes and node_id is not None and node_id not in seen:
            seen.add(node_id)
            node = nodes[node_id]
            if not in_sight or not node.opaque or node.trained or _passes_on(node.name):
                pending += node.edges
    return seen


def _passes_on(name: str) -> bool:
    """Whether what code out of sight gives surely depends on what it is given: a part of that, or a loss."""
    return name in _TAKING or training.is_loss(name)


_TAKING = frozenset({"part", "item", "index"})
