"""Expressions: the memory that their values may share; and what is bound to names, attributes and items."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, VIA_DATA, VIA_NUMPY, Locations
from flake8_gradsafe.prefilter.transfer.calls import Calls
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Expressions(Calls):
    """Expressions, by the type of their nodes."""

    def locations(self, node: ir.Expression) -> Locations:
        """The memory that an expression's value may share."""
        method = _EXPRESSIONS.get(type(node))
        return EMPTY if method is None else method(self, node)

    def _name(self, node: ir.Name) -> Locations:
        known = self.names.get(node.id)
        if known is not None:
            self._bind_keys(node.id, None)  # whoever has it may add to it
            return known | UNKNOWN if self.around.is_rebound(node.id) else known
        if node.id in self.imported or hasattr(builtins, node.id):
            return EMPTY
        if self.around.grades(node.id):
            self.found.graded |= UNKNOWN
        return UNKNOWN

    def _attribute(self, node: ir.Attribute) -> Locations:
        name = node.attr
        if name in library.PLAIN_ATTRIBUTES:
            self._tensors |= self._innermost(self.locations(node.value))
            return EMPTY
        if name in queries.SAME_MEMORY:
            base = self.locations(node.value)
            self.found.has_no_effect |= name == "grad" and not (
                base <= self.outside and base.isdisjoint(self.found.detached)
            )
            return base | VIA_DATA if name == "data" and base else base
        if isinstance(node.value, ir.Name) and node.value.id in self.imported and node.value.id not in self.names:
            return EMPTY
        memory = self.around.attribute(node)
        self.outside |= memory
        if memory == LEAF and queries.is_own(node.value):
            self.found.graded |= LEAF
        return memory if queries.is_own(node.value) else memory | self._part(self.locations(node.value), name)

    def _subscript(self, node: ir.Subscript, *, read: bool = True) -> Locations:
        base, index = self.locations(node.value), self.locations(node.index)
        if queries.is_choice_of_indices(node):
            return self._new()
        items = self._tuples.get(base)
        place = node.index.value if isinstance(node.index, ir.Constant) else None
        if items is not None and isinstance(place, int) and 0 <= place < len(items):
            return items[place]
        if base and index:
            self._save_operands(self._summary("__getitem__"), [base, index], {})
        if self._without_grad and base and read:
            base |= UNKNOWN
        if isinstance(node.index, ir.Slice) or queries.is_tuple(node.index) or base <= self._tensors:
            return base
        return base | self._part(base, place if isinstance(place, str) else "[]")

    def _slice(self, node: ir.Slice) -> Locations:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.locations(part)
        return EMPTY

    def _sequence(self, node: ir.Sequence) -> Locations:
        return self._all(node.items)

    def _mapping(self, node: ir.Mapping) -> Locations:
        return self._all((*node.keys, *node.values))

    def _opaque(self, node: ir.Opaque) -> Locations:
        if node.form == "comparison":
            return self._compared(node.parts)
        return self._all(node.parts) if node.form in {"set", "dict"} else EMPTY

    def _all(self, nodes: Iterable[ir.Expression]) -> Locations:
        memory = EMPTY
        for each in nodes:
            memory |= self.locations(each)
        return memory

    def _binary(self, node: ir.Binary) -> Locations:
        left, right = self.locations(node.left), self.locations(node.right)
        if not left and not right:
            return EMPTY
        name = node.method.strip("_")
        if not right or queries.is_number(node.right):
            made = self._result(self._summary(f"__{name}__", plain=True), [left, right], {})
        elif not left or queries.is_number(node.left):
            made = self._result(self._summary(f"__r{name}__", plain=True), [right, left], {})
        else:
            made = self._result(self._summary(f"__{name}__"), [left, right], {})
        return made | left | right if queries.joins_displays(node) else made

    def _unary(self, node: ir.Unary | ir.Not) -> Locations:
        operand = self.locations(node.operand)
        return self._result_of(operand) if operand else EMPTY

    def _logical(self, node: ir.Logical) -> Locations:
        return self._all((node.left, node.right))

    def _choice(self, node: ir.Choice) -> Locations:
        self.locations(node.test)
        body = self.locations(node.body)
        orelse = self.locations(node.orelse)
        self._first_choice = body - orelse
        return body | orelse

    def _comparison(self, node: ir.Comparison) -> Locations:
        return self._compared((node.left, node.right))

    def _compared(self, nodes: Iterable[ir.Expression]) -> Locations:
        operands = self._all(nodes)
        if not operands:
            return EMPTY
        made = self._result_of(operands)
        self._ungraded |= made
        return made

    def _walrus(self, node: ir.Walrus) -> Locations:
        memory = self.names[node.target.id] = self.locations(node.value)
        self._bind_keys(node.target.id, None)
        return memory

    def _wrapped(self, node: ir.Starred) -> Locations:
        return self.locations(node.value)

    def _yield(self, node: ir.Yield) -> Locations:
        if node.delegates:
            return self.locations(node.value) if node.value is not None else EMPTY
        if node.value is not None:
            self.found.returns |= self.locations(node.value)
        return UNKNOWN

    def _comprehension(self, node: ir.Comprehension) -> Locations:
        outer, self.names = self.names, self.names.copy()
        for clause in node.clauses:
            self._bind_item(clause.target, clause.source, self.locations(clause.source))
            for test in clause.conditions:
                self.locations(test)
        memory = self._all((node.element,) if node.key is None else (node.key, node.element))
        self.names = outer
        return memory

    def _lambda(self, node: ir.Lambda) -> Locations:
        outer, self.names = self.names, self.names.copy()
        for each in node.function.parameters:
            if not each.star:
                self.names[each.name] = UNKNOWN
                self._bind_keys(each.name, None)
        for statement in node.function.body:
            if isinstance(statement, ir.Return) and statement.value is not None:
                self.locations(statement.value)
        self.names = outer
        return UNKNOWN

    def _bind(self, target: ir.Expression, memory: Locations, value: ir.Expression | None = None) -> None:
        if isinstance(target, ir.Name):
            self.names[target.id] = memory
            self._bind_keys(target.id, queries.keys_of(value))
            self.handed_out.discard(target.id)
            (self.containers.add if queries.makes_container(value) else self.containers.discard)(target.id)
        elif isinstance(target, ir.Sequence):
            parts = value.items if isinstance(value, ir.Sequence) else ()
            pairs = len(parts) == len(target.items) and not any(isinstance(part, ir.Starred) for part in parts)
            items = self._tuples.get(memory, [])
            if pairs:
                memories = [self.locations(part) for part in parts]
            else:
                memories = items if len(items) == len(target.items) else [memory] * len(target.items)
            for each, its in zip(target.items, memories, strict=True):
                self._bind(each.value if isinstance(each, ir.Starred) else each, its)
        elif isinstance(target, ir.Subscript):
            self._store(target, memory, value)
        elif isinstance(target, ir.Attribute):
            self._bind_attribute(target, memory, value)

    def _bind_attribute(self, target: ir.Attribute, memory: Locations, value: ir.Expression | None) -> None:
        if target.attr == "requires_grad":
            required = self.locations(target.value)
            self.found.has_no_effect |= not required <= self.outside
            self._require(required, value)
        elif target.attr == "data":
            self._write(self.locations(target.value) | VIA_DATA)
        elif queries.is_own(target.value):
            self.found.bound.append((target.attr, memory))
        else:
            if not memory.isdisjoint(LEAF):
                self.outside |= memory  # the object's own from now on
            if self._applied:
                self.found.keeps |= memory
            self._store_into(target.value, memory)

    def _store(self, target: ir.Subscript, memory: Locations, value: ir.Expression | None) -> None:
        """`target[index] = value`: what is stored may be found in a container later."""
        holder = target.value
        base, index = self.locations(holder), self.locations(target.index)
        refused = queries.is_no_number(value) and base.isdisjoint(VIA_NUMPY)  # an array takes in a list
        if self._is_container(holder) or refused or queries.is_text(target.index):
            self._store_into(holder, memory)
            return
        self._computed_in(base, memory)
        self._write(base, doubtful=True, stores=True)
        self._save_operands(self._summary("__setitem__"), [base, index, memory], {})
        if not (isinstance(target.index, ir.Slice) or queries.is_tuple(target.index) or base <= self._tensors):
            self._store_into(holder, memory)

    def _bind_item(self, target: ir.Expression, iterated: ir.Expression, source: Locations) -> None:
        """Bind what one round is given: one item of each part of a `zip`, a number and an item of an `enumerate`, a name
        and what bears it."""
        parts = [each.value for each in queries.positional(iterated)] if isinstance(iterated, ir.Call) else []
        name = queries.called(iterated) if isinstance(iterated, ir.Call) else ""
        if queries.is_tuple(target) and name == "zip" and len(parts) == len(target.items):
            for each, part in zip(target.items, parts, strict=True):
                self._bind_item(each, part, self.locations(part))
        elif queries.is_tuple(target) and name == "enumerate" and parts and len(target.items) == 2:
            self._bind(target.items[0], EMPTY)
            self._bind_item(target.items[1], parts[0], source)
        elif queries.is_tuple(target) and name in queries.NAMING and len(target.items) == 2:
            self._bind(target.items[0], EMPTY)
            self._bind(target.items[1], self._held_by(source))
        else:
            self._bind(target, self._held_by(source) if name == "values" else self._item(source))
            if isinstance(target, ir.Name) and name in {"parameters", "named_parameters"}:
                self.handed_out.add(target.id)

    def _item(self, source: Locations) -> Locations:
        """What is handed out by what is gone through: pieces of a tensor are views that PyTorch may guard."""
        computed = any(self._derived.get(each) for each in source)
        return self._held_by(source) | (UNKNOWN if computed else EMPTY)

    def _held_by(self, source: Locations) -> Locations:
        """What something holds that is no tensor itself."""
        return source | self._part(source, "[]")


_EXPRESSIONS: dict[type[ir.Expression], Callable[[Expressions, Any], Locations]] = {
    ir.Name: Expressions._name,
    ir.Attribute: Expressions._attribute,
    ir.Subscript: Expressions._subscript,
    ir.Slice: Expressions._slice,
    ir.Sequence: Expressions._sequence,
    ir.Mapping: Expressions._mapping,
    ir.Opaque: Expressions._opaque,
    ir.Binary: Expressions._binary,
    ir.Unary: Expressions._unary,
    ir.Not: Expressions._unary,
    ir.Logical: Expressions._logical,
    ir.Choice: Expressions._choice,
    ir.Comparison: Expressions._comparison,
    ir.Walrus: Expressions._walrus,
    ir.Starred: Expressions._wrapped,
    ir.Yield: Expressions._yield,
    ir.Comprehension: Expressions._comprehension,
    ir.Lambda: Expressions._lambda,
    ir.Call: Expressions._call,
}
