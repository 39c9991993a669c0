"""Summaries of what calling the functions and objects of a file may do, made of their own flows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zlib import crc32

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.callables import CallableResolver
from flake8_gradsafe.prefilter.effects import ANY, BOTTOM, TOP, Summary
from flake8_gradsafe.prefilter.module_index import MAKING, ModuleIndex
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, PointsTo
from flake8_gradsafe.prefilter.transfer.registry import run
from flake8_gradsafe.prefilter.transfer.statements import go_through
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.prefilter.code_units import CodeUnit
    from flake8_gradsafe.prefilter.points_to import Locations
    from flake8_gradsafe.syntax.module import Module

#: So often is a function that calls itself gone through.
_MAX_ITERATIONS = 3
#: Methods that run when an object is called.
CALLED = frozenset({"forward", "__call__"})


class Summaries:
    """The flows and the summaries of a file's functions, each made once, when it is asked for."""

    def __init__(self, module: Module, known: Mapping[str, Summary] | None = None) -> None:
        """Take a file's program, and the summaries of its functions that are known already."""
        self.index = ModuleIndex(module)
        self._known = known or {}
        self.layers = CallableResolver(self.index, self)
        self._flows: dict[CodeUnit, PointsTo | None] = {}
        self._running: list[CodeUnit] = []
        self._assumed: dict[CodeUnit, Summary] = {}
        self._shown: dict[CodeUnit, Summary] = {}

    def flow(self, unit: CodeUnit) -> PointsTo | None:
        """Return what a function's flow shows; None while the function is being gone through."""
        if unit not in self._flows:
            self._flows[unit] = None
            self._running.append(unit)
            self._flows[unit] = self._fixpoint(unit)
            self._running.pop()
        return self._flows[unit]

    def _fixpoint(self, unit: CodeUnit) -> PointsTo:
        """The flow of a function. Of one that calls itself, what the call does is what the last try has shown of it."""
        flow = self._gone_through(unit)
        tries = 0
        while unit in self._assumed and tries < _MAX_ITERATIONS:
            shown = _summary_of(unit, flow)
            if shown == self._assumed[unit]:
                return flow
            tries += 1
            self._assumed[unit] = shown if tries < _MAX_ITERATIONS else TOP
            flow = self._gone_through(unit)
        return flow

    def _gone_through(self, unit: CodeUnit) -> PointsTo:
        applied = unit.owner is not None and self.index.is_custom(unit.owner)
        flow = PointsTo(
            self.index.operations, _Around(self, unit), self.index.imported, unit.nodes.written, applied=applied
        )
        if isinstance(unit.node, ir.Function):
            flow.containers |= queries.used_as_containers(unit.nodes.calls)
            go_through(flow, unit.node)
        else:
            run(flow, unit.statements)
        return flow

    def summary_of_function(self, name: str) -> Summary | None:
        """Return what calling the file's functions of this name may do."""
        own = self.index.by_name.get(name)
        if own is None:
            return None
        return replace(self._joined_summary(own), runs=frozenset({name}))

    def summary_of_method(self, name: str, family: frozenset[str] | None) -> Summary | None:
        """Return what calling a method of objects of some of the file's classes may do; of all classes without `family`."""
        if family is None:
            return None if name in MAKING else self.summary_of_function(name)
        own = [
            part
            for cls in sorted(family)
            for part in self.index.classes[cls].parts
            if part.name == name and part.is_function
        ]
        if not own:
            return None
        runs = frozenset(f"{unit.owner.name}.{name}" for unit in own if unit.owner is not None)
        return replace(BOTTOM if name in MAKING else self._joined_summary(own), runs=runs)

    def summary_of_constructor(self, name: str) -> Summary:
        """Return what making an object of one of the file's classes may do."""
        makers = [part for part in self.index.classes[name].parts if part.name in MAKING]
        return replace(self._joined_summary(makers), shares=ANY, makes=True, runs=frozenset({f"{name}.__init__"}))

    def summary_of_object(self, name: str) -> Summary:
        """Return what calling an object of one of the file's classes may do."""
        methods = [part for part in self.index.classes[name].parts if part.name in CALLED]
        if not methods:
            return TOP
        return replace(self._joined_summary(methods), runs=frozenset({f"{name}.forward", f"{name}.__call__"}))

    def _joined_summary(self, units: list[CodeUnit]) -> Summary:
        summary = BOTTOM
        for unit in units:
            summary |= self.summary_of_unit(unit)
        return summary

    def summary_of_unit(self, unit: CodeUnit) -> Summary:
        """Return what calling a function may do."""
        if unit.qualified_name in self._known and self.index.has_own_name(unit):
            return self._known[unit.qualified_name]
        flow = self.flow(unit)
        if flow is None:
            return self._while_running(unit)
        if unit not in self._shown:
            self._shown[unit] = _summary_of(unit, flow)
        return self._shown[unit]

    def _while_running(self, unit: CodeUnit) -> Summary:
        """Return what calling a function may do while it is gone through: one that calls itself has no effect at first."""
        if self._running[-1] is not unit:
            return TOP
        return self._assumed.setdefault(unit, Summary(_parameters(unit)))


