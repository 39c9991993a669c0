"""Expressions: the memory that their values may share; and what is bound to names, attributes and items."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, VIA_DATA, VIA_NUMPY, Locations
from flake8_gradsafe.prefilter.transfer.calls import Calls
from flake8_gradsafe.syntax.tree import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Expressions(Calls):
    """Expressions, by the type of their nodes."""

    def locations(self, node: ast.expr) -> Locations:
        """The memory that an expression's value may share."""
        method = _EXPRESSIONS.get(type(node))
        return EMPTY if method is None else method(self, node)

    def _name(self, node: ast.Name) -> Locations:
        known = self.names.get(node.id)
        if known is not None:
            self._bind_keys(node.id, None)  # whoever has it may add to it
            return known | UNKNOWN if self.around.is_rebound(node.id) else known
        if node.id in self.imported or hasattr(builtins, node.id):
            return EMPTY
        if self.around.grades(node.id):
            self.found.graded |= UNKNOWN
        return UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Locations:
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
        if isinstance(node.value, ast.Name) and node.value.id in self.imported and node.value.id not in self.names:
            return EMPTY
        memory = self.around.attribute(node)
        self.outside |= memory
        if memory == LEAF and queries.is_own(node.value):
            self.found.graded |= LEAF
        return memory if queries.is_own(node.value) else memory | self._part(self.locations(node.value), name)

    def _subscript(self, node: ast.Subscript) -> Locations:
        base, index = self.locations(node.value), self.locations(node.slice)
        if queries.is_choice_of_indices(node):
            return self._new()
        items = self._tuples.get(base)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if items is not None and isinstance(place, int) and 0 <= place < len(items):
            return items[place]
        if base and index:
            self._save_operands(self._summary("__getitem__"), [base, index], {})
        if self._without_grad and base and isinstance(node.ctx, ast.Load):
            base |= UNKNOWN
        if isinstance(node.slice, (ast.Slice, ast.Tuple)) or base <= self._tensors:
            return base
        return base | self._part(base, place if isinstance(place, str) else "[]")

    def _slice(self, node: ast.Slice) -> Locations:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.locations(part)
        return EMPTY

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Locations:
        return self._all(node.elts)

    def _dict(self, node: ast.Dict) -> Locations:
        return self._all([*(key for key in node.keys if key is not None), *node.values])

    def _all(self, nodes: Iterable[ast.expr]) -> Locations:
        memory = EMPTY
        for each in nodes:
            memory |= self.locations(each)
        return memory

    def _binary(self, node: ast.BinOp) -> Locations:
        left, right = self.locations(node.left), self.locations(node.right)
        if not left and not right:
            return EMPTY
        name = OPERATORS[type(node.op)]
        if not right or queries.is_number(node.right):
            made = self._result(self._summary(f"__{name}__", plain=True), [left, right], {})
        elif not left or queries.is_number(node.left):
            made = self._result(self._summary(f"__r{name}__", plain=True), [right, left], {})
        else:
            made = self._result(self._summary(f"__{name}__"), [left, right], {})
        return made | left | right if queries.joins_displays(node) else made

    def _unary(self, node: ast.UnaryOp) -> Locations:
        operand = self.locations(node.operand)
        return self._result_of(operand) if operand else EMPTY

    def _logical(self, node: ast.BoolOp) -> Locations:
        return self._all(node.values)

    def _choice(self, node: ast.IfExp) -> Locations:
        self.locations(node.test)
        body = self.locations(node.body)
        orelse = self.locations(node.orelse)
        self._first_choice = body - orelse
        return body | orelse

    def _compare(self, node: ast.Compare) -> Locations:
        operands = self._all((node.left, *node.comparators))
        if not operands:
            return EMPTY
        made = self._result_of(operands)
        self._ungraded |= made
        return made

    def _walrus(self, node: ast.NamedExpr) -> Locations:
        memory = self.names[node.target.id] = self.locations(node.value)
        self._bind_keys(node.target.id, None)
        return memory

    def _wrapped(self, node: ast.Starred | ast.Await | ast.YieldFrom) -> Locations:
        return self.locations(node.value)

    def _yield(self, node: ast.Yield) -> Locations:
        if node.value is not None:
            self.found.returns |= self.locations(node.value)
        return UNKNOWN

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Locations:
        outer, self.names = self.names, self.names.copy()
        for clause in node.generators:
            self._bind_item(clause.target, clause.iter, self.locations(clause.iter))
            for test in clause.ifs:
                self.locations(test)
        memory = self._all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        self.names = outer
        return memory

    def _lambda(self, node: ast.Lambda) -> Locations:
        outer, self.names = self.names, self.names.copy()
        for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            self.names[each.arg] = UNKNOWN
            self._bind_keys(each.arg, None)
        self.locations(node.body)
        self.names = outer
        return UNKNOWN

    def _bind(self, target: ast.expr, memory: Locations, value: ast.expr | None = None) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = memory
            self._bind_keys(target.id, queries.keys_of(value))
            self.handed_out.discard(target.id)
            (self.containers.add if queries.makes_container(value) else self.containers.discard)(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            pairs = len(parts) == len(target.elts) and not any(isinstance(part, ast.Starred) for part in parts)
            items = self._tuples.get(memory, [])
            if pairs:
                memories = [self.locations(part) for part in parts]
            else:
                memories = items if len(items) == len(target.elts) else [memory] * len(target.elts)
            for each, its in zip(target.elts, memories, strict=True):
                self._bind(each.value if isinstance(each, ast.Starred) else each, its)
        elif isinstance(target, ast.Subscript):
            self._store(target, memory, value)
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(target, memory, value)

    def _bind_attribute(self, target: ast.Attribute, memory: Locations, value: ast.expr | None) -> None:
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

    def _store(self, target: ast.Subscript, memory: Locations, value: ast.expr | None) -> None:
        """`target[index] = value`: what is stored may be found in a container later."""
        holder = target.value
        base, index = self.locations(holder), self.locations(target.slice)
        refused = queries.is_no_number(value) and base.isdisjoint(VIA_NUMPY)  # an array takes in a list
        if self._is_container(holder) or refused or queries.is_text(target.slice):
            self._store_into(holder, memory)
            return
        self._computed_in(base, memory)
        self._write(base, doubtful=True, stores=True)
        self._save_operands(self._summary("__setitem__"), [base, index, memory], {})
        if not isinstance(target.slice, (ast.Slice, ast.Tuple)) and not base <= self._tensors:
            self._store_into(holder, memory)

    def _bind_item(self, target: ast.expr, iterated: ast.expr, source: Locations) -> None:
        """Bind what one round is given: one item of each part of a `zip`, a number and an item of an `enumerate`, a name
        and what bears it."""
        parts = iterated.args if isinstance(iterated, ast.Call) else []
        name = queries.called(iterated) if isinstance(iterated, ast.Call) else ""
        if isinstance(target, ast.Tuple) and name == "zip" and len(parts) == len(target.elts):
            for each, part in zip(target.elts, parts, strict=True):
                self._bind_item(each, part, self.locations(part))
        elif isinstance(target, ast.Tuple) and name == "enumerate" and parts and len(target.elts) == 2:
            self._bind(target.elts[0], EMPTY)
            self._bind_item(target.elts[1], parts[0], source)
        elif isinstance(target, ast.Tuple) and name in queries.NAMING and len(target.elts) == 2:
            self._bind(target.elts[0], EMPTY)
            self._bind(target.elts[1], self._held_by(source))
        else:
            self._bind(target, self._held_by(source) if name == "values" else self._item(source))
            if isinstance(target, ast.Name) and name in {"parameters", "named_parameters"}:
                self.handed_out.add(target.id)

    def _item(self, source: Locations) -> Locations:
        """What is handed out by what is gone through: pieces of a tensor are views that PyTorch may guard."""
        computed = any(self._derived.get(each) for each in source)
        return self._held_by(source) | (UNKNOWN if computed else EMPTY)

    def _held_by(self, source: Locations) -> Locations:
        """What something holds that is no tensor itself."""
        return source | self._part(source, "[]")


_EXPRESSIONS: dict[type[ast.expr], Callable[[Expressions, Any], Locations]] = {
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Subscript: Expressions._subscript,
    ast.Slice: Expressions._slice,
    ast.Tuple: Expressions._display,
    ast.List: Expressions._display,
    ast.Set: Expressions._display,
    ast.Dict: Expressions._dict,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.BoolOp: Expressions._logical,
    ast.IfExp: Expressions._choice,
    ast.Compare: Expressions._compare,
    ast.NamedExpr: Expressions._walrus,
    ast.Starred: Expressions._wrapped,
    ast.Await: Expressions._wrapped,
    ast.YieldFrom: Expressions._wrapped,
    ast.Yield: Expressions._yield,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.Lambda: Expressions._lambda,
    ast.Call: Expressions._call,
}
