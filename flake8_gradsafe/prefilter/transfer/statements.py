"""Plain statements, and a whole function: gone through once with all its paths joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, UNKNOWN
from flake8_gradsafe.prefilter.transfer.binding import bind
from flake8_gradsafe.prefilter.transfer.blocks import is_left_by_the_last, pass_but_last
from flake8_gradsafe.prefilter.transfer.expressions import subscript
from flake8_gradsafe.prefilter.transfer.futile import has_no_effect
from flake8_gradsafe.prefilter.transfer.registry import locations, run, statement
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.prefilter.points_to import PointsTo


def go_through(flow: PointsTo, node: ir.Function) -> None:
    """Go through a function. Each parameter has memory of its own, which comes from outside."""
    plain = queries.plain_parameters(node)
    for parameter in queries.parameters(node):
        made = EMPTY if parameter.name in plain else flow.new(outside=True)
        flow.given[parameter.name] = flow.names[parameter.name] = made
        flow.bind_keys(parameter.name, None)
        if parameter.annotation is not None and queries.names_tensor(parameter.annotation):
            flow.found.seen |= made
    flow.without_grad += any(queries.sets_grad_off(decorator) for decorator in node.decorators)
    run(flow, node.body)


@statement(ir.Assign)
def _assign(flow: PointsTo, node: ir.Assign) -> None:
    if node.value is None:
        return
    made = flow.made
    memory = locations(flow, node.value)
    if node.annotation is not None and queries.names_tensor(node.annotation):
        flow.found.seen |= memory
    for target in node.targets:
        bind(flow, target, memory, node.value)
    if node.annotation is None and isinstance(node.value, ir.Choice) and is_left_by_the_last(flow, node.value.test):
        pass_but_last(flow, node.targets, flow.first_choice, made)


@statement(ir.Augmented)
def _augmented(flow: PointsTo, node: ir.Augmented) -> None:
    value, target = locations(flow, node.value), node.target
    before = subscript(flow, target, read=False) if isinstance(target, ir.Subscript) else locations(flow, target)
    listed = isinstance(node.target, ir.Name) and node.target.id in flow.containers
    if listed or queries.is_no_number(node.value) or queries.makes_container(node.value):
        flow.store_into(node.target, value)
        return
    flow.computed_in(before, value)
    flow.write(before, doubtful=True)
    summary = flow.operations.method(node.method) or flow.operations.method(f"__{node.method[3:]}")
    if summary is not None:
        flow.save_operands(summary, [before, value], {})
        if summary.keeps_result and not flow.passes_none(before | value):
            flow.mark_saved(before)
    if isinstance(node.target, ir.Name) and (before or value):
        joins = node.method == "__iadd__" and not before <= flow.tensors and not value <= flow.tensors
        joined = value if joins else EMPTY
        flow.names[node.target.id] = (
            before | joined if before and before <= flow.tensors else flow.result_of(before | value) | before | joined
        )


@statement(ir.Evaluate)
def _expression(flow: PointsTo, node: ir.Evaluate) -> None:
    locations(flow, node.value)
    flow.found.has_no_effect |= queries.sets_grad_off(node.value)  # for all that follows
    if isinstance(node.value, ir.Call) and isinstance(node.value.function, ir.Attribute):
        flow.found.has_no_effect |= has_no_effect(flow, node.value, node.value.function)


@statement(ir.Return)
def _return(flow: PointsTo, node: ir.Return) -> None:
    if node.raises:
        return
    if queries.is_tuple(node.value):
        items = tuple(locations(flow, item) for item in node.value.items)
        flow.found.tuples.append(items)
        flow.found.returns = flow.found.returns.union(*items)
    elif node.value is not None:
        flow.found.tuples.append(())
        flow.found.returns |= locations(flow, node.value)


@statement(ir.Function)
def _nested(flow: PointsTo, node: ir.Function) -> None:
    """Go through an inner function: its arguments are known once it is called, or handed to what may call it."""
    outer, gives = flow.names, flow.found.returns
    flow.names, flow.found.returns = outer.copy(), EMPTY
    given = EMPTY
    for parameter in queries.parameters(node):
        flow.names[parameter.name] = flow.new(outside=True)
        flow.bind_keys(parameter.name, None)
        given |= flow.names[parameter.name]
    run(flow, node.body)
    flow.inner[node.name] = (given, flow.found.returns)
    flow.names, flow.found.returns = outer, gives
    outer[node.name] = EMPTY


@statement(ir.Class)
def _class(flow: PointsTo, node: ir.Class) -> None:
    for inner in node.body:
        if isinstance(inner, ir.Function):
            _nested(flow, inner)
    flow.names[node.name] = UNKNOWN
