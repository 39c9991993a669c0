"""Arithmetic operators on whatever values they are given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.checks.vanished import emit_taken_back
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import ReadFrom
from flake8_gradsafe.interpreter.domain.state import MAX_ITEMS, State
from flake8_gradsafe.interpreter.domain.values import (
    DictValue,
    Instance,
    ListValue,
    Literal,
    NonTensor,
    TensorValue,
    Text,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.builtins import listed, one_after_another
from flake8_gradsafe.interpreter.models.operators import call_operator
from flake8_gradsafe.interpreter.models.spelling import formatted, spelled_together
from flake8_gradsafe.interpreter.models.unknown import text_result, unknown_call
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.taken_back import taken_back

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Cut
    from flake8_gradsafe.interpreter.interpreter import Interpreter


def apply_binary(
    interp: Interpreter, method: str, left: Value, right: Value, node: ir.Expression, state: State
) -> Value:
    """An arithmetic operator. What it makes of numbers that were read from tensors is such a number, too."""
    result = _applied(interp, method, left, right, node, state)
    note_terms(method, (left, right), result, state)
    if taken_back(node) is not None:
        emit_taken_back(interp.run, (left, right), result, node.place, state)
    return result


def note_terms(method: str, operands: tuple[Value, ...], result: Value, state: State) -> None:
    """Remember what a sum or a difference was made of, and the cuts behind numbers."""
    read: frozenset[Cut] = frozenset().union(*(cuts_of_number(value, state) for value in operands))
    ref = state.known_tensor(result)
    if ref is None:
        if read and isinstance(result, Unknown):
            state.heap.note(result.id, ReadFrom(read))
        return
    if read and method not in _SUMS:  # of a sum, it is a term without gradient
        ops.carry_cuts(state.autograd, ref, read)
    node_id = state.autograd.tensors[ref].node
    if node_id is None or node_id not in state.autograd.nodes or method not in _SUMS | _PRODUCTS:
        return
    terms = tuple(each for value in operands if (each := state.known_tensor(value)) is not None)
    state.autograd.nodes[node_id] = state.autograd.nodes[node_id]._replace(terms=terms, read=read)


def cuts_of_numbers(arguments: Arguments, state: State) -> frozenset[Cut]:
    """The cuts behind those numbers that a function is given, by themselves or in a list, and that were read from tensors."""
    given = [item for value in arguments.all() for item in (value, *state.known_items(value))]
    return frozenset().union(*(cuts_of_number(value, state) for value in given))


def made_of_numbers(name: str, read: frozenset[Cut], result: Value, state: State) -> Value:
    """What a function makes of numbers that were read from tensors, with the cuts behind these."""
    ref = state.known_tensor(result)
    if ref is not None:
        ops.carry_cuts(state.autograd, ref, read)
    elif isinstance(result, Unknown):
        if not name.startswith("numpy.") or name in library.NUMPY_TOTALS:
            result = state.plain()
        state.heap.note(result.id, ReadFrom(read))
    return result


def cuts_of_number(value: Value, state: State) -> frozenset[Cut]:
    """The cuts behind a number that was read from a tensor."""
    read = state.heap.fact(value.id, ReadFrom) if isinstance(value, Unknown) else None
    return frozenset() if read is None else read.cuts


def _applied(interp: Interpreter, method: str, left: Value, right: Value, node: ir.Expression, state: State) -> Value:
    """An arithmetic operator: of its left side, or of its right where only that is a tensor."""
    if (_is_text(left) and not isinstance(right, Instance)) or (_is_text(right) and isinstance(left, _NUMBERS)):
        return _text_of(method, left, right, state)
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
        return state.plain()
    if isinstance(left, (TensorValue, Unknown)) and not isinstance(left, NonTensor):
        return interp.call_method(left, method, Arguments((right,)), node, state)
    if method == "__add__":
        left, right = listed(interp, left, state), listed(interp, right, state)
    if method == "__or__" and isinstance(left, DictValue) and isinstance(right, DictValue):
        entries = [state.entries_of(left), state.entries_of(right)]
        if None not in entries:
            return state.new_dict({**dict(entries[0] or ()), **dict(entries[1] or ())}.items())
    if method == "__add__" and isinstance(left, (TupleValue, ListValue)) and isinstance(right, (TupleValue, ListValue)):
        both = one_after_another((left, right), state)
        closed_tuple = isinstance(left, TupleValue) and both.unknown_from is None and len(both.items) <= MAX_ITEMS
        return TupleValue(both.items) if closed_tuple else state.new_list(*both)
    if method == "__mul__" and isinstance(right, (TupleValue, ListValue)) and isinstance(left, (Literal, Unknown)):
        left, right = right, left
    if method == "__mul__" and isinstance(left, (TupleValue, ListValue)) and isinstance(right, (Literal, Unknown)):
        return _repeated(left, right, state)
    if isinstance(left, Instance) and (own := interp.attribute(left, method, node, state)) is not None:
        return interp.call(own, Arguments((right,)), node, state)
    spelling = interp.run.operators.methods.get(method)
    if isinstance(right, (TensorValue, Unknown)) and isinstance(left, _NUMBERS) and spelling is not None:
        return call_operator(
            CallContext(interp, "", Arguments((left, right)), node, state), replace(spelling, reflected=False)
        )
    return unknown_call(method, (left, right), node, state)


def _repeated(sequence: TupleValue | ListValue, times: Literal | Unknown, state: State) -> Value:
    """`[item] * times`: the same items again, as often as is known, else at least once."""
    items, count = state.known_items(sequence), times.value if isinstance(times, Literal) else None
    whole = state.unknown_from(sequence) is None and isinstance(count, int) and count * len(items) <= MAX_ITEMS
    if not whole or not isinstance(count, int):
        return state.new_list(items, len(items))
    return TupleValue(items * count) if isinstance(sequence, TupleValue) else state.new_list(items * count)


def _text_of(method: str, left: Value, right: Value, state: State) -> Value:
    """What an operator makes of a text: one put together, or one filled in."""
    if method == "__add__":
        return spelled_together((left, right), state)
    template = left.value if isinstance(left, Literal) else None
    if method == "__mod__" and isinstance(template, str):
        return formatted(template, right.items if isinstance(right, TupleValue) else (right,), "%s", state)
    return text_result(Arguments((right,)), state)


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Literal) and isinstance(value.value, str))


_NUMBERS = (Literal, NonTensor)
_PRODUCTS = frozenset({"__mul__", "__rmul__", "__truediv__"})
_SUMS = frozenset({"__add__", "__radd__", "__sub__", "__rsub__", "__iadd__", "__isub__"})
