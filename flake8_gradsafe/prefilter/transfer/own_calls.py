"""Calls of what the file makes itself: its functions and objects, and functions inside of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import STARRED, Summary
from flake8_gradsafe.prefilter.points_to import EMPTY, CallArgument, CallSite, Locations
from flake8_gradsafe.prefilter.transfer.results import shared_by
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.prefilter.points_to import PointsTo


def call_own(
    flow: PointsTo,
    node: ir.Call,
    summary: Summary | None,
    given: list[Locations],
    named: dict[str, Locations],
    receiver: Locations = EMPTY,
) -> Locations:
    """Go through a call of what the file makes itself: its arguments may be kept, written and returned."""
    if summary is None:
        return flow.new()
    placed = queries.placed(queries.positional(node))
    if placed < len(given):
        named = {**named, STARRED: named.get(STARRED, EMPTY).union(*given[placed:])}
    _pass_on(flow, summary.runs, node, given[:placed], named)
    made = flow.new(outside=summary.makes, seen=summary.layer or summary.shows)
    if summary.layer and given:
        flow.found.seen |= flow.innermost(given[0])
        flow.tensors |= made | flow.innermost(given[0])
    flow.derived[flow.made] = EMPTY.union(receiver, *given, *named.values())
    if summary.grades:
        flow.found.graded |= made
    if summary.grades or summary.writes:
        flow.ungraded -= EMPTY.union(receiver, *given, *named.values())
    arguments = list(summary.by_parameter(given[:placed], named))
    for name, memory in arguments:
        if summary.may(summary.writes, name):
            flow.write(memory)
    for name, memory in arguments:
        if summary.may(summary.saves, name):
            flow.mark_saved(memory)
    if summary.saves:
        flow.mark_saved(receiver)
    if summary.keeps_result:
        flow.mark_saved(made)
    if summary.parts:
        return _tuple_of(flow, [_given_back(flow, part, arguments, receiver) for part in summary.parts])
    return made | shared_by(summary, arguments, receiver)


def _pass_on(
    flow: PointsTo, runs: frozenset[str] | None, node: ir.Call, given: list[Locations], named: dict[str, Locations]
) -> None:
    """Note the arguments that a call hands to functions of the file."""
    containers: set[int | str | None] = {
        place for place, value in enumerate(_plain_values(node)) if value is not None and is_container(flow, value)
    }
    containers.update(keyword.name for keyword in queries.keywords(node) if is_container(flow, keyword.value))
    arguments: dict[int | str, Locations] = dict(enumerate(given))
    arguments.update(named)
    handed: list[CallArgument] = []
    for place, memory in arguments.items():
        whole = flow.with_wholes(memory)
        handed.append(CallArgument(whole, not whole.isdisjoint(flow.found.keeps), place in containers))
    flow.found.passed.append(CallSite(runs, tuple(arguments), tuple(handed)))


def is_container(flow: PointsTo, node: ir.Expression) -> bool:
    """True if an expression makes a container, or is a name that stands for one."""
    return queries.makes_container(node) or (isinstance(node, ir.Name) and node.id in flow.containers)


def _given_back(
    flow: PointsTo, part: Summary, arguments: list[tuple[str, Locations]], receiver: Locations
) -> Locations:
    made = flow.result_of(EMPTY.union(*(memory for _, memory in arguments)))
    if part.keeps_result:
        flow.mark_saved(made)
    return made | shared_by(part, arguments, receiver)


def _tuple_of(flow: PointsTo, items: list[Locations]) -> Locations:
    everything = EMPTY.union(*items)
    flow.tuples[everything] = items
    return everything


def call_inner(flow: PointsTo, name: str, given: list[Locations], named: dict[str, Locations]) -> Locations:
    """Go through a call of an inner function, by its name."""
    parameters, gives = flow.inner[name]
    arguments = EMPTY.union(*given, *named.values())
    _bind_inner(flow, parameters, arguments)
    if not parameters.isdisjoint(flow.found.keeps):
        flow.mark_saved(arguments)
    made = flow.result_of(arguments) | (gives - parameters)
    return made if gives.isdisjoint(parameters) else made | arguments


def _bind_inner(flow: PointsTo, parameters: Locations, arguments: Locations) -> None:
    """Bind these arguments to parameters of an inner function that is called by name, or by whatever it is handed to."""
    if not arguments.isdisjoint(flow.found.keeps):
        flow.found.saved_late |= parameters
    if flow.is_tensor(arguments):
        flow.found.seen |= parameters


def hand_to_inner(flow: PointsTo, node: ir.Call, given: list[Locations], named: dict[str, Locations]) -> None:
    """Hand the arguments of a call to an inner function that is one of them: it may be called with the others."""
    for value in _plain_values(node):
        handed = (value.function.id,) if isinstance(value, ir.Call) and isinstance(value.function, ir.Name) else ()
        for name in (*handed, value.id if isinstance(value, ir.Name) else ""):
            if name in flow.inner:
                everything = EMPTY.union(*(parameters for parameters, _ in flow.inner.values()))
                _bind_inner(flow, everything, EMPTY.union(*given, *named.values()))


def _plain_values(call: ir.Call) -> list[ir.Expression | None]:
    """Return the positional arguments of a call, None for those that have a star."""
    return [None if argument.star else argument.value for argument in queries.positional(call)]
