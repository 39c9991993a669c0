"""torch.distributions: gradients pass from the tensors that a distribution is made of, and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.facts import Items, MadeOf
from flake8_gradsafe.interpreter.domain.values import LibraryInstance, NonTensor, TensorValue, Unknown, Value
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import distributions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.syntax import program as ir

KIND = "distribution"


def make_distribution(call: CallContext) -> Value:
    """A distribution of these tensors, or of the distributions that it is given."""
    arguments, state = call.arguments, call.state
    if arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    made = LibraryInstance(state.autograd.tick(), KIND)
    refs = _tensors_of(arguments.all(), call.node.place, state)
    state.heap.note(made.id, Items(tuple(TensorValue(ref) for ref in refs)))
    _note_parameters(call, made, refs)
    for name, value in arguments.keywords.items():
        if name not in distributions.PROPERTIES:
            state.heap[made.id, name] = value
    _keep_views(call, made)
    return made


def _note_parameters(call: CallContext, made: LibraryInstance, refs: list[int]) -> None:
    """Remember which parameter each of these tensors is, where it is known what such a distribution keeps."""
    kind, state = call.callee.rpartition(".")[2], call.state
    given = {name: call.arguments.get(place, name) for place, name in enumerate(distributions.PARAMETERS.get(kind, ()))}
    by_ref = {state.known_tensor(value): name for name, value in given.items() if value is not None}
    if kind in distributions.KEPT and by_ref.keys() >= set(refs):
        state.heap.note(made.id, MadeOf(kind, tuple(by_ref[ref] for ref in refs)))


def _kept_by(
    method: str, receiver: LibraryInstance, given: Iterable[Value], place: ir.Place, state: State
) -> list[int] | None:
    """Which of the tensors that a distribution is made of, or that are given, a method may keep; None where it may be any."""
    made = state.heap.fact(receiver.id, MadeOf)
    if made is None:
        return None
    table = distributions.KEPT[made.name]
    kept = {*table.get("", "").split(), *table.get(method, "").split()}
    own = zip(_tensors_of((receiver,), place, state), made.parameters, strict=True)
    values = _tensors_of(given, place, state) if "value" in kept else []
    return [*values, *(ref for ref, name in own if name in kept)]


def _keep_views(call: CallContext, made: LibraryInstance) -> None:
    """Give a distribution the attributes that are views of what it is made of."""
    kind, state = call.callee.rpartition(".")[2], call.state
    table = call.interp.run.operators
    fact = table.behaviour(table.methods["unsqueeze"], "input:T,dim:n")
    for place, name in enumerate(distributions.VIEWS.get(kind, ())):
        value = call.arguments.get(place, name)
        ref = None if value is None else state.known_tensor(value)
        if ref is not None and fact is not None:
            (view,) = ops.apply(state.autograd, "broadcast", fact, {"input": (ref,)}, call.node.place)
            for each in {name, distributions.ALSO.get((kind, name), name)}:
                state.heap[made.id, each] = TensorValue(view)


def distribution_method(call: CallContext, receiver: LibraryInstance) -> Value:
    """A method of a distribution: a sample has no graph, what else it gives has one."""
    given, state, place = call.arguments.all(), call.state, call.node.place
    if call.callee in distributions.THEMSELVES:
        return receiver
    if call.callee in distributions.SAMPLERS:
        return TensorValue(ops.sampled(state.autograd, _tensors_of((receiver,), place, state), place))
    if call.callee not in distributions.DIFFERENTIABLE:
        return unknown_call(call.callee, (receiver, *given), call.node, state)
    refs = _tensors_of((receiver, *given), place, state)
    kept = _kept_by(call.callee, receiver, given, place, state)
    return TensorValue(ops.composed(state.autograd, call.callee, refs, place, kept=kept))


def attribute_of_distribution(receiver: LibraryInstance, name: str, node: ir.Expression, state: State) -> Value | None:
    """A property of a distribution that is computed from what it is made of; None for any other attribute."""
    if name not in distributions.PROPERTIES:
        return None
    refs = _tensors_of((receiver,), node.place, state)
    kept = _kept_by(name, receiver, (), node.place, state)
    return TensorValue(ops.composed(state.autograd, name, refs, node.place, kept=kept))


@function_model(*distributions.DIVERGENCES)
def divergence(call: CallContext) -> Value:
    """`kl_divergence(p, q)`: gradients pass to what both are made of."""
    given, state = call.arguments.all(), call.state
    if not all(isinstance(value, LibraryInstance) for value in given):
        return unknown_call(call.callee, given, call.node, state)
    refs = _tensors_of(given, call.node.place, state)
    return TensorValue(ops.composed(state.autograd, "kl_divergence", refs, call.node.place))


def _tensors_of(values: Iterable[Value], place: ir.Place, state: State) -> list[int]:
    """The tensors among some values, and those that distributions among them are made of."""
    found: list[int] = []
    for value in values:
        if isinstance(value, LibraryInstance):
            held = state.heap.fact(value.id, Items)
            found += [item.ref for item in (() if held is None else held.values) if isinstance(item, TensorValue)]
        elif isinstance(value, Unknown) and not isinstance(value, NonTensor):
            ref = state.as_tensor(value, place)
            found += [] if ref is None else [ref]
        else:
            found += state.tensors_in(value)
    return list(dict.fromkeys(found))
