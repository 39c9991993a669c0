"""The effects of calling what a file makes and keeps: layers in attributes, in containers, in local names."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter.effects import ANY, BOTTOM, TOP, Summary
from flake8_gradsafe.prefilter.queries import (
    called,
    is_own,
    is_tuple,
    keys_of,
    keywords,
    last_name,
    parameters,
    positional,
    root_of,
)
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.location import start_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.prefilter.code_units import CodeUnit
    from flake8_gradsafe.prefilter.module_index import ModuleIndex

_BARE = re.compile(r"\bnn\.([A-Z]\w*)\b(?!\s*[(.])")
_BOUND = re.compile(r"(\w+)\s*(?::[^=,()]*)?=(?!=)")
_MAX_HOPS = 4
_FILLING = frozenset({"append", "insert", "extend", "add_module", "update"})
_KEEPING = library.CONTAINERS | {"append", "add_module", "register_module", "OrderedDict"}


#: What calling a layer of another file may do.
_OUT_OF_SIGHT = Summary(saves=ANY, keeps_result=True, makes=True, layer=True, shows=True)


class AttributeBinding(NamedTuple):
    """A value that a function binds to an attribute; `own` if the attribute is of the object whose method it is."""

    value: ir.Expression | None
    unit: CodeUnit
    own: bool

    @property
    def owner(self) -> str | None:
        """The class whose objects have it; None where those of any may."""
        return self.unit.owner.name if self.own and self.unit.owner is not None else None


class SummaryTable(Protocol):
    """A source of summaries for calls of the functions, methods and objects of a file."""

    def summary_of_function(self, name: str) -> Summary | None:
        """Return what calling the file's functions of this name may do; None if there is none."""

    def summary_of_method(self, name: str, family: frozenset[str] | None) -> Summary | None:
        """Return what calling a method of objects of some of the file's classes may do; None if there is none."""

    def summary_of_object(self, name: str) -> Summary:
        """Return what calling an object of one of the file's classes may do."""


