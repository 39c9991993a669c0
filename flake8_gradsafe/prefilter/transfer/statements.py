"""One function, gone through once with all its paths joined: what it writes, and what of that may be kept for backward."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, UNKNOWN, Locations
from flake8_gradsafe.prefilter.transfer.expressions import Expressions
from flake8_gradsafe.syntax.tree import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class FunctionFlow(Expressions):
    """Goes through one function's statements in order; both ways of a branch are joined, a loop is gone through twice."""

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Go through a function; what it is given is memory from outside, of its own for each parameter."""
        plain = queries.plain_parameters(node)
        for each in queries.parameters(node):
            made = EMPTY if each.arg in plain else self._new(outside=True)
            self.given[each.arg] = self.names[each.arg] = made
            self._bind_keys(each.arg, None)
            if each.annotation is not None and queries.names_tensor(each.annotation):
                self.found.seen |= made
        self._without_grad += any(queries.sets_grad_off(each) for each in node.decorator_list)
        self.run(node.body)

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Go through a block."""
        for statement in body:
            method = _STATEMENTS.get(type(statement))
            if method is not None:
                method(self, statement)

    def _join_branches(self, *blocks: Iterable[ast.stmt]) -> None:
        """Go through the ways of a branch. What one way keeps, another that leaves it alone does not: it is told apart."""
        before, kept_before, containers = self.names, frozenset(self.found.keeps), self.containers
        ends: list[dict[str, Locations]] = []
        containers_after: list[set[str]] = []
        kept: list[frozenset[int]] = []
        for block in blocks:
            self.names, self.containers = before.copy(), containers.copy()
            self.found.keeps = set(kept_before)
            self.run(block)
            ends.append(self.names)
            containers_after.append(self.containers)
            kept.append(frozenset(self.found.keeps))
        self.containers = set.intersection(*containers_after)
        everything = frozenset().union(*kept)
        self.found.keeps = set(everything)
        joined: dict[str, Locations] = {}
        for names, its in zip(ends, kept, strict=True):
            twins = self._split_per_branch(everything - its - kept_before, names)
            for name, memory in names.items():
                if twins and not memory.isdisjoint(twins.keys()):
                    memory = frozenset(twins.get(each, each) for each in memory)
                known = joined.get(name, memory)
                joined[name] = memory if known is memory else known | memory
        self.names = joined

    def _assign(self, node: ast.Assign) -> None:
        made = self._made
        memory = self.locations(node.value)
        for target in node.targets:
            self._bind(target, memory, node.value)
        if isinstance(node.value, ast.IfExp) and self._is_left_by_the_last(node.value.test):
            self._pass(node.targets, self._first_choice, made)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            memory = self.locations(node.value)
            if queries.names_tensor(node.annotation):
                self.found.seen |= memory
            self._bind(node.target, memory, node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        value, before = self.locations(node.value), self.locations(node.target)
        name = OPERATORS[type(node.op)]
        listed = isinstance(node.target, ast.Name) and node.target.id in self.containers
        if listed or queries.is_no_number(node.value) or queries.makes_container(node.value):
            self._store_into(node.target, value)
            return
        self._computed_in(before, value)
        self._write(before, doubtful=True)
        summary = self._summary(f"__i{name}__") or self._summary(f"__{name}__")
        if summary is not None:
            self._save_operands(summary, [before, value], {})
            if summary.keeps_result and not self._passes_none(before | value):
                self._mark_saved(before)
        if isinstance(node.target, ast.Name) and (before or value):
            joins = isinstance(node.op, ast.Add) and not before <= self._tensors and not value <= self._tensors
            joined = value if joins else EMPTY
            self.names[node.target.id] = (
                before | joined
                if before and before <= self._tensors
                else self._result_of(before | value) | before | joined
            )

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        source = self.locations(node.iter)
        self.found.has_no_effect |= queries.rebinds_detached(node)
        outer, self.counters = self.counters, self.counters | queries.counters(node)
        passing, self.passing = self.passing, {}
        self._rounds(node.body, lambda: self._bind_item(node.target, node.iter, source), some=True)
        for name in self.passing.keys() & self.names.keys():
            self.names[name] = self.names[name] - self.passing[name] or self.names[name]
        self.counters, self.passing = outer, passing
        self.run(node.orelse)

    def _is_left_by_the_last(self, test: ast.expr) -> bool:
        """Whether a condition holds in all rounds of a loop but the last."""
        return bool(self.counters) and queries.holds_but_last(test, self.counters)

    def _pass(self, targets: Iterable[ast.expr], memory: Locations, made: int) -> None:
        """What was made since `made` is bound to names in all rounds of a loop but the last."""
        for target in targets:
            if isinstance(target, ast.Name):
                new = frozenset(each for each in memory if each > made)
                self.passing[target.id] = self.passing.get(target.id, EMPTY) | new

    def _while(self, node: ast.While) -> None:
        self._rounds(node.body, lambda: self.locations(node.test))
        self.run(node.orelse)

    def _rounds(self, body: list[ast.stmt], begin: Callable[[], object], *, some: bool = False) -> None:
        """Go through a loop's body twice. What the first round makes, the second makes again: it stands for both afterwards.

        `some`: nobody writes this loop for no rounds at all.
        """
        before, made = self.names.copy(), self._made
        begin()
        self.run(body)
        first = self.names.copy()
        begin()
        self.run(body)
        for name in {*before, *first}:
            older = frozenset(each for each in first.get(name, EMPTY) if each <= made)
            self.names[name] = self.names.get(name, EMPTY) | (EMPTY if some else before.get(name, EMPTY)) | older

    def _if(self, node: ast.If) -> None:
        self.locations(node.test)
        made = self._made
        self._join_branches(node.body, node.orelse)
        if not node.orelse and self._is_left_by_the_last(node.test):
            bound = [target for each in node.body if isinstance(each, ast.Assign) for target in each.targets]
            for target in bound:
                if isinstance(target, ast.Name):
                    self._pass([target], self.names[target.id], made)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        off = 0
        for item in node.items:
            memory = self.locations(item.context_expr)
            off |= queries.sets_grad_off(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, memory)
        self._without_grad += off
        self.run(node.body)
        self._without_grad -= off

    def _try(self, node: Any) -> None:
        """`try`, and `try` with `except*`."""
        self._join_branches([*node.body, *node.orelse], *([*node.body, *handler.body] for handler in node.handlers))
        self.run(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        subject = self.locations(node.subject)
        for case in node.cases:
            for each in ast.walk(case.pattern):
                name = getattr(each, "name", None) or getattr(each, "rest", None)
                if isinstance(name, str):
                    self.names[name] = subject
                    self._bind_keys(name, None)
        self._join_branches((), *(case.body for case in node.cases))

    def _expression(self, node: ast.Expr) -> None:
        self.locations(node.value)
        self.found.has_no_effect |= queries.sets_grad_off(node.value)  # for all that follows
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self.found.has_no_effect |= self._has_no_effect(node.value, node.value.func)

    def _has_no_effect(self, call: ast.Call, function: ast.Attribute) -> bool:
        """Whether a call as a statement may write to a copy that nobody holds, or give what nobody takes."""
        if function.attr == "detach":
            return not call.args
        maker: ast.expr = call
        while isinstance(maker, ast.Call) and isinstance(maker.func, ast.Attribute):
            if not queries.is_inplace(maker.func.attr):
                break
            maker = maker.func.value
        if maker is call:
            return False
        if isinstance(maker, ast.Call) and isinstance(maker.func, ast.Attribute):
            summary = self._summary(maker.func.attr)
            return summary is not None and not summary.shares
        if isinstance(maker, ast.Subscript):
            parts = maker.slice.elts if isinstance(maker.slice, ast.Tuple) else [maker.slice]
            return any(
                isinstance(part, (ast.List, ast.Tuple)) or self._picks_a_copy(self.locations(part)) for part in parts
            )
        if isinstance(maker, ast.Call) and isinstance(maker.func, ast.Name):
            return maker.func.id in {"sum", "abs"} or bool(self.imported.get(maker.func.id))
        return not isinstance(maker, (ast.Name, ast.Attribute, ast.Call))

    def _picks_a_copy(self, index: Locations) -> bool:
        """Whether an index may be a tensor, which picks a copy."""
        return not index <= self.outside or self.is_tensor(index)

    def _return(self, node: ast.Return) -> None:
        if isinstance(node.value, ast.Tuple):
            items = tuple(self.locations(each) for each in node.value.elts)
            self.found.tuples.append(items)
            self.found.returns = self.found.returns.union(*items)
        elif node.value is not None:
            self.found.tuples.append(())
            self.found.returns |= self.locations(node.value)

    def _assert(self, node: ast.Assert) -> None:
        self.locations(node.test)

    def _nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function inside: what it is given is known when it is called, or handed to what may call it."""
        outer, gives = self.names, self.found.returns
        self.names, self.found.returns = outer.copy(), EMPTY
        given = EMPTY
        for each in queries.parameters(node):
            self.names[each.arg] = self._new(outside=True)
            self._bind_keys(each.arg, None)
            given |= self.names[each.arg]
        self.run(node.body)
        self.inner[node.name] = (given, self.found.returns)
        self.names, self.found.returns = outer, gives
        outer[node.name] = EMPTY

    def _class(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._nested(statement)
        self.names[node.name] = UNKNOWN


_STATEMENTS: dict[type[ast.stmt], Callable[[FunctionFlow, Any], None]] = {
    ast.Assign: FunctionFlow._assign,
    ast.AnnAssign: FunctionFlow._annotated,
    ast.AugAssign: FunctionFlow._augmented,
    ast.For: FunctionFlow._loop,
    ast.AsyncFor: FunctionFlow._loop,
    ast.While: FunctionFlow._while,
    ast.If: FunctionFlow._if,
    ast.With: FunctionFlow._with,
    ast.AsyncWith: FunctionFlow._with,
    ast.Try: FunctionFlow._try,
    ast.Match: FunctionFlow._match,
    ast.Expr: FunctionFlow._expression,
    ast.Return: FunctionFlow._return,
    ast.Assert: FunctionFlow._assert,
    ast.FunctionDef: FunctionFlow._nested,
    ast.AsyncFunctionDef: FunctionFlow._nested,
    ast.ClassDef: FunctionFlow._class,
}
if sys.version_info >= (3, 11):
    _STATEMENTS[ast.TryStar] = FunctionFlow._try