@dataclass(frozen=True, slots=True)
class _Around:
    """The answers of a file to the questions of one function's flow."""

    summaries: Summaries
    unit: CodeUnit

    def calling(self, callee: ir.Expression, *, local: bool = False) -> Summary | None:
        summaries, index = self.summaries, self.summaries.index
        if isinstance(callee, ir.Name):
            if local:
                return summaries.layers.resolve(callee, self.unit)
            if callee.id in index.classes:
                return summaries.summary_of_constructor(callee.id)
            if callee.id in index.body.binds and callee.id not in index.imported:
                return summaries.layers.resolve(callee, index.body)
            return summaries.summary_of_function(callee.id)
        if isinstance(callee, ir.Attribute):
            inside = queries.is_own(callee.value) or queries.is_super(callee.value)
            family = index.related_classes(self.unit) if inside else None
            own = summaries.summary_of_method(callee.attr, family)
            if callee.attr in summaries.layers.attributes:
                return summaries.layers.attribute(callee.attr, family) | (own or BOTTOM)
            return own
        return summaries.layers.resolve(callee, self.unit)

    def attribute(self, node: ir.Attribute) -> Locations:
        summaries, index = self.summaries, self.summaries.index
        if node.attr in {"weight", "bias"}:
            return LEAF
        values = summaries.layers.held(
            node.attr, index.related_classes(self.unit) if queries.is_own(node.value) else None
        )
        if values and any(index.is_leaf(bound.value) for bound in values):
            plain = all(_makes_module_container(bound.value) for bound in values)
            return EMPTY if plain else LEAF
        if not queries.is_own(node.value) or (values and all(_is_plain(bound.value) for bound in values)):
            return EMPTY
        return frozenset({number_of(node.attr)})

    def is_rebound(self, name: str) -> bool:
        return not self.unit.is_function and name in self.summaries.index.rebound

    def grades(self, name: str) -> bool:
        summaries, index = self.summaries, self.summaries.index
        if self.unit is index.body or name not in index.body.binds:
            return False
        flow = summaries.flow(index.body)
        return flow is None or bool(flow.found.graded)


def number_of(attribute: str) -> int:
    """The number that stands for the memory of the objects' own attributes of one name: below zero."""
    return -1 - crc32(attribute.encode())


def _summary_of(unit: CodeUnit, flow: PointsTo) -> Summary:
    """Return what calling a function may do to its arguments, and whether it may keep its result."""
    found = flow.found
    given = EMPTY.union(*flow.given.values())
    names = _parameters(unit)
    starred = any(parameter in names for parameter in _starred(unit))
    kept = frozenset(name for name, its in flow.given.items() if not its.isdisjoint(found.keeps))
    whole = Summary(
        names,
        ANY if starred and kept else kept,
        grades=flow.requires_grad(found.returns),
        shows=flow.is_tensor(found.returns),
    )

    def of(memory: Locations) -> Summary:
        shared = frozenset(name for name, its in flow.given.items() if not its.isdisjoint(memory))
        kept_now = not memory.isdisjoint(found.keeps - given)
        return replace(whole, keeps_result=kept_now, shares=ANY if starred and shared else shared)

    lengths = {len(items) for items in found.tuples}
    if len(lengths) == 1 and lengths != {0}:
        parts = tuple(of(EMPTY.union(*items)) for items in zip(*found.tuples, strict=True))
        return replace(of(found.returns), parts=parts)
    return of(found.returns)


def _parameters(unit: CodeUnit) -> tuple[str, ...]:
    """The names of what a call gives a function."""
    names = tuple(parameter.name for parameter in queries.parameters(unit.node))
    is_static = any(queries.dotted(decorator) == "staticmethod" for decorator in _decorators(unit))
    return names if unit.owner is None or is_static else names[1:]


def _decorators(unit: CodeUnit) -> tuple[ir.Expression, ...]:
    return unit.node.decorators if unit.node is not None else ()


def _starred(unit: CodeUnit) -> list[str]:
    return [parameter.name for parameter in queries.parameters(unit.node) if parameter.star]


def _makes_module_container(value: ir.Expression | None) -> bool:
    return isinstance(value, ir.Call) and queries.called(value) in library.CONTAINERS


def _is_plain(value: ir.Expression | None) -> bool:
    """True if something is no tensor, and holds none."""
    if isinstance(value, ir.Call):
        is_empty = queries.makes_container(value) and not queries.positional(value)
        return is_empty or queries.called(value) in library.PLAIN_BUILTINS
    if isinstance(value, (ir.Unary, ir.Not)):
        return _is_plain(value.operand)
    if isinstance(value, ir.Sequence):
        return all(_is_plain(item) for item in value.items)
    if isinstance(value, ir.Opaque):
        return value.form == "bytes"
    return isinstance(value, (ir.Constant, ir.Formatted)) or (isinstance(value, ir.Mapping) and not value.keys)