class CallableResolver:
    """Resolves the expressions of one file to summaries of what calling their values may do."""

    def __init__(self, index: ModuleIndex, summaries: SummaryTable) -> None:
        """Take a file's index, and the summaries of its functions and classes."""
        self._index = index
        self._summaries = summaries
        self._operations = index.operations
        self._attributes: dict[tuple[str, frozenset[str] | None], Summary] = {}
        self._items: dict[tuple[str, frozenset[str] | None], Summary] = {}
        self._lists: dict[tuple[CodeUnit, str], list[ir.Expression] | None] = {}
        self._givens: dict[tuple[CodeUnit, str], Summary] = {}
        self._given_within: dict[tuple[CodeUnit, str], Summary | None] = {}
        self._locals: dict[CodeUnit, dict[str, list[ir.Expression]]] = {}

    @cached_property
    def attributes(self) -> dict[str, list[AttributeBinding]]:
        """The values that are bound to attributes anywhere in the file."""
        found: dict[str, list[AttributeBinding]] = {}
        for function in self._index.functions:
            if "self." in function.text:
                for target, value in _bindings(function):
                    if isinstance(target, ir.Attribute):
                        found.setdefault(target.attr, []).append(
                            AttributeBinding(value, function, is_own(target.value))
                        )
                for name, value in _registered(function):
                    found.setdefault(name, []).append(AttributeBinding(value, function, own=False))
        return found

    def held(self, name: str, family: frozenset[str] | None) -> list[AttributeBinding]:
        """Return the values that are bound to attributes of this name; with `family`, of objects of these classes alone."""
        if family is None:
            return self.attributes.get(name, [])
        return [held for owner in (None, *sorted(family)) for held in self._held_by.get((name, owner), ())]

    @cached_property
    def _held_by(self) -> dict[tuple[str, str | None], list[AttributeBinding]]:
        found: dict[tuple[str, str | None], list[AttributeBinding]] = {}
        for name, its in self.attributes.items():
            for held in its:
                found.setdefault((name, held.owner), []).append(held)
        return found

    @cached_property
    def inplace_attributes(self) -> frozenset[str]:
        """The attributes that may write what they are called with."""
        if not self._index.may_work_in_place:
            return frozenset()
        return frozenset(name for name in self.attributes if self.attribute(name).writes)

    def attribute(self, name: str, family: frozenset[str] | None = None) -> Summary:
        """Return what calling attributes of this name may do; with `family`, those of objects of these classes alone."""
        key = (name, family)
        if key not in self._attributes:
            self._attributes[key] = BOTTOM  # an attribute that is bound to itself adds nothing
            self._attributes[key] = _union(self.resolve(value.value, value.unit) for value in self.held(name, family))
        return self._attributes[key]

    def resolve(self, value: ir.Expression | None, unit: CodeUnit, hops: int = 0) -> Summary:
        """Return what calling the value of an expression in a function may do."""
        if value is None or hops > _MAX_HOPS:
            return self.any
        if isinstance(value, ir.Constant):
            return BOTTOM
        if isinstance(value, ir.Choice):
            return self.resolve(value.body, unit, hops) | self.resolve(value.orelse, unit, hops)
        if isinstance(value, ir.Logical):
            return self.resolve(value.left, unit, hops) | self.resolve(value.right, unit, hops)
        if isinstance(value, ir.Call):
            copied = _original(value)
            return self._made_by_call(value, unit, hops) if copied is value else self.resolve(copied, unit, hops)
        if isinstance(value, ir.Name):
            return self._named(value.id, unit, hops)
        if isinstance(value, ir.Attribute):
            family = self._index.related_classes(unit) if is_own(value.value) else None
            own = self._summaries.summary_of_method(value.attr, family)
            if value.attr in self.attributes:
                return self.attribute(value.attr, family) | (own or BOTTOM)
            return own or BOTTOM
        if isinstance(value, ir.Subscript):
            return self._item(value.value, unit, hops)
        return self.any

    def _named(self, name: str, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling a local name, or one of the file's, may do."""
        bound = self._bound_in(unit).get(name)
        if bound is not None:
            return _union(self.resolve(value, unit, hops + 1) for value in bound)
        own = self._summaries.summary_of_function(name)
        if own is not None:
            return own
        inner = self._given_inside(name, unit, hops)
        if inner is not None:
            return inner
        if name in self._index.imported:
            return self._operations.function(self._index.imported[name] or name) or BOTTOM
        return self._given(name, unit, hops)

    def _given_inside(self, name: str, unit: CodeUnit, hops: int) -> Summary | None:
        """Return what calling a parameter of an inner function may do; None for any other name."""
        key = (unit, name)
        if key not in self._given_within:
            self._given_within[key] = BOTTOM  # a parameter that is handed on to itself adds nothing
            self._given_within[key] = self._handed_inside(name, unit, hops)
        return self._given_within[key]

    def _handed_inside(self, name: str, unit: CodeUnit, hops: int) -> Summary | None:
        for function in unit.nodes.functions:
            if function is not unit.node:
                names = [parameter.name for parameter in parameters(function)]
                if name in names:
                    calls = [call for call, where in self._calls_of.get(function.name, ()) if where is unit]
                    place = names.index(name)
                    return (
                        _union(self._argument(call, unit, name, place, hops) for call in calls) if calls else self.any
                    )
        return None

    def _given(self, name: str, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling a parameter may do, by all arguments that the file gives for it."""
        names = [parameter.name for parameter in parameters(unit.node)]
        key = (unit, name)
        if name not in names or hops > _MAX_HOPS:
            return self.any
        if key not in self._givens:
            self._givens[key] = BOTTOM
            own = unit.owner.name if unit.owner is not None and unit.name in _MAKING else unit.name
            place = names.index(name) - int(unit.owner is not None)
            summary = self.resolve(_default(unit, name), unit, hops + 1)
            if unit.name in _MAKING and own not in self._calls_of:
                summary |= _OUT_OF_SIGHT
            for call, where in (*self._calls_of.get(own, ()), *self._unresolved):
                summary |= self._argument(call, where, name, place, hops)
            self._givens[key] = summary
        return self._givens[key]

    def _argument(self, call: ir.Call, unit: CodeUnit, name: str, place: int, hops: int) -> Summary:
        for argument in call.arguments:
            if argument.name == name:
                return self.resolve(argument.value, unit, hops + 1)
        if any(argument.star == "*" for argument in call.arguments):
            return self.any
        if any(argument.star == "**" and self._may_have(argument.value, name, unit) for argument in call.arguments):
            return self.any
        given = positional(call)
        return self.resolve(given[place].value, unit, hops + 1) if 0 <= place < len(given) else BOTTOM

    def _may_be_own(self, call: ir.Call) -> bool:
        """True if the called value may be something of the file's under another name."""
        name = called(call)
        known = name in self._index.imported or hasattr(builtins, name) or bool(self._kinds_called(name))
        return isinstance(call.function, ir.Name) and not known

    def _may_have(self, mapping: ir.Expression, key: str, unit: CodeUnit) -> bool:
        """True if a dict that is given as keywords may have a key."""
        options = self._bound_in(unit).get(mapping.id, [None]) if isinstance(mapping, ir.Name) else [mapping]
        return any((keys := keys_of(option)) is None or key in keys for option in options)

    @cached_property
    def _calls_of(self) -> dict[str, list[tuple[ir.Call, CodeUnit]]]:
        """The calls of the file by the last name of what is called."""
        found: dict[str, list[tuple[ir.Call, CodeUnit]]] = {}
        for call, unit in self._calls:
            found.setdefault(called(call), []).append((call, unit))
        return found

    @cached_property
    def _unresolved(self) -> list[tuple[ir.Call, CodeUnit]]:
        return [
            (call, unit) for calls in self._calls_of.values() if self._may_be_own(calls[0][0]) for call, unit in calls
        ]

    @cached_property
    def _calls(self) -> list[tuple[ir.Call, CodeUnit]]:
        return [(call, unit) for unit in self._index.leaves for call in unit.nodes.calls]

    def _bound_in(self, unit: CodeUnit) -> dict[str, list[ir.Expression]]:
        """Return the values of the names of a function; a loop's name has an item of what the loop goes through."""
        if unit not in self._locals:
            found: dict[str, list[ir.Expression]] = {}
            for target, value in _bindings(unit):
                if isinstance(target, ir.Name):
                    found.setdefault(target.id, []).append(value or ir.Starred(target.place, target))
            self._locals[unit] = found
        return self._locals[unit]

    def _made_by_call(self, call: ir.Call, unit: CodeUnit, hops: int) -> Summary:
        name = called(call)
        index = self._index
        if name in library.CONTAINERS:
            return self._chain(self._parts(call, unit), unit, hops)
        of_library = isinstance(call.function, ir.Attribute) and root_of(call.function) in index.imported
        if name in index.classes and not of_library:
            return self._summaries.summary_of_object(name)
        if name in index.by_name and not of_library:
            return _union(
                self._given_back(value, maker, call, unit, hops + 1)
                for maker in index.by_name[name]
                for value in _returned(maker)
            )
        kinds = self._kinds_called(name)
        layer = _union(self._operations.layer(kind) or BOTTOM for kind in kinds)
        if self._is_out_of_sight(call, unit):
            layer |= _OUT_OF_SIGHT
        return _inplace(layer) if self._is_inplace_layer(call) else layer

    def _is_out_of_sight(self, call: ir.Call, unit: CodeUnit) -> bool:
        """True if what is called is an argument, or comes from another file: from no library of which all layers are known."""
        root = root_of(call.function)
        if any(parameter.name == root != "self" for parameter in parameters(unit.node)):
            return True
        path = self._index.imported.get(root, "torch")
        return (path or root).partition(".")[0] not in {"torch", "numpy", "math"}

    def _given_back(self, value: ir.Expression, maker: CodeUnit, call: ir.Call, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling the result of a function of the file may do: the result may be an argument."""
        names = [parameter.name for parameter in parameters(maker.node)]
        if isinstance(value, ir.Name) and value.id in names and value.id not in self._bound_in(maker):
            if maker.owner is None:
                return self._argument(call, unit, value.id, names.index(value.id), hops)
            given = [argument for argument in call.arguments if not isinstance(argument.value, ir.Constant)]
            return _union(
                self.any if argument.star == "*" else self.resolve(argument.value, unit, hops) for argument in given
            )
        return self.resolve(value, maker, hops)

    def _parts(self, call: ir.Call, unit: CodeUnit) -> list[ir.Expression] | None:
        """The layers that a container is made of, in order; None where they are not all in sight."""
        parts: list[ir.Expression] = []
        for argument in positional(call):
            inner = argument.value
            listed = self._listed(inner, unit)
            if listed is None and isinstance(inner, ir.Call) and not argument.star and called(inner) != "OrderedDict":
                listed = [inner]
            if listed is None:
                return None
            parts += listed
        return None if keywords(call) else parts

    def _listed(self, node: ir.Expression, unit: CodeUnit) -> list[ir.Expression] | None:
        """Return the items of a list, by its display or by how its name is filled."""
        if isinstance(node, ir.Sequence):
            return None if any(isinstance(item, ir.Starred) for item in node.items) else list(node.items)
        if isinstance(node, ir.Comprehension) and node.form in {"list", "generator"}:
            return [node.element]
        if isinstance(node, ir.Binary) and node.method == "__add__":
            left, right = self._listed(node.left, unit), self._listed(node.right, unit)
            return None if left is None or right is None else left + right
        if isinstance(node, ir.Name):
            return self._filled(node.id, unit)
        return None

    def _filled(self, name: str, unit: CodeUnit) -> list[ir.Expression] | None:
        key = (unit, name)
        if key not in self._lists:
            self._lists[key] = []  # `layers = layers + [more]` adds what is new
            self._lists[key] = self._added_to(name, unit)
        return self._lists[key]

    def _added_to(self, name: str, unit: CodeUnit) -> list[ir.Expression] | None:
        """Return the items that a list is made of and given, in the order of the text; None if that cannot be told."""
        found: list[tuple[tuple[int, int], list[ir.Expression]]] = []
        nodes = unit.nodes
        candidates: list[ir.Assign | ir.Augmented | ir.Call] = [*nodes.assigned, *nodes.augmented, *nodes.calls]
        for candidate in candidates:
            added = _addition(candidate, name)
            if added is not None:
                listed = None if isinstance(added, ir.Name) else self._listed(added, unit)
                if listed is None:
                    return None
                found.append((start_of(added.place), listed))
        return [part for _, listed in sorted(found, key=lambda pair: pair[0]) for part in listed] or None

    def _chain(self, parts: list[ir.Expression] | None, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling layers one after another may do: each gets what the one before gave, and may write it."""
        if parts is None:
            return self.any | TOP
        made = [self.resolve(value, unit, hops + 1) for value in parts]
        hurts = any(
            layer.writes and (number == 0 or made[number - 1].keeps_result or made[number - 1].shares)
            for number, layer in enumerate(made)
        )
        return replace(
            _union(made),
            saves=ANY,
            shares=ANY if all(layer.shares for layer in made) else frozenset(),
            writes=ANY if hurts else frozenset(),
            parts=made[-1].parts if made else (),
        )

    def _item(self, value: ir.Expression, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling one of the items of a container may do."""
        while isinstance(value, ir.Subscript):
            value = value.value
        if (
            isinstance(value, ir.Call)
            and called(value) in {"zip", "enumerate", "reversed", "list"}
            and positional(value)
        ):
            return _union(self._item(argument.value, unit, hops) for argument in positional(value))
        if isinstance(value, ir.Call) and isinstance(value.function, ir.Attribute) and not positional(value):
            return self._item(value.function.value, unit, hops)  # self.layers.items()
        if isinstance(value, ir.Name) and value.id in self._index.imported and value.id not in self._bound_in(unit):
            return BOTTOM
        if hops > _MAX_HOPS or not isinstance(value, ir.Attribute):
            return self.any
        key = (value.attr, self._index.related_classes(unit) if is_own(value.value) else None)
        if key not in self._items:
            self._items[key] = BOTTOM  # a container that is bound to itself adds nothing
            self._items[key] = self._items_of(*key, hops)
        return self._items[key]

    def _items_of(self, name: str, family: frozenset[str] | None, hops: int) -> Summary:
        held = self.held(name, family)
        summary = BOTTOM if held else self.any
        for made, where, _ in held:
            summary |= self._item_made(made, where, hops)
        for value in self._appended.get(name, ()):
            if family is None or value.owner is None or value.owner in family:
                summary |= self.resolve(value.value, value.unit, hops + 1)
        return summary

    def _item_made(self, made: ir.Expression | None, unit: CodeUnit, hops: int) -> Summary:
        """Return what calling one of the items of a container may do, by the expression that makes the container."""
        if isinstance(made, ir.Constant):
            return BOTTOM
        if isinstance(made, ir.Attribute):
            return self._item(made, unit, hops + 1)
        if not isinstance(made, ir.Call):
            return self.any
        if called(made) in self._index.classes:
            return self.any if self._has_items(called(made)) else BOTTOM
        if called(made) in library.CONTAINERS:
            parts = self._parts(made, unit)
            return self.any if parts is None else _union(self.resolve(part, unit, hops + 1) for part in parts)
        summary = BOTTOM
        for maker in self._index.by_name.get(called(made), ()):
            for value in _returned(maker):
                parts = (
                    self._parts(value, maker)
                    if isinstance(value, ir.Call) and called(value) in library.CONTAINERS
                    else None
                )
                if parts is None:
                    return self.any
                summary |= _union(self._given_back(_original(part), maker, made, unit, hops + 1) for part in parts)
        return self.any if summary == BOTTOM else summary

    def _has_items(self, name: str) -> bool:
        """True if the objects of one of the file's classes may hold others as a container does."""
        index = self._index
        above = [index.classes[cls] for cls in index.bases[name]]
        methods = {part.name for unit in above for part in unit.parts}
        bases = {last_name(base) for unit in above if isinstance(unit.node, ir.Class) for base in unit.node.bases}
        known = {*index.classes, "Module", "object"}
        return not methods.isdisjoint({"__getitem__", "__iter__"}) or not bases <= known

    @cached_property
    def _appended(self) -> dict[str, list[AttributeBinding]]:
        """The values that are put into containers which are attributes."""
        found: dict[str, list[AttributeBinding]] = {}
        for call, unit in self._calls:
            holder = call.function.value if isinstance(call.function, ir.Attribute) else None
            if isinstance(holder, ir.Attribute) and positional(call) and called(call) in _FILLING:
                value = positional(call)[-1].value if called(call) in {"append", "insert", "add_module"} else None
                found.setdefault(holder.attr, []).append(AttributeBinding(value, unit, is_own(holder.value)))
        return found

    def _kinds_called(self, name: str) -> frozenset[str]:
        """The classes of layers that a name may stand for: one of them, or those that are handed about by it, or by none."""
        if name in self._operations.kinds:
            return frozenset({name})
        if name in self._index.imported:
            return frozenset()
        return frozenset(kind for kind, names in self._handed.items() if name in names or not names)

    @cached_property
    def _handed(self) -> dict[str, set[str]]:
        """The classes of layers that are not called where they are named, with the names that they are bound to."""
        found: dict[str, set[str]] = {}
        for line in self._index.source.splitlines():
            if "nn." in line and "isinstance" not in line:
                for bare in _BARE.finditer(line):
                    bound = _BOUND.findall(line[: bare.start()])
                    names = found.setdefault(bare[1], set(bound[-1:]))
                    names.update(bound[-1:])
        return found

    @cached_property
    def any(self) -> Summary:
        """The effects of calling any of the objects that the file makes."""
        source = self._index.source
        kinds = {*self._handed, *re.findall(r"\bnn\.([A-Z]\w*)\s*\(", source)}
        summary = _union(self._operations.layer(kind) or BOTTOM for kind in kinds)
        if self._index.classes or self._index.by_name or any(unit.nodes.lambdas for unit in self._index.leaves):
            summary |= TOP
        return _inplace(summary) if self._index.may_work_in_place and self._hands_inplace() else summary

    def _hands_inplace(self) -> bool:
        """True if a layer that works in place is handed to something other than a container."""
        for function in self._index.functions:
            given = [value for values in function.nodes.dicts for value in values]
            for call in function.nodes.calls:
                if called(call) not in _KEEPING:
                    given += (argument.value for argument in call.arguments if argument.star != "*")
            if any(isinstance(value, ir.Call) and self._is_inplace_layer(value) for value in given):
                return True
        return False

    def _is_inplace_layer(self, call: ir.Call) -> bool:
        kinds = self._kinds_called(called(call))
        return not kinds.isdisjoint(self._operations.inplace_kinds) and _may_be_inplace(call)


def _bindings(unit: CodeUnit) -> Iterator[tuple[ir.Expression, ir.Expression | None]]:
    """Yield the targets of a function with their values; None for a target that gets only a part of something."""
    for assignment in unit.nodes.assigned:
        for target in assignment.targets:
            if isinstance(target, ir.Sequence):
                values = assignment.value.items if isinstance(assignment.value, ir.Sequence) else ()
                pairs = values if len(values) == len(target.items) else [None] * len(target.items)
                yield from zip(target.items, pairs, strict=True)
            else:
                yield target, assignment.value
    for declared in unit.nodes.declared:
        yield declared.targets[0], declared.value
    for loop in unit.nodes.loops:
        if loop.target is not None:
            yield from _items_of(loop.target, loop.source)
    for clause in unit.nodes.clauses:
        yield from _items_of(clause.target, clause.source)


def _items_of(target: ir.Expression, source: ir.Expression) -> Iterator[tuple[ir.Expression, ir.Expression]]:
    """Yield a loop's names with what they get in each round: items of the parts of a `zip`, an item of an `enumerate`."""
    parts = [argument.value for argument in positional(source)] if isinstance(source, ir.Call) else []
    name = called(source) if isinstance(source, ir.Call) else ""
    if is_tuple(target) and name == "zip" and len(parts) == len(target.items):
        for item, part in zip(target.items, parts, strict=True):
            yield from _items_of(item, part)
    elif is_tuple(target) and name == "enumerate" and parts and len(target.items) == 2:
        yield target.items[0], ir.Constant(source.place, 0)
        yield from _items_of(target.items[1], parts[0])
    else:
        for item in target.items if is_tuple(target) else (target,):
            yield item, ir.Subscript(source.place, source, ir.Slice(source.place, None, None, None))


def _addition(node: ir.Assign | ir.Augmented | ir.Call, name: str) -> ir.Expression | None:
    """Return the value that a node binds to a name, or adds to the list of that name."""
    if isinstance(node, ir.Assign) and any(
        isinstance(target, ir.Name) and target.id == name for target in node.targets
    ):
        return node.value
    if isinstance(node, ir.Augmented) and isinstance(node.target, ir.Name) and node.target.id == name:
        return node.value
    if not isinstance(node, ir.Call) or not isinstance(node.function, ir.Attribute):
        return None
    holder = node.function.value
    if not isinstance(holder, ir.Name) or holder.id != name:
        return None
    given = positional(node)
    if node.function.attr == "append" and len(given) == 1:
        item = ir.Starred(node.place, given[0].value) if given[0].star else given[0].value
        return ir.Sequence(node.place, (item,), mutable=True)
    return ir.Name(node.place, name)  # some other method, which may do anything


def _registered(unit: CodeUnit) -> Iterator[tuple[str, ir.Expression]]:
    """The modules, parameters and buffers that are given their names as strings."""
    for call in unit.nodes.calls:
        given = positional(call)
        if len(given) > 1 and called(call) in _REGISTERING:
            name = given[0].value
            if isinstance(name, ir.Constant) and isinstance(name.value, str):
                yield name.value, given[1].value


def _original(value: ir.Expression) -> ir.Expression:
    """Return the expression of which this one is a copy."""
    while isinstance(value, ir.Call) and called(value) in {"copy", "deepcopy"} and positional(value):
        value = positional(value)[0].value
    return value


def _default(unit: CodeUnit, name: str) -> ir.Expression:
    """Return the default of a parameter; a number if it has none."""
    defaults = (parameter.default for parameter in parameters(unit.node) if parameter.name == name)
    return next(defaults, None) or ir.Constant(None, 0)


# `__post_init__` is given none of what the call gives.
_MAKING = frozenset({"__init__", "__new__"})
_REGISTERING = frozenset({"add_module", "register_module", "register_parameter"})


def _returned(unit: CodeUnit) -> Iterator[ir.Expression]:
    return (returned.value for returned in unit.nodes.returns if returned.value is not None)


def _union(options: Iterable[Summary]) -> Summary:
    summary = BOTTOM
    for option in options:
        summary |= option
    return summary


def _inplace(summary: Summary) -> Summary:
    """What a layer does where it works in place: what it keeps of its input is its result then."""
    return summary | Summary(writes=ANY, shares=ANY, keeps_result=bool(summary.saves))


def _may_be_inplace(call: ir.Call) -> bool:
    for keyword in keywords(call):
        if keyword.name in {"inplace", None}:
            return not (isinstance(keyword.value, ir.Constant) and keyword.value.value is False)
    given = positional(call)
    last = given[-1] if given else None
    return last is not None and (bool(last.star) or (isinstance(last.value, ir.Constant) and last.value.value is True))
