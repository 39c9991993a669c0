"""The functions at which runs of a file have to begin, so that every run that reaches a suspicious one is made."""

from __future__ import annotations

import builtins
import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.module_index import MAKING
from flake8_gradsafe.prefilter.summaries import CALLED
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.nodes import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.prefilter.callables import CallableResolver
    from flake8_gradsafe.prefilter.code_units import CodeUnit
    from flake8_gradsafe.prefilter.module_index import ModuleIndex

#: The attributes and methods that hand out the modules of an object, or anything of it, under no name.
_HANDING_OUT = queries.HANDING_OUT_MODULES | {"_modules", "getattr", "__dict__"}
#: Methods that hand out, or call, what they are methods of.
_OF_CONTAINERS = _HANDING_OUT | CALLED | {"values", "items", "apply", "get", "pop", "get_submodule"}
#: These of other modules give back what they are given.
_REPEATING = frozenset({"partial", "copy", "deepcopy", "ref", "proxy"})
#: Given an object first, these neither keep it nor give it back.
_LOOKING = frozenset("super isinstance issubclass hasattr getattr setattr delattr type id repr str len".split())
_BY_NAME = re.compile(r"\b(?:globals|locals|vars|eval|exec)\(")


def skippable_functions(calls: CallGraph, suspects: Iterable[CodeUnit]) -> frozenset[str] | None:
    """The functions, by `name` or `Class.name`, from which no call leads to a suspect. Of a name that is given twice, none.

    None where nothing of the file itself leads to one.
    """
    entries = calls.entry_points_for(suspects)
    if entries <= calls.index.others:
        return None
    names = {unit.qualified_name for unit in entries}
    return frozenset(
        unit.qualified_name
        for unit in calls.index.functions
        if unit.qualified_name not in names and calls.index.has_own_name(unit)
    )


