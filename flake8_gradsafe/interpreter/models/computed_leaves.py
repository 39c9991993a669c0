"""Computed tensors that are taken for leaves: their `.grad` is read, or an optimizer is given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.interpreter.domain.facts import IsParameter, RetainsGrad
from flake8_gradsafe.interpreter.events import TakenForLeaf
from flake8_gradsafe.interpreter.models.tensors import keeps_no_gradient, may_keep_no_gradient
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, names_in, within

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.interpreter.run import Run

_ASKS_FOR_NONE = frozenset({"is", "is not", "==", "!="})


def emit_grad_of_computed(interp: Interpreter, ref: int, node: ir.Attribute, state: State) -> None:
    """`.grad` of a computed tensor behind a backward through it: None, unless somebody has told it to keep its gradient."""
    run, tensor = interp.run, state.autograd.tensors[ref]
    if run.asking or run.retains_unknown or state.expects_error or (ref, "grad") in state.heap:
        return
    leaf = _viewed_leaf(ref, state)
    if leaf is not None and not _is_only_asked_for(run, node):
        premises = with_path(if_trained((leaf,), state), state, ref)
        run.emit(TakenForLeaf(node.place, premises, "view", tensor.place), state)
    if leaf is not None or tensor.node not in state.differentiated:
        return
    moved = _if_moved(ref, state)
    if moved is not None and not _is_only_asked_for(run, node):
        run.emit(TakenForLeaf(node.place, with_path(moved, state, tensor.node or 0), "grad", tensor.place), state)


def _viewed_leaf(ref: int, state: State) -> int | None:
    """The leaf that a tensor surely is a view of, and that keeps the gradient: no backward has gone through this view."""
    tensor, tensors = state.autograd.tensors[ref], state.autograd.tensors
    base = None if tensor.base is None or tensor.hops else tensors.get(tensor.base)
    if base is None or base.node is not None or not tensor.tensor_seen:
        return None
    if base.ref not in state.autograd.graded and not state.heap.has(base.ref, IsParameter):
        return None
    kept = ref in state.escaped or state.heap.has(ref, RetainsGrad) or tensor.node in state.differentiated
    return None if kept or state.autograd.shares.get(tensor.storage) else base.ref


def emit_computed_parameters(interp: Interpreter, given: Value, node: ir.Expression, state: State) -> None:
    """`SGD([x * 2])`: a ValueError, which ends the program."""
    run, tensors = interp.run, state.autograd.tensors
    computed = [ref for ref in state.tensors_in(given) if _if_moved(ref, state) is not None]
    if not computed or run.asking or run.retains_unknown or state.expects_error or _is_refusal_caught(run, node):
        return
    ref = computed[0]
    premises = with_path(_if_moved(ref, state) or frozenset(), state, tensors[ref].node or 0)
    run.emit(TakenForLeaf(node.place, premises, "optimizer", tensors[ref].place), state)
    if not premises:
        state.mended = state.opaque = state.hidden = state.after_possible_error = True


def _if_moved(ref: int, state: State) -> frozenset[Premise] | None:
    """What has to be assumed for a tensor to keep no gradient; None where it keeps one, for all that is known."""
    if keeps_no_gradient(ref, state):
        return frozenset()
    return frozenset({Premise.MOVED}) if may_keep_no_gradient(ref, state) else None


def _is_refusal_caught(run: Run, node: ir.Expression) -> bool:
    """Whether an expression stands in a `try` that catches a ValueError."""
    tries = (each for each in statements_in(run.body) if isinstance(each, ir.Try))
    catching = (each for each in tries if any(map(_catches_value_error, each.handlers)))
    values = (value for each in catching for inner in statements_in(each.body) for value in values_of(inner))
    return any(part is node for value in values for part in within(value))


def _catches_value_error(handler: ir.Handler) -> bool:
    return handler.caught is not None and "ValueError" in names_in(handler.caught)


def _is_only_asked_for(run: Run, node: ir.Expression) -> bool:
    """Whether a program only looks whether there is a gradient: it compares with None, or asserts."""
    for statement in statements_in(run.body):
        for value in values_of(statement):
            if isinstance(statement, ir.Branch) and _is_test(value, node):
                return True
            if any(_asks_for(part, node) for part in within(value)):
                return True
    return False


def _asks_for(part: ir.Expression, node: ir.Expression) -> bool:
    if isinstance(part, ir.Comparison) and part.operator in _ASKS_FOR_NONE and part.left is node:
        return isinstance(part.right, ir.Constant) and part.right.value is None
    if not isinstance(part, ir.Call) or not last_name(part).startswith("assert"):
        return False
    return any(argument.value is node for argument in part.arguments)


def _is_test(test: ir.Expression, node: ir.Expression) -> bool:
    if isinstance(test, ir.Not):
        return _is_test(test.operand, node)
    if isinstance(test, ir.Logical):
        return _is_test(test.left, node) or _is_test(test.right, node)
    return test is node
