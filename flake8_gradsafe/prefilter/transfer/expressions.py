"""Expressions: the memory that their values may share."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, VIA_DATA, Locations
from flake8_gradsafe.prefilter.transfer.binding import bind_item
from flake8_gradsafe.prefilter.transfer.registry import expression, locations, locations_of
from flake8_gradsafe.prefilter.transfer.results import result_of_operator
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.prefilter.points_to import PointsTo


@expression(ir.Name)
def _name(flow: PointsTo, node: ir.Name) -> Locations:
    known = flow.names.get(node.id)
    if known is not None:
        flow.bind_keys(node.id, None)  # whoever has it may add to it
        return known | UNKNOWN if flow.around.is_rebound(node.id) else known
    if node.id in flow.imported or hasattr(builtins, node.id):
        return EMPTY
    if flow.around.grades(node.id):
        flow.found.graded |= UNKNOWN
    return UNKNOWN


@expression(ir.Attribute)
def _attribute(flow: PointsTo, node: ir.Attribute) -> Locations:
    name = node.attr
    if name in library.PLAIN_ATTRIBUTES:
        flow.tensors |= flow.innermost(locations(flow, node.value))
        return EMPTY
    if name in queries.SAME_MEMORY:
        base = locations(flow, node.value)
        flow.found.has_no_effect |= name == "grad" and not (
            base <= flow.outside and base.isdisjoint(flow.found.detached)
        )
        return base | VIA_DATA if name == "data" and base else base
    if isinstance(node.value, ir.Name) and node.value.id in flow.imported and node.value.id not in flow.names:
        return EMPTY
    memory = flow.around.attribute(node)
    flow.outside |= memory
    if memory == LEAF and queries.is_own(node.value):
        flow.found.graded |= LEAF
    return memory if queries.is_own(node.value) else memory | flow.part(locations(flow, node.value), name)


@expression(ir.Subscript)
def subscript(flow: PointsTo, node: ir.Subscript, *, read: bool = True) -> Locations:
    """`base[index]`; `read`: not as a target."""
    base, index = locations(flow, node.value), locations(flow, node.index)
    if queries.is_choice_of_indices(node):
        return flow.new()
    items = flow.tuples.get(base)
    place = node.index.value if isinstance(node.index, ir.Constant) else None
    if items is not None and isinstance(place, int) and 0 <= place < len(items):
        return items[place]
    if base and index:
        flow.save_operands(flow.operations.method("__getitem__"), [base, index], {})
    if flow.without_grad and base and read:
        base |= UNKNOWN
    if isinstance(node.index, ir.Slice) or queries.is_tuple(node.index) or base <= flow.tensors:
        return base
    return base | flow.part(base, place if isinstance(place, str) else "[]")


@expression(ir.Slice)
def _slice(flow: PointsTo, node: ir.Slice) -> Locations:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            locations(flow, part)
    return EMPTY


@expression(ir.Sequence)
def _sequence(flow: PointsTo, node: ir.Sequence) -> Locations:
    return locations_of(flow, node.items)


@expression(ir.Mapping)
def _mapping(flow: PointsTo, node: ir.Mapping) -> Locations:
    return locations_of(flow, (*node.keys, *node.values))


@expression(ir.Opaque)
def _opaque(flow: PointsTo, node: ir.Opaque) -> Locations:
    if node.form == "comparison":
        return _compared(flow, node.parts)
    return locations_of(flow, node.parts) if node.form in {"set", "dict"} else EMPTY


@expression(ir.Binary)
def _binary(flow: PointsTo, node: ir.Binary) -> Locations:
    left, right = locations(flow, node.left), locations(flow, node.right)
    if not left and not right:
        return EMPTY
    name = node.method.strip("_")
    if not right or queries.is_number(node.right):
        made = result_of_operator(flow, flow.operations.method(f"__{name}__", plain=True), [left, right], {})
    elif not left or queries.is_number(node.left):
        made = result_of_operator(flow, flow.operations.method(f"__r{name}__", plain=True), [right, left], {})
    else:
        made = result_of_operator(flow, flow.operations.method(f"__{name}__"), [left, right], {})
    return made | left | right if queries.joins_displays(node) else made


@expression(ir.Unary, ir.Not)
def _unary(flow: PointsTo, node: ir.Unary | ir.Not) -> Locations:
    operand = locations(flow, node.operand)
    return flow.result_of(operand) if operand else EMPTY


@expression(ir.Logical)
def _logical(flow: PointsTo, node: ir.Logical) -> Locations:
    return locations_of(flow, (node.left, node.right))


@expression(ir.Choice)
def _choice(flow: PointsTo, node: ir.Choice) -> Locations:
    locations(flow, node.test)
    body = locations(flow, node.body)
    orelse = locations(flow, node.orelse)
    flow.first_choice = body - orelse
    return body | orelse


@expression(ir.Comparison)
def _comparison(flow: PointsTo, node: ir.Comparison) -> Locations:
    return _compared(flow, (node.left, node.right))


def _compared(flow: PointsTo, nodes: Iterable[ir.Expression]) -> Locations:
    operands = locations_of(flow, nodes)
    if not operands:
        return EMPTY
    made = flow.result_of(operands)
    flow.ungraded |= made
    return made


@expression(ir.Walrus)
def _walrus(flow: PointsTo, node: ir.Walrus) -> Locations:
    memory = flow.names[node.target.id] = locations(flow, node.value)
    flow.bind_keys(node.target.id, None)
    return memory


@expression(ir.Starred)
def _wrapped(flow: PointsTo, node: ir.Starred) -> Locations:
    return locations(flow, node.value)


@expression(ir.Yield)
def _yield(flow: PointsTo, node: ir.Yield) -> Locations:
    if node.delegates:
        return locations(flow, node.value) if node.value is not None else EMPTY
    if node.value is not None:
        flow.found.returns |= locations(flow, node.value)
    return UNKNOWN


@expression(ir.Comprehension)
def _comprehension(flow: PointsTo, node: ir.Comprehension) -> Locations:
    outer, flow.names = flow.names, flow.names.copy()
    for clause in node.clauses:
        bind_item(flow, clause.target, clause.source, locations(flow, clause.source))
        for test in clause.conditions:
            locations(flow, test)
    memory = locations_of(flow, (node.element,) if node.key is None else (node.key, node.element))
    flow.names = outer
    return memory


@expression(ir.Lambda)
def _lambda(flow: PointsTo, node: ir.Lambda) -> Locations:
    outer, flow.names = flow.names, flow.names.copy()
    for parameter in node.function.parameters:
        if not parameter.star:
            flow.names[parameter.name] = UNKNOWN
            flow.bind_keys(parameter.name, None)
    for statement in node.function.body:
        if isinstance(statement, ir.Return) and statement.value is not None:
            locations(flow, statement.value)
    flow.names = outer
    return UNKNOWN