class CallGraph:
    """Tells which functions of a file may reach others by calls."""

    def __init__(self, index: ModuleIndex, layers: CallableResolver) -> None:
        """Take a file's index, and what its expressions make that can be called."""
        self.index = index
        self._layers = layers
        self._derived = {
            name: frozenset(cls for cls, bases in index.bases.items() if name in bases) for name in index.classes
        }
        self._known_callers: dict[CodeUnit, set[CodeUnit]] = {}

    def entry_points_for(self, suspects: Iterable[CodeUnit]) -> set[CodeUnit]:
        """Return the units at which runs that reach these functions begin.

        They are these functions, all functions from which calls may reach them, and the forwards that show what they
        have done.
        """
        found = self.transitive_callers(suspects)
        return found | set(self._run_on_what_is_made(found))

    def transitive_callers(self, units: Iterable[CodeUnit]) -> set[CodeUnit]:
        """Return these functions and all from which calls may reach them."""
        found = set(units)
        pending = list(found)
        while pending:
            more = self.direct_callers(pending.pop()) - found
            found |= more
            pending += more
        return found

    def _run_on_what_is_made(self, makers: Iterable[CodeUnit]) -> Iterator[CodeUnit]:
        """The forwards of the objects that some constructors make: by these it shows what a constructor has done."""
        for maker in makers:
            if maker.owner is not None and maker.name in MAKING:
                for name in self._derived[maker.owner.name]:
                    yield from filter(self.index.is_entry, self._methods(name))

    def direct_callers(self, unit: CodeUnit) -> set[CodeUnit]:
        """Return the functions that may call this one, or the module's body."""
        if unit not in self._known_callers:
            self._known_callers[unit] = set(self._found_callers(unit))
        return self._known_callers[unit]

    def _found_callers(self, unit: CodeUnit) -> Iterator[CodeUnit]:
        index = self.index
        if unit is index.body:
            carried = set(_carried(unit, unit.statements, index))
            yield from (function for function in index.functions if not carried.isdisjoint(function.names))
        elif unit.is_function and unit.owner is None:
            yield from chain.from_iterable(map(index.users_of, index.names_of(unit.name)))
        elif unit.is_function and unit.owner is not None:
            if unit.name in MAKING:
                yield from self._makers(unit.owner.name)
            elif unit.name in CALLED:
                yield from self._callers_of_objects(unit.owner.name)
            elif unit.name.startswith("__"):
                yield from self._holders(unit.owner.name)
                yield from _methods_of(unit.owner)
            else:
                yield from self._callers_of_method(unit.name, unit.owner.name)

    def _methods(self, name: str) -> list[CodeUnit]:
        return _methods_of(self.index.classes[name])

    def _using(self, names: Iterable[str]) -> set[CodeUnit]:
        """Return the functions that use one of these names otherwise than to look up an attribute on it."""
        return {unit for name in names for unit in self._users.get(name, ())}

    @cached_property
    def _users(self) -> dict[str, list[CodeUnit]]:
        found: dict[str, list[CodeUnit]] = {}
        for unit, names in self._used_by.items():
            for name in names:
                found.setdefault(name, []).append(unit)
        return found

    @cached_property
    def _used_by(self) -> dict[CodeUnit, frozenset[str]]:
        return {unit: frozenset(_used_names(unit)) for unit in self.index.leaves}

    def _callers_of_method(self, name: str, owner: str) -> Iterator[CodeUnit]:
        """Yield the functions that name a method.

        They name it on their own object, on a class, and on anything at all where an object may be anywhere.
        """
        bases, derived = self.index.bases, self._derived[owner]
        family = bases[owner] | derived
        beside = frozenset().union(*(bases[cls] for cls in derived))
        anywhere = owner in self._escaping_classes
        for unit in self.index.users_of(name):
            inside = unit.owner is not None and unit.owner.name in beside
            roots = _roots_of(name, unit)
            own = [root for root in roots if queries.is_own(root) or queries.is_super(root)]
            if (
                name in unit.looked_up
                or (inside and own)
                or any(queries.last_name(root) in family for root in roots)
                or (anywhere and (len(own) < len(roots) or not unit.is_function or name in self.index.body.binds))
            ):
                yield unit

    def _makers(self, owner: str) -> Iterator[CodeUnit]:
        """Yield the methods that make objects of a class."""
        derived = self._derived[owner]
        yield from self._using(derived)
        for name in derived:
            yield from (method for method in self._methods(name) if method.name in MAKING)
        for name in self.index.bases[owner] | derived:
            yield from (method for method in self._methods(name) if _makes_its_own(method))

    def _callers_of_objects(self, owner: str) -> Iterator[CodeUnit]:
        """Yield the functions that may call an object of a class.

        They are its makers, the users of attributes that may hold it, and its own methods.
        """
        derived = self._derived[owner]
        yield from self._using(derived)
        for name in self.index.bases[owner] | derived:
            for method in self._methods(name):
                if self._escapes_through(method) or not method.names.isdisjoint(CALLED):
                    yield method
        holding = self._holding(owner)
        leading = self._leading_to({unit.name for unit in holding} | derived) | _HANDING_OUT | CALLED
        for cls in holding:
            for method in _methods_of(cls):
                if self._holds_unnamed(cls) or not leading.isdisjoint(_used_attributes(method)):
                    yield method

    def _leading_to(self, classes: Iterable[str]) -> set[str]:
        """The attributes that may be objects of these classes."""
        runs = {f"{name}.{method}" for name in classes for method in CALLED}
        return {name for name, its in self._runs_of_attributes.items() if its is None or not runs.isdisjoint(its)}

    def _holding(self, owner: str) -> set[CodeUnit]:
        """The classes whose objects may hold one of a class, or what does: by what names them, or what makes them."""
        found: set[CodeUnit] = set()
        names, pending = set[str](), set(self._derived[owner])
        while pending:
            names |= pending
            holders = self._using(pending)
            found.update(unit.owner for unit in holders if unit.owner is not None)
            pending = {
                name
                for unit in holders
                for name in (self._derived[unit.owner.name] if unit.owner is not None else {unit.name})
                if name
            } - names
        return found

    @cached_property
    def _runs_of_attributes(self) -> dict[str, frozenset[str] | None]:
        """The functions of the file that calling an attribute may run, None where it may be any."""
        return {name: self._layers.attribute(name).runs for name in self._layers.attributes}

    def _holds_unnamed(self, cls: CodeUnit) -> bool:
        """True if the objects of a class hold others under no name, or under one that all of them share."""
        bases = cls.node.bases if isinstance(cls.node, ir.Class) else ()
        makers = self.index.classes.keys() | self.index.by_name.keys()
        return (
            any(queries.last_name(base) in library.CONTAINERS for base in bases)
            or any(not part.is_function and not makers.isdisjoint(self._used_by[part]) for part in cls.parts)
            or any(self._holds_unnamed(self.index.classes[name]) for name in self.index.bases[cls.name] - {cls.name})
        )

    def _holders(self, name: str) -> Iterator[CodeUnit]:
        """Yield the units that may have an object of a class.

        They name it or a class that derives from it, or they are methods of an object that may hold one.
        """
        for unit in chain.from_iterable(map(self.index.users_of, self._derived[name])):
            yield unit
            if unit.owner is not None:
                yield from _methods_of(unit.owner)

    @cached_property
    def _escaping_classes(self) -> frozenset[str]:
        """The classes of which anything but their own methods may have an object: by their name, by what decorates them, or as
        they hand it on.
        """
        named = self._users.keys() & self.index.classes.keys()
        named |= {
            name
            for name, unit in self.index.classes.items()
            if isinstance(unit.node, ir.Class) and unit.node.decorators
        }
        named |= {
            unit.owner.name for unit in self.index.functions if unit.owner is not None and self._escapes_through(unit)
        }
        return frozenset(above for name in named for above in (*self.index.bases[name], *self._derived[name]))

    def _escapes_through(self, method: CodeUnit) -> bool:
        """True if a method keeps its own object, calls it, returns it, or hands it, or its class, to the file's code."""
        if not _is_plain(method):
            return True
        attributes = method.nodes.attributes
        looked_at = {id(attribute.value) for attribute in attributes}
        if any(
            attribute.attr == "__class__" and queries.is_own(attribute.value) and id(attribute) not in looked_at
            for attribute in attributes
        ):
            return True
        looked_at.update(id(node) for call in method.nodes.calls for node in self._only_looked_at(call))
        return any(queries.is_own(name) and id(name) not in looked_at for name in method.nodes.names)

    def _only_looked_at(self, call: ir.Call) -> list[ir.Expression]:
        """The arguments of a call that runs no code of the file on them, and neither keeps them nor gives them back."""
        name = queries.called(call)
        given = _unstarred(call)
        if isinstance(call.function, ir.Name) and hasattr(builtins, name):
            return given[:1] if name in _LOOKING else []
        if isinstance(call.function, ir.Attribute) or name in self.index.imported:
            known = {*_REPEATING, *queries.CONTAINING, *self.index.by_name, *self.index.classes}
            return _unstarred(call) if name not in known else []
        return [] if self._is_anything_passed_as_value else _unstarred(call)

    @cached_property
    def _is_anything_passed_as_value(self) -> bool:
        """True if anything of the file's is named otherwise than to call it: then any call may run it."""
        plain = {function.name for function in self.index.functions if function.owner is None}
        return not self.index.uncalled.isdisjoint(plain) or not self._users.keys().isdisjoint(self.index.classes)


