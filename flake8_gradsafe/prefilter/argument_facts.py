"""The arguments of calls in a file, followed to its functions.

Of each parameter it is told whether its argument may be kept, is a tensor, requires grad, or was computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY
from flake8_gradsafe.prefilter.signatures import Signature
from flake8_gradsafe.prefilter.summaries import CALLED, Summaries, number_of
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.prefilter.code_units import CodeUnit
    from flake8_gradsafe.prefilter.points_to import CallArgument, CallSite, Locations, PointsTo


#: An object calls itself, or makes another of its kind.
_REPEATS_ITSELF = re.compile(r"\b(?:self|cls|type)\(|\b__class__\b")


@dataclass(slots=True)
class ParameterFacts:
    """The parameters of a function that get, by calls in the file, arguments with these properties.

    `items` are those that are given tensors, or containers of some.
    """

    kept: set[str] = field(default_factory=set)
    tensors: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    graded: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)

    def add(self, names: frozenset[str], told: Iterable[str]) -> bool:
        """Add properties to these parameters, and return whether any of that is new."""
        known = [getattr(self, fact) for fact in told]
        if all(names <= its for its in known):
            return False
        for its in known:
            its |= names
        return True


class _CallerFacts(NamedTuple):
    """The memory from outside of a function that is known to have these properties, which are those of `ParameterFacts`."""

    kept: set[int]
    tensors: set[int]
    items: set[int]
    graded: set[int]
    computed: set[int]


class _Argument(NamedTuple):
    """An argument of a call. `fills` has the functions that the call may run, each with the parameter that gets it.

    `shows`, `grades`: the caller's flow shows that it is a tensor, or requires grad. `computed`: it is not from outside.
    """

    given: CallArgument
    shows: bool
    grades: bool
    computed: bool
    fills: list[tuple[CodeUnit, frozenset[str]]]

    def holds(self, outside: _CallerFacts) -> list[str]:
        """Return the properties of `ParameterFacts` that the argument has."""
        memory, kept, holds = self.given
        has = {
            "kept": kept or not memory.isdisjoint(outside.kept),
            "tensors": not holds and (self.shows or not memory.isdisjoint(outside.tensors)),
            "items": self.shows or not memory.isdisjoint(outside.items),
            "graded": self.grades or not memory.isdisjoint(outside.graded),
            "computed": self.computed or not memory.isdisjoint(outside.computed),
        }
        return [name for name, told in has.items() if told]


class ArgumentFacts:
    """Follows arguments from the calls in a file to the functions that are called, until nothing new is found."""

    def __init__(self, summaries: Summaries) -> None:
        """Take the summaries of a file's functions."""
        self.summaries = summaries
        self.index = summaries.index
        self._signatures: dict[CodeUnit, Signature] = {}

    @cached_property
    def flows(self) -> dict[CodeUnit, PointsTo]:
        """The flows of all functions, and of the statements between them."""
        return {unit: flow for unit in self.index.leaves if (flow := self.summaries.flow(unit)) is not None}

    @cached_property
    def attributes(self) -> tuple[set[int], set[int]]:
        """The memory of attributes that a function of the file may keep, and that one shows to be a tensor."""
        flows = list(self.flows.values())
        seen = {location for flow in flows for location in flow.found.seen if location < 0}
        for flow in flows:
            seen.update(number_of(name) for name, memory in flow.found.bound if flow.is_tensor(memory))
        return kept_by(flows), seen

    def is_handed(self, memory: Locations, unit: CodeUnit, flow: PointsTo, what: str) -> bool:
        """True if a call in the file gives a function, for this memory, an argument with this property."""
        asked = {name for name, its in flow.given.items() if not memory.isdisjoint(its)}
        if not asked or not self.may_be_called(unit):
            return False
        handed = self.handed.get(unit)
        return handed is not None and not asked.isdisjoint(getattr(handed, what))

    def may_be_called(self, unit: CodeUnit) -> bool:
        """True if anything in the file may call a function.

        The caller names the function or, for a method that objects call by themselves, its class.
        """
        names = {unit.name}
        if unit.owner is not None and (unit.name == "forward" or unit.name.startswith("__")):
            names |= {name for name, above in self.index.bases.items() if unit.owner.name in above} | {"__call__"}
            family = self.index.related_classes(unit) or ()
            if any(_REPEATS_ITSELF.search(part.text) for cls in family for part in self.index.classes[cls].parts):
                return True
        return any(user is not unit for name in names for user in self.index.users_of(name))

    @cached_property
    def handed(self) -> dict[CodeUnit, ParameterFacts]:
        """Facts about the arguments of the calls in the file, by the function that is called."""
        handed: dict[CodeUnit, ParameterFacts] = {}
        grown = True
        while grown:
            grown = False
            for caller, arguments in self._arguments.items():
                outside = self._known_outside(handed.get(caller, ParameterFacts()), self.flows[caller])
                for argument in arguments:
                    told = argument.holds(outside)
                    for callee, filled in argument.fills:
                        grown |= handed.setdefault(callee, ParameterFacts()).add(filled, told)
        return handed

    @cached_property
    def _arguments(self) -> dict[CodeUnit, list[_Argument]]:
        """The arguments that each function hands to others."""
        return {caller: list(self._arguments_of(flow)) for caller, flow in self.flows.items()}

    def _arguments_of(self, flow: PointsTo) -> Iterator[_Argument]:
        for passed in flow.found.passed:
            ways = [(callee, self._signature(callee).filled(passed.places)) for callee in self._called_with(passed)]
            for place, given in enumerate(passed.given):
                memory = given.memory
                if memory and ways:
                    shows, grades = flow.is_tensor(memory), flow.requires_grad(memory)
                    fills = [(callee, filled[place]) for callee, filled in ways]
                    yield _Argument(given, shows, grades, not memory <= flow.outside, fills)

    def _known_outside(self, its: ParameterFacts, flow: PointsTo) -> _CallerFacts:
        """Return the facts about memory from outside of a function whose arguments have these properties."""
        kept, tensors = self.attributes
        return _CallerFacts(
            {0, *kept, *flow.found.saved_late, *_memory_of(its.kept, flow)},
            tensors | _memory_of(its.tensors, flow),
            tensors | _memory_of(its.items, flow),
            _memory_of(its.graded, flow),
            _memory_of(its.computed, flow),
        )

    def _called_with(self, passed: CallSite) -> list[CodeUnit]:
        """The functions that a call may run: of those with its name, the ones that take so many arguments, or such."""
        named = None if passed.names is None else [unit for name in passed.names for unit in self._named(name)]
        among = self._handed_about if named is None else named
        return [unit for unit in among if self._signature(unit).may_take(passed.places)] or named or []

    @cached_property
    def _handed_about(self) -> list[CodeUnit]:
        """The functions that something may call without naming them: objects' own, and what is named without being called."""
        return [
            function
            for function in self.index.functions
            if (function.owner is not None and function.name in CALLED) or function.name in self.index.uncalled
        ]

    def _named(self, name: str) -> list[CodeUnit]:
        owner, _, method = name.rpartition(".")
        if not owner:
            return self.index.by_name.get(name, [])
        cls = self.index.classes.get(owner)
        return [part for part in cls.parts if part.name == method] if cls is not None else []

    def _signature(self, unit: CodeUnit) -> Signature:
        if unit not in self._signatures:
            decorators = unit.node.decorators if unit.node is not None else ()
            names = {
                queries.last_name(decorator.function if isinstance(decorator, ir.Call) else decorator)
                for decorator in decorators
            }
            wrapped = not names.isdisjoint(self.index.by_name) or not names.isdisjoint(self.index.classes)
            self._signatures[unit] = Signature(unit, wrapped=wrapped)
        return self._signatures[unit]


def _memory_of(names: Iterable[str], flow: PointsTo) -> set[int]:
    return {location for name in names for location in flow.given[name]}


def kept_by(flows: Iterable[PointsTo]) -> set[int]:
    """The attributes that functions keep, or bind to what they keep or were given."""
    kept: set[int] = set()
    for flow in flows:
        given = EMPTY.union(*flow.given.values())
        kept.update(location for location in flow.found.keeps if location < 0)
        kept.update(
            number_of(name)
            for name, memory in flow.found.bound
            if not memory.isdisjoint(flow.found.keeps) or not memory.isdisjoint(given)
        )
    return kept
