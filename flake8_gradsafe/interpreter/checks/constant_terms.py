"""The terms of a loss that were cut off from all that they were computed from: they move the loss, and no weight."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.interpreter.domain.facts import HeldTensors, IsParameter
from flake8_gradsafe.interpreter.domain.values import NONE, DictValue, Literal, TupleValue, Unknown, Value
from flake8_gradsafe.interpreter.events import ConstantTerm
from flake8_gradsafe.interpreter.paths.premises import with_path
from flake8_gradsafe.interpreter.tensor_names import Names
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax.queries import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.autograd.graph import BackwardResult, Node
    from flake8_gradsafe.autograd.tensor import Cut, Place, Tensor
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir

_LOSS = Literal("loss")
_SUMS = frozenset({"add", "sub", "iadd", "isub", "add_", "sub_"})
#: Of elements that are added before these, a constant may stand in a formula, as the old policy does in a divergence.
_REDUCTIONS = frozenset({"mean", "sum"})
_BINARY = frozenset({"add", "sub"})
_DIFFERENCES = frozenset({"sub", "isub", "sub_"})
#: What passes no gradient anyway is no loss to learn from, unless it is a whole term; what `detach_()` takes away from both
#: sides is told where it stands.
_OTHER_CUTS = frozenset({CutKind.OPERATOR, CutKind.DETACH_})
#: Through these a loss is still the sum of its terms, where they have one operand with a graph.
_SCALES = frozenset({"mul", "div", "neg", "squeeze", "view", "imul", "idiv", "itruediv", "mul_", "div_"})

#: What the formula of a loss is computed with.
_FORMULA = (
    _SUMS
    | _SCALES
    | _REDUCTIONS
    | training.DISTANCES
    | frozenset(
        "pow square abs sqrt norm linalg.norm exp log clamp relu nn.functional.relu unsqueeze reshape flatten".split()
    )
)


def emit_constant_terms(run: Run, state: State, outcome: BackwardResult, place: Place) -> None:
    """Tell of the terms of a loss that have no graph, since what they were computed from was cut off."""
    learned = state.differentiated - {node.id for node in outcome.nodes}
    is_lost = partial(_is_lost, learned=learned)
    for root in outcome.roots:
        tensor = state.autograd.tensors.get(root)
        start = None if tensor is None or tensor.node is None else state.autograd.nodes.get(tensor.node)
        sums = list(_sums_below(start, state))
        whole = (
            set() if any(map(_compares, sums)) else {node.id for node in _sums_below(start, state, of_elements=False)}
        )
        is_constant = partial(_is_constant, run)
        for node in sums:
            cuts = _cuts_of_constants(node, state, is_constant, is_lost, of_operators=node.id in whole)
            for cut in sorted(cuts, key=attrgetter("time")):
                _tell(run, cut, node, place, state)
        for node in _formula_below(start, state):
            for cut in sorted(_gradients_among(run, node, state), key=attrgetter("time")):
                _tell(run, cut, node, place, state)


def emit_constant_terms_given_back(run: Run, state: State, value: Value) -> None:
    """The same of a loss that a function gives back for its caller to differentiate: the terms of what it is given."""
    ref = state.known_tensor(loss_in(value, state))
    tensor = None if ref is None else state.autograd.tensors[ref]
    start = None if tensor is None or tensor.node is None else state.autograd.nodes.get(tensor.node)
    for node in _sums_below(start, state):
        for cut in sorted(
            _cuts_of_constants(node, state, _has_only_weights, _is_of_what_is_given), key=attrgetter("time")
        ):
            if not _stands_in(run.scope.body, cut.place):
                continue  # what another function cuts off is told by those that train through it
            premises = with_path(frozenset({Premise.TRAINED}), state, cut.time)
            run.emit(ConstantTerm(cut.place, premises, cut.kind, node.place, None), state, node.place)


def _stands_in(body: ir.Body, place: Place) -> bool:
    """Whether an expression stands in a body."""
    values = (value for statement in statements_in(body) for value in values_of(statement))
    return any(part.place is place for value in values for part in within(value))


def loss_in(value: Value, state: State) -> Value:
    """The loss in what is given back: itself, under the key `loss`, or the first of several."""
    if isinstance(value, DictValue):
        return next((item for key, item in state.entries_of(value) or () if key == _LOSS), NONE)
    return value.items[0] if isinstance(value, TupleValue) and value.items else value


def _is_of_what_is_given(cut: Cut, state: State) -> bool:
    """Whether a cut keeps gradients from what a function is given, unless all of that is named as what a loss compares with."""
    targets = set(_named_as_targets(state))
    pending, seen = list(cut.origins), set[int]()
    while pending:
        origin = pending.pop()
        if origin in targets or origin in seen:
            continue
        seen.add(origin)
        node = state.autograd.nodes.get(origin)
        if node is None:
            return True
        pending += [*node.edges, *node.leaves]
    return False


def _named_as_targets(state: State) -> Iterator[int]:
    """The nodes and leaves of what a loss compares with, by its name."""
    for name, value in state.frame.items():
        ref = state.known_tensor(value) if training.is_target(name) else None
        tensor = None if ref is None else state.autograd.tensors.get(ref)
        if tensor is not None:
            yield tensor.ref if tensor.node is None else tensor.node


def _tell(run: Run, cut: Cut, node: Node, backward: Place, state: State) -> None:
    sure = cut.sure or _is_second_order(cut, state)
    premises = with_path(frozenset() if sure else frozenset({Premise.TRAINED}), state, cut.time)
    run.emit(ConstantTerm(cut.place, premises, cut.kind, node.place, backward), state, node.place)


def _formula_below(start: Node | None, state: State) -> Iterator[Node]:
    """The sums and distances in the formula of a loss, as far as its elements are computed without layers."""
    pending = [] if start is None else [start]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if node.id in seen or node.name not in _FORMULA:
            continue
        seen.add(node.id)
        if node.terms and node.name in _SUMS | training.DISTANCES:
            yield node
        pending += [state.autograd.nodes[edge] for edge in node.edges if edge in state.autograd.nodes]


def _gradients_among(run: Run, node: Node, state: State) -> set[Cut]:
    """The newest gradients without a graph that are terms of a formula, and that depend on parameters which are trained."""
    found: set[Cut] = set()
    for ref in node.terms:
        term = state.autograd.tensors.get(ref)
        if term is None or not _is_constant(run, term, state):
            continue
        lost = [cut for cut in term.cuts if cut.kind is CutKind.FIRST_ORDER and _is_of_parameters(cut, state)]
        if lost and len(lost) == sum(cut.kind is not CutKind.OPERATOR for cut in term.cuts):
            found.add(max(lost, key=attrgetter("time")))
    return found


def _is_of_parameters(cut: Cut, state: State) -> bool:
    """Whether a gradient depends on parameters that an optimizer holds."""
    below = state.autograd.leaves_below(cut.origins)
    held = {tensor.ref for _, fact in state.heap.facts_of_kind(HeldTensors) for tensor in fact.values}
    if below.isdisjoint(held | state.autograd.trained):
        return False
    return cut.sure or state.autograd.is_over_trained(cut) or _is_second_order(cut, state)


def _is_second_order(cut: Cut, state: State) -> bool:
    """Whether a gradient is one of another gradient that has a graph, and for which weights were saved."""
    if cut.kind is not CutKind.FIRST_ORDER:
        return False
    nodes = (state.autograd.nodes.get(origin) for origin in cut.origins)
    saves = (save for node in nodes if node is not None and node.gradient for save in node.saves)
    weights = (each.ref for save in saves for each in state.autograd.tensors_sharing(save.storage))
    return any(state.heap.has(weight, IsParameter) and _is_sure(weight, state) for weight in weights)


def _sums_below(start: Node | None, state: State, *, of_elements: bool = True) -> Iterator[Node]:
    """The nodes that add up the loss that ends in a node; not those that add elements which are reduced later, except by
    `+=`, if `of_elements`.
    """
    pending = [] if start is None else [(start, False)]
    seen: set[int] = set()
    while pending:
        node, elementwise = pending.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        elementwise = elementwise or node.name in _REDUCTIONS
        below = [state.autograd.nodes[edge] for edge in node.edges if edge in state.autograd.nodes]
        if node.name in _SUMS and (node.terms or node.read):
            if not elementwise or (of_elements and node.name == "iadd"):
                yield node
            pending += [(each, elementwise) for each in below]
        elif node.name in _SUMS | _SCALES | _REDUCTIONS and len(below) == 1:
            pending += [(each, elementwise) for each in below]


def _cuts_of_constants(
    node: Node,
    state: State,
    is_constant: Callable[[Tensor, State], bool],
    is_lost: Callable[[Cut, State], bool],
    *,
    of_operators: bool = False,
) -> set[Cut]:
    """The newest cuts behind each term of a sum that `is_constant`, of those by which gradients are lost.

    `of_operators`: what passes no gradient counts as well, where nothing else has cut a term off.
    """
    found: set[Cut] = set()
    terms = [state.autograd.tensors[ref] for ref in node.terms if ref in state.autograd.tensors]
    constants = [term for term in terms if is_constant(term, state)]
    if node.name in _BINARY and len(constants) == len(terms):
        return found  # the whole loss is
    numbers = [state.autograd.nodes[term.node].read for term in constants if term.node in state.autograd.nodes]
    whole = [term.cuts for term in constants if not _is_used_below(term, node, state)]
    for cuts in (node.read, *numbers, *whole):
        others = [cut for cut in cuts if cut.kind not in _OTHER_CUTS] or (_by_operators(cuts) if of_operators else [])
        lost = [cut for cut in others if is_lost(cut, state)]
        if lost and not any(_takes_back_a_term(cut, node, state) for cut in others):
            found.add(max(lost, key=attrgetter("time")))
    return found


def _by_operators(cuts: Iterable[Cut]) -> list[Cut]:
    return [cut for cut in cuts if cut.kind is CutKind.OPERATOR]


def _compares(node: Node) -> bool:
    """Whether a sum takes one tensor away from another: a loss of two scores may count the errors between as their margin."""
    return node.name in _DIFFERENCES and len(node.terms) > 1


def _is_constant(run: Run, term: Tensor, state: State) -> bool:
    """Whether nothing that is trained gets a gradient through a term."""
    if not state.autograd.grad_of(term).possible:
        return True
    if term.grad.sure or not state.autograd.trained:
        return False
    below = state.autograd.leaves_below([term.node if term.node is not None else term.ref])
    if any(leaf in state.autograd.trained or _is_sure(leaf, state) for leaf in below):
        return False
    return not any(map(run.may_hide_parameters, _nodes_below(term, state)))


def _has_only_weights(term: Tensor, state: State) -> bool:
    """Whether a term of a loss that a function gives back gets its gradient from its weight alone, if from anything."""
    if not state.autograd.grad_of(term).possible:
        return True
    node = None if term.node is None else state.autograd.nodes.get(term.node)
    if term.grad.sure or node is None or node.name not in _SCALES or node.edges:
        return False
    return all(_is_only_weight(leaf, state) for leaf in node.leaves)


def _is_only_weight(leaf: int, state: State) -> bool:
    """Whether something may be a number for all that is known, and weighs a term by its name, or its attribute's."""
    if leaf not in state.autograd.tensors or state.autograd.tensors[leaf].tensor_seen:
        return False
    named = (*Names(state).of_any((leaf,)), *_attributes_of(leaf, state))
    return any(map(training.is_weight, named))


