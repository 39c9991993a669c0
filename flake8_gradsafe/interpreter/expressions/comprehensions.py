"""Comprehensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import UsedUp
from flake8_gradsafe.interpreter.domain.state import SAMPLED_ITEMS, SAMPLED_PIECES
from flake8_gradsafe.interpreter.domain.truth import truth_of
from flake8_gradsafe.interpreter.domain.values import NONE, Instance, IteratorValue, LazyViews, ListValue, Value
from flake8_gradsafe.interpreter.expressions.names import bind_unknown, bound_names
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.copies import made_again
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.unknown import unknown_holding
from flake8_gradsafe.interpreter.subscripts import iterated, length_of, round_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import calls_in, names_in

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


#: A comprehension over more items than this is not taken apart.
MAX_COMPREHENDED = 32


@expression(ir.Comprehension)
def evaluate_comprehension(interp: Interpreter, node: ir.Comprehension, state: State) -> Value:
    """A comprehension: its items where all its sources and conditions are known, else a list of what it may hold."""
    first, *_ = node.clauses
    given = interp.evaluate(first.source, state)
    drained = interp.exhaust(given, node, state)
    source = iterated(interp, drained, node.place, state)
    names = [name for clause in node.clauses for name in bound_names(clause.target)]
    outer = {name: state.frame.get(name) for name in names}
    found: list[tuple[Value, Value]] = []
    decided = interp.run.decided
    gaps: list[int] = []
    _comprehend(interp, node, 0, source, found, gaps, state.autograd.clock, state)
    if gaps and interp.run.decided > decided:
        state.truncate()
    for name, value in outer.items():
        state.frame.pop(name, None)
        if value is not None:
            state.frame[name] = value
    if node.key is not None:
        made: Value = state.new_dict(found)
        if gaps:
            state.forget_items(made)
        return made
    if not found and gaps:
        return unknown_holding(state.tensors_in(source), node.place, state, name="comprehension")
    listed = state.new_list(tuple(value for _, value in found), gaps[0] if gaps else None)
    if node.form == "generator" and isinstance(given, IteratorValue):
        state.put_off_use(given, listed)
        used_up = state.heap.fact(drained.id, UsedUp) if isinstance(drained, ListValue) else None
        if used_up is not None and not found:
            state.heap.note(listed.id, used_up)
    return listed


def _comprehend(
    interp: Interpreter,
    node: ir.Comprehension,
    level: int,
    source: Value,
    found: list[tuple[Value, Value]],
    gaps: list[int],
    began: int,
    state: State,
) -> None:
    """Gather the items of a comprehension, which `began` at that time, from one of its clauses on, and the places where there
    may be others.
    """
    if level == len(node.clauses):
        key = NONE if node.key is None else interp.evaluate(node.key, state)
        found.append((key, _element(interp, node, found, began, state)))
        return
    clause = node.clauses[level]
    count = length_of(source, state)
    known = count is not None and count <= MAX_COMPREHENDED
    listed = container_of(source, state)
    open_from = state.unknown_from(listed) if count is not None and isinstance(listed, ListValue) else None
    if count is not None and not known and isinstance(node.element, ir.Call):
        state.truncate()
    sampled = SAMPLED_PIECES if isinstance(source, LazyViews) else SAMPLED_ITEMS
    for number in range(count if known and count is not None else sampled):
        if not interp.run.spend():
            gaps.append(len(found))
            return
        if number == open_from:
            gaps.append(len(found))
        item = round_of(interp, source, number, state)
        if item is None:
            bind_unknown(clause.target, state)
            if isinstance(clause.target, ir.Name):
                state.frame[clause.target.id] = unknown_holding(state.tensors_in(source), node.place, state)
        else:
            _bind_item(clause.target, item, state)
        truths = [truth_of(interp.evaluate(condition, state), state) for condition in clause.conditions]
        interp.run.decided += len(truths) - truths.count(None)
        if False in truths:
            continue
        if None in truths:
            gaps.append(len(found))
        following = node.clauses[level + 1 :]
        inner = interp.exhaust(interp.evaluate(following[0].source, state), node, state) if following else NONE
        inner = iterated(interp, inner, node.place, state)
        _comprehend(interp, node, level + 1, inner, found, gaps, began, state)
    if not known or (open_from is not None and open_from == count):
        gaps.append(len(found))


def _element(
    interp: Interpreter, node: ir.Comprehension, found: list[tuple[Value, Value]], began: int, state: State
) -> Value:
    """The next element; a module that the same call has made before is made again without its constructor being run."""
    last = found[-1][1] if found else None
    if isinstance(last, Instance) and last.id > began and _is_made_alike(node, last):
        return made_again(last, node.element, state, began)
    return interp.evaluate(node.element, state)


def _is_made_alike(node: ir.Comprehension, last: Instance) -> bool:
    """Whether each element is the same call of the class of a module: `[Block(config) for _ in range(12)]`."""
    if last.cls.kind != "module" or calls_in(node.element) != {last.cls.code.name}:
        return False
    return names_in(node.element).isdisjoint(name for clause in node.clauses for name in bound_names(clause.target))


def _bind_item(target: ir.Expression, item: Value, state: State) -> None:
    items = state.items_of(item)
    if isinstance(target, ir.Name):
        state.frame[target.id] = item
    elif isinstance(target, ir.Sequence) and items is not None and len(items) == len(target.items):
        for each, value in zip(target.items, items, strict=True):
            _bind_item(each, value, state)
    else:
        bind_unknown(target, state)
