"""Of what a custom Function keeps for its backward, whose values the gradients that it computes surely depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Node, Reads
from flake8_gradsafe.autograd.tensor import NO, YES
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import HasAxes
from flake8_gradsafe.interpreter.domain.values import (
    FunctionValue,
    LibraryInstance,
    ListValue,
    Literal,
    TensorValue,
    TupleValue,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.call import CallContext
    from flake8_gradsafe.interpreter.domain.state import State

#: Where the tensor stands that is kept: under this name of the context, at this place among several.
Kept = tuple[str, int]

_NEEDS = "needs_input_grad"


def kept_tensors(context: LibraryInstance, state: State) -> dict[Kept, int]:
    """The tensors that a context keeps, by where they stand."""
    found: dict[Kept, int] = {}
    for name, value in state.heap.attributes(context.id):
        for place, item in enumerate(_items_of(value, state)):
            if isinstance(item, TensorValue):
                found[name, place] = item.ref
    return found


def _items_of(value: Value, state: State) -> tuple[Value, ...]:
    return (state.items_of(value) or ()) if isinstance(value, (TupleValue, ListValue)) else (value,)


def surely_read(
    call: CallContext, backward: FunctionValue, context: LibraryInstance, outputs: int, inputs: Iterable[int | None]
) -> dict[Kept, frozenset[int]]:
    """What the gradients of which inputs, by their number, depend on: backward is run on a state of its own, in which each
    kept tensor is a leaf, and the gradients that it gives back are looked at.

    Nothing is told where the run leaves something open, or out.
    """
    state, twin = call.state, call.state.fork()
    twin.autograd.grad_enabled = True
    leaves: dict[int, Kept] = {}
    given = LibraryInstance(twin.autograd.tick(), context.kind)
    for name, value in state.heap.attributes(context.id):
        twin.heap[given.id, name] = _with_leaves(name, value, leaves, twin)
    wanted = [ref is not None and state.autograd.grad_of(state.autograd.tensors[ref]).possible for ref in inputs]
    twin.heap[given.id, _NEEDS] = TupleValue(tuple(Literal(each) for each in wanted))
    gradients = tuple(TensorValue(twin.autograd.new(NO, call.node.place)) for _ in range(outputs))
    with call.interp.run.only_trying():
        result = call.interp.call(backward, Arguments((given, *gradients)), call.node, twin)
    if twin.signal or twin.certainty != state.certainty or twin.truncated_at != state.truncated_at:
        return {}
    found: dict[Kept, set[int]] = {}
    for number, value in enumerate(twin.items_of(result) or (result,)):
        if isinstance(value, TensorValue) and number < len(wanted) and wanted[number]:
            for leaf in _decisive(value.ref, twin):
                if leaf in leaves:
                    found.setdefault(leaves[leaf], set()).add(number)
    return {kept: frozenset(numbers) for kept, numbers in found.items()}


def _with_leaves(name: str, value: Value, leaves: dict[int, Kept], state: State) -> Value:
    """What an attribute of the context is, with a leaf of its own for each tensor."""
    items = [_leaf_for(item, (name, place), leaves, state) for place, item in enumerate(_items_of(value, state))]
    if isinstance(value, (TupleValue, ListValue)):
        return TupleValue(tuple(items))
    return items[0]


def _leaf_for(value: Value, kept: Kept, leaves: dict[int, Kept], state: State) -> Value:
    if not isinstance(value, TensorValue):
        return value
    tensor = state.autograd.tensors[value.ref]
    if tensor.dtype != "T":
        return value
    leaf = state.autograd.new(YES, tensor.place, metadata=tensor.metadata)
    axes = state.heap.fact(value.ref, HasAxes)
    if axes is not None:
        state.heap.note(leaf, axes)
    leaves[leaf] = kept
    return TensorValue(leaf)


def surely_read_again(
    call: CallContext, function: Value, given: tuple[Value, ...], reads: Iterable[int]
) -> dict[int, tuple[int, ...]]:
    """Of the tensors that a function reads without being given them, those whose values its gradients surely depend on, with
    what these gradients go to: the function is run on a state of its own, in which each of them has a gradient.
    """
    state, twin = call.state, call.state.fork()
    twin.autograd.grad_enabled = True
    began = twin.autograd.clock
    sources = {ref: _make_computed(ref, twin) for ref in reads if twin.autograd.tensors[ref].dtype == "T"}
    goals = [
        ref
        for value in given
        for ref in twin.tensors_in(value)
        if twin.autograd.grad_of(twin.autograd.tensors[ref]).possible
    ]
    with call.interp.run.only_trying():
        result = call.interp.call(function, Arguments(given), call.node, twin)
    if twin.signal or twin.certainty != state.certainty or twin.truncated_at != state.truncated_at:
        return {}
    found: dict[int, set[int]] = {}
    for value in twin.items_of(result) or (result,):
        for node_id in _decisive(value.ref, twin) if isinstance(value, TensorValue) else ():
            node = twin.autograd.nodes.get(node_id)
            for save in node.saves if node is not None and node.id > began else ():
                start = save.node if save.node is not None else save.ref
                if not save.sure or save.assumed or save.reads is not Reads.VALUE or start is None:
                    continue
                below = _below(start, twin)
                fed = {each for feed in save.feeds for each in _below(feed, twin)}
                for ref, source in sources.items():
                    if source in below:
                        found.setdefault(ref, set()).update(goal for goal in goals if _stands_for(goal, twin) in fed)
    return {ref: tuple(sorted(fed)) for ref, fed in found.items() if fed}


def _make_computed(ref: int, state: State) -> int:
    """Give a tensor a gradient, as if it were computed of a leaf of its own; gives the number of that leaf."""
    tensor = state.autograd.tensors[ref]
    leaf, node_id = state.autograd.new(YES, tensor.place), state.autograd.tick()
    below = () if tensor.node is None else (tensor.node,)
    leaves = (leaf, ref) if tensor.node is None and tensor.grad.possible else (leaf,)
    state.autograd.record(Node(node_id, "source", tensor.place, below, leaves, (), YES))
    state.autograd.tensors[ref] = tensor._replace(grad=YES, node=node_id)
    return leaf


def _stands_for(ref: int, state: State) -> int:
    node = state.autograd.tensors[ref].node
    return ref if node is None else node


def _decisive(ref: int, state: State) -> set[int]:
    """The leaves, and the nodes, on which a tensor surely depends, by operators that pass all of a gradient on."""
    return _below(_stands_for(ref, state), state)


def _below(start: int, state: State) -> set[int]:
    pending = [start]
    found: set[int] = set()
    while pending:
        start = pending.pop()
        node = state.autograd.nodes.get(start)
        if node is None or start in found:
            found.add(start)
        elif not (node.opaque or node.drops or node.vanishing):
            found.add(start)
            pending += [each for each in (*node.edges, *node.leaves) if each not in node.none]
    return found
