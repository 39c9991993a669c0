"""Displays of tuples, lists and dicts, texts, subscripts, and what is not modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.state import MAX_ITEMS
from flake8_gradsafe.interpreter.domain.values import NONE, DictValue, SliceValue, TupleValue, Value
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.builtins import listed, one_after_another
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.spelling import spelled_together
from flake8_gradsafe.interpreter.models.unknown import unknown_holding
from flake8_gradsafe.interpreter.subscripts import item_of
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


@expression(ir.Subscript)
def evaluate_subscript(interp: Interpreter, node: ir.Subscript, state: State) -> Value:
    """`value[index]`."""
    receiver = interp.evaluate(node.value, state)
    return item_of(interp, receiver, interp.evaluate(node.index, state), node.place, state)


@expression(ir.Slice)
def evaluate_slice(interp: Interpreter, node: ir.Slice, state: State) -> Value:
    """`lower:upper:step`."""
    lower, upper, step = (
        NONE if part is None else interp.evaluate(part, state) for part in (node.lower, node.upper, node.step)
    )
    return SliceValue(lower, upper, step)


@expression(ir.Sequence)
def evaluate_display(interp: Interpreter, node: ir.Sequence, state: State) -> Value:
    """A tuple or list."""
    parts: list[Value] = []
    for item in node.items:
        if isinstance(item, ir.Starred):
            value = interp.evaluate(item.value, state)
            parts.append(container_of(listed(interp, interp.exhaust(value, node, state), state), state))
        else:
            parts.append(TupleValue((interp.evaluate(item, state),)))
    items, open_from = one_after_another(parts, state)
    if open_from is None and len(items) <= MAX_ITEMS:
        return state.new_list(items) if node.mutable else TupleValue(items)
    if not node.mutable or any(isinstance(part, DictValue) or not state.known_items(part) for part in parts):
        return state.unknown()
    return state.new_list(items, open_from)


@expression(ir.Mapping)
def evaluate_mapping(interp: Interpreter, node: ir.Mapping, state: State) -> Value:
    """A dict."""
    keys = [interp.evaluate(key, state) for key in node.keys]
    values = [interp.evaluate(value, state) for value in node.values]
    return state.new_dict(zip(keys, values, strict=True))


def _dict_with_others(node: ir.Opaque, values: list[Value], state: State) -> Value | None:
    """A dict display in which others are spread, given the `values` of its parts; None where one of these is not known."""
    entries: dict[Value, Value] = {}
    pending = list(zip(node.parts, values, strict=True))
    while pending:
        part, value = pending.pop(0)
        if not isinstance(part, ir.Starred):
            entries[value] = pending.pop(0)[1]
            continue
        spread = state.entries_of(value) if isinstance(value, DictValue) else None
        if spread is None:
            return None
        entries.update(spread)
    return state.new_dict(entries.items())


@expression(ir.Formatted)
def evaluate_formatted(interp: Interpreter, node: ir.Formatted, state: State) -> Value:
    """An f-string, known where all its parts are."""
    parts = [interp.evaluate(part, state) for part in node.parts]
    return spelled_together(parts, state)


@expression(ir.Starred)
def evaluate_starred(interp: Interpreter, node: ir.Starred, state: State) -> Value:
    """`*value` where it stands alone."""
    return interp.evaluate(node.value, state)


@expression(ir.Opaque)
def evaluate_opaque(interp: Interpreter, node: ir.Opaque, state: State) -> Value:
    """A value that is not modelled: its parts are evaluated, and it may hold them."""
    parts = [interp.evaluate(part, state) for part in node.parts]
    if node.form == "dict" and (made := _dict_with_others(node, parts, state)) is not None:
        return made
    refs = [ref for part in parts for ref in state.tensors_in(part)]
    for part in parts:
        state.forget_items(part)
    return unknown_holding(refs, node.place, state)