def _methods_of(cls: CodeUnit) -> list[CodeUnit]:
    return [part for part in cls.parts if part.is_function]


def _roots_of(name: str, unit: CodeUnit) -> list[ir.Expression]:
    """Return the objects on which a function looks up an attribute of this name."""
    return [attribute.value for attribute in unit.nodes.attributes if attribute.attr == name]


def _makes_its_own(method: CodeUnit) -> bool:
    """True if a method may make another object of its own class."""
    attributes, calls = method.nodes.attributes, method.nodes.calls
    looked_at = {id(attribute.value) for attribute in attributes}
    makers: list[ir.Expression] = [name for name in method.nodes.names if name.id == "cls"]
    makers += [
        attribute for attribute in attributes if attribute.attr == "__class__" and queries.is_own(attribute.value)
    ]
    makers += [call for call in calls if queries.called(call) == "type" and any(map(queries.is_own, _unstarred(call)))]
    return any(id(maker) not in looked_at for maker in makers)


def _is_plain(method: CodeUnit) -> bool:
    """True if a method's first parameter is called `self` or `cls`, or if the method is static."""
    first = next((parameter.name for parameter in queries.parameters(method.node)), "self")
    return first in {"self", "cls"} or any(
        queries.last_name(decorator) == "staticmethod"
        for decorator in (method.node.decorators if method.node is not None else ())
    )