def _attributes_of(leaf: int, state: State) -> Iterator[str]:
    for (_, key), value in state.heap.items():
        if isinstance(key, str) and isinstance(value, Unknown) and state.known_tensor(value) == leaf:
            yield key


def _is_sure(leaf: int, state: State) -> bool:
    return leaf in state.autograd.tensors and state.autograd.tensors[leaf].grad.sure


def _nodes_below(term: Tensor, state: State) -> Iterator[Node]:
    return _nodes_below_all(() if term.node is None else (term.node,), state)


def _nodes_below_all(starts: Iterable[int], state: State) -> Iterator[Node]:
    pending = list(starts)
    seen: set[int] = set()
    while pending:
        node_id = pending.pop()
        if node_id not in seen and node_id in state.autograd.nodes:
            seen.add(node_id)
            yield state.autograd.nodes[node_id]
            pending += state.autograd.nodes[node_id].edges


def _is_lost(cut: Cut, state: State, learned: frozenset[int]) -> bool:
    """Whether a cut keeps gradients from what is trained, and was not learned from before.

    `learned` are the nodes that earlier backwards went through.
    """
    if not cut.sure and not state.autograd.is_over_trained(cut):
        return False
    if cut.kind is CutKind.FIRST_ORDER:
        return True  # what went through it taught nothing
    return learned.isdisjoint(origin for origin in cut.origins if origin in state.autograd.nodes)


def _takes_back_a_term(cut: Cut, node: Node, state: State) -> bool:
    """Whether what is cut off was computed from another term of the same sum: together they only change its value."""
    below = {*cut.origins, *(each.id for each in _nodes_below_all(cut.origins, state))}
    terms = (state.autograd.tensors[ref] for ref in node.terms if ref in state.autograd.tensors)
    return not below.isdisjoint(term.ref if term.node is None else term.node for term in terms)


def _is_used_below(term: Tensor, node: Node, state: State) -> bool:
    """Whether a constant is in what it is added to as well, as the largest score in the logarithm of a sum of exponentials."""
    below = _nodes_below_all(node.edges, state)
    return any(term.ref in each.terms for each in below)
