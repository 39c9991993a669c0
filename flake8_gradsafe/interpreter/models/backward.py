"""`backward()` and `torch.autograd.grad`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind
from flake8_gradsafe.autograd.tensor import NO, Cut, CutKind
from flake8_gradsafe.interpreter.call import CallContext, function_model, method_model
from flake8_gradsafe.interpreter.checks.constant_terms import emit_constant_terms
from flake8_gradsafe.interpreter.checks.end_of_path import stepped_in_vain
from flake8_gradsafe.interpreter.checks.shared_cuts import emit_shared_cuts
from flake8_gradsafe.interpreter.checks.vain_edits import edits_before
from flake8_gradsafe.interpreter.checks.vanished import emit_vanished
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    GradientHooks,
    RetainsGrad,
    RewrappedAt,
    ScaledGradient,
    SpentInBackward,
)
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Literal,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.custom_functions import emit_edited_gradients
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import BackwardResult, Node
    from flake8_gradsafe.interpreter.interpreter import Interpreter


#: The parameters of each way to differentiate, in their order.
_BACKWARD_METHOD = ("gradient", "retain_graph", "create_graph", "inputs")
_BACKWARD = ("tensors", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs")
_GRAD = (
    "outputs",
    "inputs",
    "grad_outputs",
    "retain_graph",
    "create_graph",
    "only_inputs",
    "allow_unused",
    "is_grads_batched",
    "materialize_grads",
)
_UNSET = (None, NONE)


@dataclass(frozen=True, slots=True)
class _BackwardOptions:
    """The arguments of a call that differentiates, by the names of its `parameters`."""

    arguments: Arguments
    parameters: tuple[str, ...]

    def given(self, name: str) -> Value | None:
        """An argument, None where the call does not give it."""
        return self.arguments.get(self.parameters.index(name), name)

    @property
    def may_create_graph(self) -> bool:
        """Whether the gradients have a graph of their own, for all that is known."""
        return not self._is_off(self.given("create_graph"))

    @property
    def keeps_graph(self) -> bool:
        """Whether the graph stays for another backward, for all that is known: `retain_graph`, else `create_graph`."""
        retain = self.given("retain_graph")
        return self.may_create_graph if retain in _UNSET else not self._is_off(retain)

    def _is_off(self, flag: Value | None) -> bool:
        """Whether a flag surely is off: left out, where nothing in the call is unclear, or given as a false literal."""
        if flag in _UNSET:
            return not self.arguments.unclear and self.arguments.keywords.keys() <= set(self.parameters)
        return isinstance(flag, Literal) and not flag.value


@method_model("backward")
def backward_method(call: CallContext) -> Value:
    """`tensor.backward()`."""
    ref = call.state.as_tensor(call.receiver, call.node.place, seen=isinstance(call.receiver, TensorValue))
    if ref is not None:
        _accumulate(call.interp, [ref], _BackwardOptions(call.arguments, _BACKWARD_METHOD), call.node, call.state)
    return NONE


@function_model("torch.autograd.backward")
def autograd_backward(call: CallContext) -> Value:
    """`torch.autograd.backward(tensors)`."""
    options = _BackwardOptions(call.arguments, _BACKWARD)
    roots = options.given("tensors")
    if roots is not None:
        _accumulate(call.interp, _roots(call.interp, roots, call.node, call.state), options, call.node, call.state)
    return NONE


def _accumulate(
    interp: Interpreter, roots: list[int], options: _BackwardOptions, node: ir.Expression, state: State
) -> None:
    """One walk from all roots, which adds to the `.grad` of the leaves, or of those that are asked for."""
    inputs = options.given("inputs")
    asked = None if inputs is None or inputs == NONE else frozenset(_roots(interp, inputs, node, state))
    outcome = backward(state.autograd, *roots, retain_graph=options.keeps_graph, inputs=asked)
    _emit_result(interp, outcome, node, state)
    interp.run.watch_backward(outcome, asked or (), node.place, state, accumulates=True)
    _run_hooks(interp, outcome, node, state)
    for ref in asked or ():
        state.heap.note(ref, RetainsGrad())
    if options.may_create_graph:
        for leaf in outcome.accumulated:
            state.heap[leaf, "grad"] = TensorValue(ops.gradient(state.autograd, outcome.nodes, node.place))


def _run_hooks(interp: Interpreter, outcome: BackwardResult, node: ir.Expression, state: State) -> None:
    """Call what waits for the gradients of leaves."""
    for leaf in sorted(outcome.accumulated):
        state.heap.forget(leaf, SpentInBackward)
        hooks = state.heap.fact(leaf, GradientHooks)
        if hooks is None:
            continue
        with interp.run.following_one_outcome():
            for hook in hooks.values:
                interp.call(hook, Arguments((TensorValue(leaf),)), node, state)
        if leaf not in state.autograd.graded:
            state.heap.note(leaf, SpentInBackward(node.place, state.autograd.clock))


def _emit_result(interp: Interpreter, outcome: BackwardResult, node: ir.Expression, state: State) -> None:
    interp.run.emit_outcome(state, outcome, node.place)
    if not outcome.raises:
        emit_constant_terms(interp.run, state, outcome, node.place)
        emit_shared_cuts(interp.run, state, outcome)
        emit_vanished(interp.run, state, outcome, node.place)
    for scaled in filter(None, [state.heap.fact(root, ScaledGradient) for root in outcome.roots]):
        for leaf in outcome.accumulated:
            state.heap.note(leaf, scaled)
    state.autograd.walks += 1
    edits_before(interp.run, outcome.accumulated, node.place, state)
    if state.autograd.trained:
        stepped_in_vain(interp.run, state)
    emit_edited_gradients(interp, outcome.nodes, state)


@function_model("torch.autograd.grad")
def autograd_grad(call: CallContext) -> Value:
    """`torch.autograd.grad(outputs, inputs)`: a tuple of gradients."""
    interp, node, state = call.interp, call.node, call.state
    options = _BackwardOptions(call.arguments, _GRAD)
    roots, inputs = options.given("outputs"), options.given("inputs")
    asked = [] if inputs is None else _roots(interp, inputs, node, state)
    starts = [] if roots is None else _roots(interp, roots, node, state)
    for ref in asked if all(_may_require_grad(each, state) for each in starts) else ():
        tensor = state.autograd.tensors[ref]
        if not state.autograd.grad_of(tensor).possible:
            if _is_asked_for_itself(ref, inputs, state):
                made = tensor.frozen or tensor.place
                refusal = AutogradError(ErrorKind.INPUT_NO_GRAD, frozenset(), cuts=tensor.cuts, made=made, made_at=ref)
                interp.run.emit_error(state, refusal, node.place)
            else:
                state.signal = "raise"
            return state.unknown()
    outcome = backward(
        state.autograd,
        *starts,
        retain_graph=options.keeps_graph,
        inputs=frozenset(asked) or None,
        accumulates=False,
    )
    _emit_result(interp, outcome, node, state)
    interp.run.watch_backward(outcome, asked, node.place, state, accumulates=False)
    for ref in asked:
        state.heap.forget(ref, RewrappedAt)  # its gradient is asked for
    state.differentiated |= frozenset(asked)
    _note_second_order(interp, options, node)
    gradients = tuple(TensorValue(_gradient(starts, outcome.nodes, options, node, state)) for _ in asked)
    known = asked and inputs is not None and state.items_of(inputs) is not None
    if known or (inputs is not None and state.known_tensor(inputs) is not None):
        return TupleValue(gradients)
    return state.new_list(gradients, 0 if inputs is None else state.unknown_from(inputs) or 0)


def _is_asked_for_itself(ref: int, inputs: Value | None, state: State) -> bool:
    """Whether a gradient is asked for by this very tensor, which was frozen or detached in sight."""
    tensor = state.autograd.tensors[ref]
    if inputs is None or ref in state.escaped or not (tensor.frozen is not None or tensor.hops):
        return False
    return TensorValue(ref) in (inputs, *(state.items_of(inputs) or ()))


def _gradient(
    roots: list[int], visited: Iterable[Node], options: _BackwardOptions, node: ir.Expression, state: State
) -> int:
    """A gradient that `autograd.grad` gives back: with a graph over all that it was computed from, if it is to have one."""
    if not options.may_create_graph:
        cuts = [ops.cuts_of_read(state.autograd, root, node.place, CutKind.FIRST_ORDER) for root in roots]
        return state.autograd.new(NO, node.place, cuts=frozenset[Cut]().union(*cuts))
    return ops.gradient(state.autograd, visited, node.place)


def _note_second_order(interp: Interpreter, options: _BackwardOptions, node: ir.Expression) -> None:
    """Note that a call surely asks for gradients with a graph of their own."""
    if options.given("create_graph") == Literal(True):
        interp.run.second_order.add(node.place)


def _roots(interp: Interpreter, value: Value, node: ir.Expression, state: State) -> list[int]:
    value = interp.exhaust(value, node, state)
    items = state.known_items(value) or (value,)
    refs = [state.as_tensor(item, node.place, seen=True) for item in items]
    return [ref for ref in refs if ref is not None]


def _may_require_grad(ref: int, state: State) -> bool:
    return state.autograd.grad_of(state.autograd.tensors[ref]).possible