def _used_attributes(unit: CodeUnit) -> set[str]:
    """The attributes of which a function does more than to look at other attributes of what they are; and `getattr`."""
    nodes = unit.nodes
    looked_at = {id(attribute.value) for attribute in nodes.attributes if attribute.attr not in _OF_CONTAINERS}
    used = {
        attribute.attr
        for attribute in nodes.attributes
        if id(attribute) not in looked_at and attribute not in nodes.stored
    }
    return used | (unit.names & _HANDING_OUT)


def _used_names(unit: CodeUnit) -> Iterator[str]:
    """The names that a function has for more than to take an attribute of, or to annotate."""
    known = {id(attribute.value) for attribute in unit.nodes.attributes}
    for annotation in unit.nodes.annotations:
        known.update(map(id, queries.walk(annotation)))
    if _BY_NAME.search(unit.text) is not None:
        yield from unit.looked_up
    yield from (name.id for name in unit.nodes.names if id(name) not in known)


def _carried(unit: CodeUnit, body: ir.Body, index: ModuleIndex) -> Iterator[str]:
    """The names under which the statements of a module hand on what a run has left: not those of imports and constants."""
    for statement in map(unit.as_written, body):
        if isinstance(statement, (ir.Function, ir.Class)):
            yield statement.name
        elif not isinstance(statement, ir.Assign) or _may_hold_tensors(statement.value, index):
            inside = (part for root in _expressions_of(statement) for part in queries.walk(root))
            yield from (part.id for part in inside if isinstance(part, ir.Name) and part in unit.nodes.stored)
            for block in _blocks_of(statement):
                yield from _carried(unit, block, index)


def _expressions_of(statement: ir.Statement) -> list[ir.Expression]:
    """The expressions of a statement, but for those in its blocks."""
    single = (getattr(statement, name, None) for name in ("target", "value", "test", "source", "context"))
    return [*(target for target in single if target is not None), *getattr(statement, "targets", ())]


def _blocks_of(statement: ir.Statement) -> Iterator[ir.Body]:
    """The blocks of a compound statement."""
    if isinstance(statement, (ir.Branch, ir.Loop, ir.With, ir.Try)):
        yield statement.body
    if isinstance(statement, (ir.Branch, ir.Loop, ir.Try)):
        yield statement.orelse
    if isinstance(statement, Match):
        yield from statement.bodies
    if isinstance(statement, ir.Try):
        yield from (handler.body for handler in statement.handlers)
        yield statement.final


def _unstarred(call: ir.Call) -> list[ir.Expression]:
    """Return the positional arguments of a call that have no star."""
    return [argument.value for argument in queries.positional(call) if not argument.star]


def _may_hold_tensors(value: ir.Expression | None, index: ModuleIndex) -> bool:
    """True if a value is made by anything but constants and what comes from modules that make no tensors."""
    names = {node.id for node in queries.walk(value) if isinstance(node, ir.Name)} if value is not None else set()
    return any(index.imported.get(name, "").partition(".")[0] in _MAKING_TENSORS for name in names - _BUILTIN)


#: The modules that tensors come from: what has no origin is the file's own.
_MAKING_TENSORS = frozenset({"", "torch", "numpy"})
_BUILTIN = frozenset(dir(builtins)) | {"__file__"}
