"""Flags for reported places in libcst's tree: a visitor finds the node of each place, by its kind and where it stands."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from flake8_gradsafe.finding import Location
from flake8_gradsafe.flagging.kinds import kinds_for
from flake8_gradsafe.flagging.positions import extents_in
from flake8_gradsafe.flagging.written import Written

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_gradsafe.flagging.positions import Extents, TopLevel
    from flake8_gradsafe.syntax.location import Span


@dataclass(frozen=True, slots=True)
class Flag:
    """The node that stands for a place, the location that is reported of it, and the `for` loops around it, outermost first."""

    node: cst.CSTNode
    location: Location
    loops: tuple[cst.For, ...]

    def standing_in(self, path: str) -> Flag:
        """The flag of a place in another file than the one that is checked."""
        return replace(self, location=replace(self.location, path=path))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A place that is looked for."""

    place: object
    span: Span
    kinds: tuple[type[cst.CSTNode], ...]


class _Found(NamedTuple):
    """A node that holds a place, and the loops around it."""

    node: cst.CSTNode
    loops: tuple[cst.For, ...]


def flagged(module: cst.Module, tree: ast.Module, text: str, places: Iterable[object]) -> dict[int, Flag]:
    """The flags of a program's places, by the places' `id()`. `module` and `tree` are libcst's and CPython's parse of the text.

    Only the statements of the module's body that hold a place are gone through.
    """
    written = Written(module, tree, text)
    distinct = {id(place): place for place in places}.values()
    wanted = [_Wanted(place, written.span(place), kinds_for(place)) for place in distinct]
    wanted.sort(key=lambda flag: flag.span)
    flags: dict[int, Flag] = {}
    for statement, line, (first, last) in _statements(module, written.tree):
        here = _between(wanted, (first, 0), (last + 1, 0))
        if here:
            visitor = FlaggingVisitor(extents_in(module, statement, line), here)
            flags |= visitor.flags(statement)
    return flags


class FlaggingVisitor(cst.CSTVisitor):
    """Goes to the places in a statement. A place's node is the innermost of its kind that holds it.

    Where libcst has no such node, it is the innermost of all.
    """

    def __init__(self, extents: Extents, wanted: Sequence[_Wanted]) -> None:
        """Take the positions of the statement's nodes, and the places, sorted."""
        super().__init__()
        self._extents = extents
        self._wanted = wanted
        self._fitting: dict[int, _Found] = {}
        self._nearest: dict[int, _Found] = {}
        self._at: _Found | None = None
        self._pending: list[_Found] = []

    def flags(self, statement: cst.CSTNode) -> dict[int, Flag]:
        """The flags by the places' `id()`. One level is visited at a time, so that no depth is too much for the stack."""
        self.on_visit(statement)
        while self._pending:
            self._at = self._pending.pop()
            self._at.node.visit(self)
        found = self._nearest | self._fitting
        return {place: Flag(node, self._location(node), loops) for place, (node, loops) in found.items()}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note a node for the places that it holds, and go to its children later."""
        if self._at is not None and node is self._at.node:
            return True
        extent = self._extents.extents[id(node)]
        here = [flag for flag in _between(self._wanted, extent.start, extent.end) if flag.span.end <= extent.end]
        if here:
            loops = () if self._at is None else self._at.loops
            found = _Found(node, (*loops, node) if isinstance(node, cst.For) else loops)
            self._pending.append(found)
            for flag in here:
                (self._fitting if isinstance(node, flag.kinds) else self._nearest)[id(flag.place)] = found
        return False

    def _location(self, node: cst.CSTNode) -> Location:
        """Return the location at which a node is reported: of a chain over several lines, the offending attribute's line."""
        whole = start = self._span(node)
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            method = self._span(node.func.attr)
            start = whole if method.line == whole.line else method
        return Location(*start.start, *whole.end)

    def _span(self, node: cst.CSTNode) -> Span:
        return self._extents.spans.get(id(node)) or self._extents.extents[id(node)]


def _between(wanted: Sequence[_Wanted], start: tuple[int, int], end: tuple[int, int]) -> Sequence[_Wanted]:
    """The places that begin at a start or behind it, and before an end."""
    first = bisect_left(wanted, start, key=lambda flag: flag.span.start)
    return wanted[first : bisect_left(wanted, end, lo=first, key=lambda flag: flag.span.start)]


def _statements(module: cst.Module, tree: ast.Module) -> Iterator[tuple[TopLevel, int, tuple[int, int]]]:
    """The statements of a module's body with the line of the first word, the first line and the last."""
    body = iter(tree.body)
    for statement in module.body:
        small = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
        first, *others = (next(body) for _ in range(small))
        decorators = [decorator.lineno for decorator in getattr(first, "decorator_list", ())]
        last = others[-1] if others else first
        yield statement, first.lineno, (min([first.lineno, *decorators]), last.end_lineno or last.lineno)
