"""Operators: the memory of their results, the operands that they keep, and those that they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import Summary
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, Locations
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.prefilter.points_to import PointsTo


def result_of_operator(
    flow: PointsTo,
    summary: Summary | None,
    given: list[Locations],
    named: dict[str, Locations],
    node: ir.Call | None = None,
    *,
    seen: bool = False,
) -> Locations:
    """Return the memory of an operator's result, and note the operands that it keeps."""
    made = flow.new(seen=seen)
    operands = EMPTY.union(*given, *named.values())
    flow.derived[flow.made] = operands
    if flow.passes_none(operands) or (node is not None and queries.called(node) in library.COMPARISONS):
        flow.ungraded |= made
    if summary is None:
        return made
    if node is not None:
        flow.tensors |= made
        _write_operands(flow, summary, given, named, node)
    flow.save_operands(summary, given, named)
    shared = shared_by(summary, summary.by_parameter(given, named), EMPTY)
    if node is not None and queries.called(node) in library.CONVERSIONS and operands <= flow.outside:
        flow.outside |= made
    if shared and shared <= flow.outside:
        flow.outside |= made
    if summary.keeps_result and not flow.passes_none(operands):
        flow.mark_saved(
            made | (given[0] if given and node is not None and queries.writes_first(node, summary) else EMPTY)
        )
    if summary.guards or (shared and flow.without_grad):
        made |= UNKNOWN
    if node is not None and any(argument.name == "requires_grad" for argument in node.arguments):
        flow.ungraded -= made
        flow.found.graded |= made
        made |= LEAF
    return made | shared


def _write_operands(
    flow: PointsTo, summary: Summary, given: list[Locations], named: dict[str, Locations], node: ir.Call
) -> None:
    if given and queries.writes_first(node, summary):
        flow.computed_in(given[0], EMPTY.union(*given[1:], *named.values()))
        flow.write(given[0], initialises=queries.initialises(node))
    if "out" in named:
        flow.computed_in(named["out"], EMPTY.union(*given))
        flow.write(named["out"])


def shared_by(summary: Summary, arguments: Iterable[tuple[str, Locations]], receiver: Locations) -> Locations:
    """Return the memory that a call's result may share: of the operands in the summary, and of the method's object."""
    if not summary.shares:
        return EMPTY
    return receiver.union(*(memory for name, memory in arguments if summary.may(summary.shares, name)))
