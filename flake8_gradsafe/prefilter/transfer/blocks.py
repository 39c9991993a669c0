"""Compound statements: both ways of a branch are joined, a loop is gone through twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, Locations
from flake8_gradsafe.prefilter.transfer.binding import bind, bind_item
from flake8_gradsafe.prefilter.transfer.registry import locations, run, statement
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.nodes import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.prefilter.points_to import PointsTo


def _join_branches(flow: PointsTo, *blocks: Iterable[ir.Statement]) -> None:
    """Go through the ways of a branch, and join what they do to memory.

    What one way keeps, another that leaves it alone does not: the two are told apart.
    """
    before, kept_before, containers = flow.names, frozenset(flow.found.keeps), flow.containers
    ends: list[dict[str, Locations]] = []
    containers_after: list[set[str]] = []
    kept: list[frozenset[int]] = []
    for block in blocks:
        flow.names, flow.containers = before.copy(), containers.copy()
        flow.found.keeps = set(kept_before)
        run(flow, block)
        ends.append(flow.names)
        containers_after.append(flow.containers)
        kept.append(frozenset(flow.found.keeps))
    flow.containers = set.intersection(*containers_after)
    everything = frozenset().union(*kept)
    flow.found.keeps = set(everything)
    joined: dict[str, Locations] = {}
    for names, its in zip(ends, kept, strict=True):
        twins = flow.split_per_branch(everything - its - kept_before, names)
        for name, memory in names.items():
            if twins and not memory.isdisjoint(twins.keys()):
                memory = frozenset(twins.get(location, location) for location in memory)
            known = joined.get(name, memory)
            joined[name] = memory if known is memory else known | memory
    flow.names = joined


@statement(ir.Branch)
def _if(flow: PointsTo, node: ir.Branch) -> None:
    locations(flow, node.test)
    made = flow.made
    _join_branches(flow, node.body, node.orelse)
    if not node.orelse and is_left_by_the_last(flow, node.test):
        body = [flow.written.get(statement, statement) for statement in node.body]
        bound = [target for statement in body if _is_assignment(statement) for target in statement.targets]
        for target in bound:
            if isinstance(target, ir.Name):
                pass_but_last(flow, [target], flow.names[target.id], made)


@statement(ir.With)
def _with(flow: PointsTo, node: ir.With) -> None:
    off = 0
    items = _items_of(node)
    for item in items:
        memory = locations(flow, item.context)
        off |= queries.sets_grad_off(item.context)
        if item.target is not None:
            bind(flow, item.target, memory)
    flow.without_grad += off
    run(flow, items[-1].body)
    flow.without_grad -= off


@statement(ir.Try)
def _try(flow: PointsTo, node: ir.Try) -> None:
    _join_branches(flow, [*node.body, *node.orelse], *([*node.body, *handler.body] for handler in node.handlers))
    run(flow, node.final)


@statement(Match)
def _match(flow: PointsTo, node: Match) -> None:
    subject = locations(flow, node.subject)
    for name in node.captured:
        flow.names[name] = subject
        flow.bind_keys(name, None)
    _join_branches(flow, (), *node.bodies)


def _items_of(node: ir.With) -> list[ir.With]:
    """The items of one `with`, which nest in the program."""
    items = [node]
    while len(node.body) == 1 and isinstance(node.body[0], ir.With) and node.body[0].place is node.place:
        node = node.body[0]
        items.append(node)
    return items


def is_left_by_the_last(flow: PointsTo, test: ir.Expression) -> bool:
    """True if a condition holds in all rounds of a loop but the last."""
    return bool(flow.counters) and queries.holds_but_last(test, flow.counters)


def pass_but_last(flow: PointsTo, targets: Iterable[ir.Expression], memory: Locations, made: int) -> None:
    """Bind to names what was made since `made`, for all rounds of a loop but the last."""
    for target in targets:
        if isinstance(target, ir.Name):
            new = frozenset(location for location in memory if location > made)
            flow.passing[target.id] = flow.passing.get(target.id, EMPTY) | new


@statement(ir.Loop)
def _loop(flow: PointsTo, node: ir.Loop) -> None:
    if node.target is None:
        _rounds(flow, node.body, lambda: locations(flow, node.source))
        run(flow, node.orelse)
    else:
        _for(flow, node, node.target)


def _for(flow: PointsTo, node: ir.Loop, target: ir.Expression) -> None:
    source = locations(flow, node.source)
    last = flow.written.get(node.body[-1], node.body[-1]) if node.body else None
    flow.found.has_no_effect |= queries.rebinds_detached(node, last)
    outer, flow.counters = flow.counters, flow.counters | queries.counters(node)
    passing, flow.passing = flow.passing, {}
    _rounds(flow, node.body, lambda: bind_item(flow, target, node.source, source), some=True)
    for name in flow.passing.keys() & flow.names.keys():
        flow.names[name] = flow.names[name] - flow.passing[name] or flow.names[name]
    flow.counters, flow.passing = outer, passing
    run(flow, node.orelse)


def _rounds(flow: PointsTo, body: ir.Body, begin: Callable[[], object], *, some: bool = False) -> None:
    """Go through a loop's body twice. What the first round makes, the second makes again: it stands for both afterwards.

    `some`: nobody writes this loop for no rounds at all.
    """
    before, made = flow.names.copy(), flow.made
    begin()
    run(flow, body)
    first = flow.names.copy()
    begin()
    run(flow, body)
    for name in {*before, *first}:
        older = frozenset(location for location in first.get(name, EMPTY) if location <= made)
        flow.names[name] = flow.names.get(name, EMPTY) | (EMPTY if some else before.get(name, EMPTY)) | older


def _is_assignment(statement: ir.Statement) -> TypeGuard[ir.Assign]:
    """True if this is `targets = value`, without an annotation."""
    return isinstance(statement, ir.Assign) and statement.annotation is None
