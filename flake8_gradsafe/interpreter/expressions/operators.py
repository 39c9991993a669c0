"""Operators, comparisons and choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.constants import arithmetic, negated
from flake8_gradsafe.interpreter.domain.truth import compare, truth_of
from flake8_gradsafe.interpreter.domain.values import NONE, Literal, Value
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.arithmetic import note_terms
from flake8_gradsafe.interpreter.models.tensors import plain_tensor
from flake8_gradsafe.interpreter.models.unknown import join_values
from flake8_gradsafe.interpreter.models.value_ranges import note_comparison
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


_ORDERINGS = frozenset({"<", "<=", ">", ">=", "==", "!="})


@expression(ir.Binary)
def evaluate_binary(interp: Interpreter, node: ir.Binary, state: State) -> Value:
    """`left * right`."""
    chain: list[ir.Binary] = []
    left: ir.Expression = node
    while isinstance(left, ir.Binary):
        chain.append(left)
        left = left.left
    links = chain[::-1]
    mark = state.cursor
    done = state.log[mark][0] if mark < len(state.log) else None
    if isinstance(done, ir.Binary) and done in links:  # so far the statement came before
        value = state.recall(done) or NONE
        links = links[links.index(done) + 1 :]
    else:
        value = interp.evaluate(left, state)
    for link in links:
        right = interp.evaluate(link.right, state)
        known = arithmetic(link.method, value, right)
        value = known or interp.binary(link.method, value, right, link, state)
        state.remember(mark, link, value)
    return value


@expression(ir.Comparison)
def evaluate_comparison(interp: Interpreter, node: ir.Comparison, state: State) -> Value:
    """`left < right`: a tensor outside the graph where one side is a tensor."""
    interp.run.asking = node.operator in {"is", "is not"}
    values = [interp.evaluate(side, state) for side in (node.left, node.right)]
    interp.run.asking = False
    known = compare(node.operator, *values)
    if known is not None:
        return Literal(known)
    if node.operator not in _ORDERINGS:
        return state.unknown()
    sides = [ref for value in values if (ref := state.known_tensor(value)) is not None]
    seen = any(state.autograd.tensors[ref].tensor_seen for ref in sides)
    if not sides:
        return state.unknown()
    mask = plain_tensor(node.place, state, "B", sides, seen=seen)
    note_comparison(node.operator, values[0], values[1], mask, state)
    return mask


@expression(ir.Unary)
def evaluate_unary(interp: Interpreter, node: ir.Unary, state: State) -> Value:
    """`-x`."""
    operand = interp.evaluate(node.operand, state)
    if isinstance(operand, Literal):
        return (negated(operand) if node.method == "__neg__" else None) or state.unknown()
    result = interp.call_method(operand, node.method, Arguments(), node, state)
    note_terms(node.method, (operand,), result, state)
    return result


@expression(ir.Not)
def evaluate_not(interp: Interpreter, node: ir.Not, state: State) -> Value:
    """`not x`."""
    truth = truth_of(interp.evaluate(node.operand, state), state)
    return state.unknown() if truth is None else Literal(not truth)


@expression(ir.Choice)
def evaluate_choice(interp: Interpreter, node: ir.Choice, state: State) -> Value:
    """`body if test else orelse`: either, where the test does not tell which, and what evaluating them does is not followed."""
    truth = truth_of(interp.evaluate(node.test, state), state)
    if truth is not None:
        return interp.evaluate(node.body if truth else node.orelse, state)
    return _join_operands(interp, (node.body, node.orelse), node.place, state)


@expression(ir.Logical)
def evaluate_logical(interp: Interpreter, node: ir.Logical, state: State) -> Value:
    """`left and right`, `left or right`: the left one where its truth decides, else either."""
    left = interp.evaluate(node.left, state)
    truth = truth_of(left, state)
    if truth is not None:
        return interp.evaluate(node.right, state) if truth is node.conjunction else left
    return _join_operands(interp, (node.left, node.right), node.place, state)


def _join_operands(interp: Interpreter, options: tuple[ir.Expression, ...], place: ir.Place, state: State) -> Value:
    evaluated = []
    with interp.run.following_one_outcome():
        for option in options:
            twin = state.fork()
            evaluated.append((interp.evaluate(option, twin), twin))
    return join_values(evaluated, place, state)
