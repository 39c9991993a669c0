"""What the calls in a file hand to its functions: may it be kept, is it a tensor, does it require grad, was it computed?"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.scouting import spellings
from flake8_gradsafe.scouting.memories import NONE
from flake8_gradsafe.scouting.owning import CALLED, Owning, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.scouting.flow import Flow
    from flake8_gradsafe.scouting.memories import Memory, Passed
    from flake8_gradsafe.scouting.units import Unit


#: An object calls itself, or makes another of its kind.
_REPEATS_ITSELF = re.compile(r"\b(?:self|cls|type)\(|\b__class__\b")


@dataclass(slots=True)
class Handed:
    """The parameters of a function that are given, by calls in the file, what has these properties."""

    kept: set[str] = field(default_factory=set)
    tensors: set[str] = field(default_factory=set)
    graded: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.kept) + len(self.tensors) + len(self.graded) + len(self.computed)


class Handing(Owning):
    """Follows arguments from the calls in a file to the functions that are called, until nothing new is found."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        """Take a file's text and CPython's tree of it."""
        super().__init__(source, tree)
        self._parameters: dict[Unit, list[str]] = {}

    @cached_property
    def _all_flows(self) -> dict[Unit, Flow]:
        return {unit: flow for unit in self.leaves if (flow := self.flow(unit)) is not None}

    @cached_property
    def _attributes(self) -> tuple[set[int], set[int]]:
        """The memory of attributes that a function of the file may keep, and that one shows to be a tensor."""
        flows = list(self._all_flows.values())
        seen = {each for flow in flows for each in flow.found.seen if each < 0}
        for flow in flows:
            seen.update(number_of(name) for name, memory in flow.found.bound if flow.is_tensor(memory))
        return kept_by(flows), seen

    def _is_handed(self, memory: Memory, unit: Unit, flow: Flow, what: str) -> bool:
        asked = {name for name, its in flow.given.items() if not memory.isdisjoint(its)}
        if not asked or not self._may_be_called(unit):
            return False
        handed = self._handed.get(unit)
        return handed is not None and not asked.isdisjoint(getattr(handed, what))

    def _may_be_called(self, unit: Unit) -> bool:
        """Whether anything in the file may call a function: what names it or, for what objects do by themselves, its class."""
        names = {unit.name}
        if unit.owner is not None and (unit.name == "forward" or unit.name.startswith("__")):
            names |= {name for name, above in self.bases.items() if unit.owner.name in above} | {"__call__"}
            family = self.family(unit) or ()
            if any(_REPEATS_ITSELF.search(each.text) for cls in family for each in self.classes[cls].parts):
                return True
        return any(each is not unit for name in names for each in self.naming(name))

    @cached_property
    def _handed(self) -> dict[Unit, Handed]:
        """What is known of the arguments of the calls in the file, by the function that is called."""
        handed: dict[Unit, Handed] = {}
        grown = True
        while grown:
            grown = False
            for caller, flow in self._all_flows.items():
                its = handed.get(caller, Handed())
                kept = {0, *self._attributes[0], *flow.found.late, *_memory_of(its.kept, flow)}
                seen = self._attributes[1] | _memory_of(its.tensors, flow)
                graded = _memory_of(its.graded, flow)
                for passed in flow.found.passed:
                    for callee in self._called(passed):
                        grown |= self._hand(handed, callee, passed, (kept, seen, graded), flow)
        return handed

    def _called(self, passed: Passed) -> list[Unit]:
        if passed.names is None:
            return self._handed_about
        return [unit for name in passed.names for unit in self._named(name)]

    @cached_property
    def _handed_about(self) -> list[Unit]:
        """The functions that something may call without naming them: objects' own, and what is named without being called."""
        return [
            each
            for each in self.functions
            if (each.owner is not None and each.name in CALLED) or each.name in self.uncalled
        ]

    @cached_property
    def uncalled(self) -> set[str]:
        """The names that stand for something other than what is called at that place.

        What is bound to another name, by which nothing is called here, is not called here.
        """
        calls = [each for unit in self.leaves for each in unit.of(ast.Call)]
        known = {id(node) for call in calls for node in _called_or_applied(call)}
        called = {spellings.called(call) for call in calls}
        known |= {
            id(each.value)
            for unit in self.leaves
            for each in unit.of(ast.Assign)
            if called.isdisjoint(map(spellings.last_name, each.targets))
        }
        return {
            spellings.last_name(each)
            for unit in self.leaves
            for each in (*unit.of(ast.Name), *unit.of(ast.Attribute))
            if id(each) not in known
        }

    def _named(self, name: str) -> list[Unit]:
        owner, _, method = name.rpartition(".")
        if not owner:
            return self.by_name.get(name, [])
        return [each for each in self.classes[owner].parts if each.name == method] if owner in self.classes else []

    def _hand(
        self,
        handed: dict[Unit, Handed],
        callee: Unit,
        passed: Passed,
        outer: tuple[set[int], set[int], set[int]],
        flow: Flow,
    ) -> bool:
        names = self._parameters_of(callee)
        into = handed.setdefault(callee, Handed())
        before = len(into)
        kept, seen, graded = outer
        for place, memory, kept_now in passed.given:
            filled = _filled_by(place, names, callee)
            if filled <= into.kept and filled <= into.tensors and filled <= into.graded and filled <= into.computed:
                continue
            if kept_now or not memory.isdisjoint(kept):
                into.kept |= filled
            if not memory.isdisjoint(seen) or flow.is_tensor(memory):
                into.tensors |= filled
            if not memory.isdisjoint(graded) or flow.requires_grad(memory):
                into.graded |= filled
            if not memory <= flow.outside:
                into.computed |= filled
        return len(into) > before

    def _parameters_of(self, unit: Unit) -> list[str]:
        if unit not in self._parameters:
            self._parameters[unit] = [each.arg for each in spellings.parameters(unit.node)]
        return self._parameters[unit]


def _memory_of(names: Iterable[str], flow: Flow) -> set[int]:
    return {each for name in names for each in flow.given[name]}


def kept_by(flows: Iterable[Flow]) -> set[int]:
    """The attributes that functions keep, or bind to what they keep or were given."""
    kept: set[int] = set()
    for flow in flows:
        given = NONE.union(*flow.given.values())
        kept.update(each for each in flow.found.keeps if each < 0)
        kept.update(
            number_of(name)
            for name, memory in flow.found.bound
            if not memory.isdisjoint(flow.found.keeps) or not memory.isdisjoint(given)
        )
    return kept


def _filled_by(place: int | str, names: list[str], callee: Unit) -> set[str]:
    """The parameters that an argument may be: whether a method's first is given is not looked at."""
    if isinstance(place, str):
        return {place} if place in names else set(names)
    if not names:
        return set()
    return {names[min(at, len(names) - 1)] for at in (place, place + int(callee.owner is not None))}


def _called_or_applied(call: ast.Call) -> Iterator[ast.expr]:
    """What a call calls, and what `module.apply(function)` will call with modules alone."""
    yield call.func
    if spellings.called(call) in {"apply", "named_apply"}:
        for each in call.args:
            yield each
            if isinstance(each, ast.Call) and spellings.called(each) == "partial":
                yield from each.args
