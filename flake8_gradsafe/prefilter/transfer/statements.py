"""One function, gone through once with all its paths joined: what it writes, and what of that may be kept for backward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, UNKNOWN, Locations
from flake8_gradsafe.prefilter.transfer.expressions import Expressions
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.nodes import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class FunctionFlow(Expressions):
    """Goes through one function's statements in order; both ways of a branch are joined, a loop is gone through twice."""

    def function(self, node: ir.Function) -> None:
        """Go through a function; what it is given is memory from outside, of its own for each parameter."""
        plain = queries.plain_parameters(node)
        for each in queries.parameters(node):
            made = EMPTY if each.name in plain else self._new(outside=True)
            self.given[each.name] = self.names[each.name] = made
            self._bind_keys(each.name, None)
            if each.annotation is not None and queries.names_tensor(each.annotation):
                self.found.seen |= made
        self._without_grad += any(queries.sets_grad_off(each) for each in node.decorators)
        self.run(node.body)

    def run(self, body: Iterable[ir.Statement]) -> None:
        """Go through a block."""
        for each in body:
            statement = self.written.get(each, each)
            method = _STATEMENTS.get(type(statement))
            if method is not None:
                method(self, statement)

    def _join_branches(self, *blocks: Iterable[ir.Statement]) -> None:
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

    def _assign(self, node: ir.Assign) -> None:
        if node.value is None:
            return
        made = self._made
        memory = self.locations(node.value)
        if node.annotation is not None and queries.names_tensor(node.annotation):
            self.found.seen |= memory
        for target in node.targets:
            self._bind(target, memory, node.value)
        if node.annotation is None and isinstance(node.value, ir.Choice) and self._is_left_by_the_last(node.value.test):
            self._pass(node.targets, self._first_choice, made)

    def _augmented(self, node: ir.Augmented) -> None:
        value, target = self.locations(node.value), node.target
        before = self._subscript(target, read=False) if isinstance(target, ir.Subscript) else self.locations(target)
        listed = isinstance(node.target, ir.Name) and node.target.id in self.containers
        if listed or queries.is_no_number(node.value) or queries.makes_container(node.value):
            self._store_into(node.target, value)
            return
        self._computed_in(before, value)
        self._write(before, doubtful=True)
        summary = self._summary(node.method) or self._summary(f"__{node.method[3:]}")
        if summary is not None:
            self._save_operands(summary, [before, value], {})
            if summary.keeps_result and not self._passes_none(before | value):
                self._mark_saved(before)
        if isinstance(node.target, ir.Name) and (before or value):
            joins = node.method == "__iadd__" and not before <= self._tensors and not value <= self._tensors
            joined = value if joins else EMPTY
            self.names[node.target.id] = (
                before | joined
                if before and before <= self._tensors
                else self._result_of(before | value) | before | joined
            )

    def _loop(self, node: ir.Loop) -> None:
        if node.target is None:
            self._rounds(node.body, lambda: self.locations(node.source))
            self.run(node.orelse)
        else:
            self._for(node, node.target)

    def _for(self, node: ir.Loop, target: ir.Expression) -> None:
        source = self.locations(node.source)
        last = self.written.get(node.body[-1], node.body[-1]) if node.body else None
        self.found.has_no_effect |= queries.rebinds_detached(node, last)
        outer, self.counters = self.counters, self.counters | queries.counters(node)
        passing, self.passing = self.passing, {}
        self._rounds(node.body, lambda: self._bind_item(target, node.source, source), some=True)
        for name in self.passing.keys() & self.names.keys():
            self.names[name] = self.names[name] - self.passing[name] or self.names[name]
        self.counters, self.passing = outer, passing
        self.run(node.orelse)

    def _is_left_by_the_last(self, test: ir.Expression) -> bool:
        """Whether a condition holds in all rounds of a loop but the last."""
        return bool(self.counters) and queries.holds_but_last(test, self.counters)

    def _pass(self, targets: Iterable[ir.Expression], memory: Locations, made: int) -> None:
        """What was made since `made` is bound to names in all rounds of a loop but the last."""
        for target in targets:
            if isinstance(target, ir.Name):
                new = frozenset(each for each in memory if each > made)
                self.passing[target.id] = self.passing.get(target.id, EMPTY) | new

    def _rounds(self, body: ir.Body, begin: Callable[[], object], *, some: bool = False) -> None:
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

    def _if(self, node: ir.Branch) -> None:
        self.locations(node.test)
        made = self._made
        self._join_branches(node.body, node.orelse)
        if not node.orelse and self._is_left_by_the_last(node.test):
            body = [self.written.get(each, each) for each in node.body]
            bound = [target for each in body if _is_assignment(each) for target in each.targets]
            for target in bound:
                if isinstance(target, ir.Name):
                    self._pass([target], self.names[target.id], made)

    def _with(self, node: ir.With) -> None:
        off = 0
        items = _items_of(node)
        for item in items:
            memory = self.locations(item.context)
            off |= queries.sets_grad_off(item.context)
            if item.target is not None:
                self._bind(item.target, memory)
        self._without_grad += off
        self.run(items[-1].body)
        self._without_grad -= off

    def _try(self, node: ir.Try) -> None:
        self._join_branches([*node.body, *node.orelse], *([*node.body, *handler.body] for handler in node.handlers))
        self.run(node.final)

    def _match(self, node: Match) -> None:
        subject = self.locations(node.subject)
        for name in node.captured:
            self.names[name] = subject
            self._bind_keys(name, None)
        self._join_branches((), *node.bodies)

    def _expression(self, node: ir.Evaluate) -> None:
        self.locations(node.value)
        self.found.has_no_effect |= queries.sets_grad_off(node.value)  # for all that follows
        if isinstance(node.value, ir.Call) and isinstance(node.value.function, ir.Attribute):
            self.found.has_no_effect |= self._has_no_effect(node.value, node.value.function)

    def _has_no_effect(self, call: ir.Call, function: ir.Attribute) -> bool:
        """Whether a call as a statement may write to a copy that nobody holds, or give what nobody takes."""
        if function.attr == "detach":
            return not queries.positional(call)
        maker: ir.Expression = call
        while isinstance(maker, ir.Call) and isinstance(maker.function, ir.Attribute):
            if not queries.is_inplace(maker.function.attr):
                break
            maker = maker.function.value
        if maker is call:
            return False
        if isinstance(maker, ir.Call) and isinstance(maker.function, ir.Attribute):
            summary = self._summary(maker.function.attr)
            return summary is not None and not summary.shares
        if isinstance(maker, ir.Subscript):
            parts = maker.index.items if queries.is_tuple(maker.index) else (maker.index,)
            return any(isinstance(part, ir.Sequence) or self._picks_a_copy(self.locations(part)) for part in parts)
        if isinstance(maker, ir.Call) and isinstance(maker.function, ir.Name):
            return maker.function.id in {"sum", "abs"} or bool(self.imported.get(maker.function.id))
        return not isinstance(maker, (ir.Name, ir.Attribute, ir.Call))

    def _picks_a_copy(self, index: Locations) -> bool:
        """Whether an index may be a tensor, which picks a copy."""
        return not index <= self.outside or self.is_tensor(index)

    def _return(self, node: ir.Return) -> None:
        if node.raises:
            return
        if queries.is_tuple(node.value):
            items = tuple(self.locations(each) for each in node.value.items)
            self.found.tuples.append(items)
            self.found.returns = self.found.returns.union(*items)
        elif node.value is not None:
            self.found.tuples.append(())
            self.found.returns |= self.locations(node.value)

    def _nested(self, node: ir.Function) -> None:
        """A function inside: what it is given is known when it is called, or handed to what may call it."""
        outer, gives = self.names, self.found.returns
        self.names, self.found.returns = outer.copy(), EMPTY
        given = EMPTY
        for each in queries.parameters(node):
            self.names[each.name] = self._new(outside=True)
            self._bind_keys(each.name, None)
            given |= self.names[each.name]
        self.run(node.body)
        self.inner[node.name] = (given, self.found.returns)
        self.names, self.found.returns = outer, gives
        outer[node.name] = EMPTY

    def _class(self, node: ir.Class) -> None:
        for statement in node.body:
            if isinstance(statement, ir.Function):
                self._nested(statement)
        self.names[node.name] = UNKNOWN


def _is_assignment(statement: ir.Statement) -> TypeGuard[ir.Assign]:
    """Whether this is `targets = value`, without an annotation."""
    return isinstance(statement, ir.Assign) and statement.annotation is None


def _items_of(node: ir.With) -> list[ir.With]:
    """The items of one `with`, which nest in the program."""
    items = [node]
    while len(node.body) == 1 and isinstance(node.body[0], ir.With) and node.body[0].place is node.place:
        node = node.body[0]
        items.append(node)
    return items


_STATEMENTS: dict[type[ir.Statement], Callable[[FunctionFlow, Any], None]] = {
    ir.Assign: FunctionFlow._assign,
    ir.Augmented: FunctionFlow._augmented,
    ir.Loop: FunctionFlow._loop,
    ir.Branch: FunctionFlow._if,
    ir.With: FunctionFlow._with,
    ir.Try: FunctionFlow._try,
    Match: FunctionFlow._match,
    ir.Evaluate: FunctionFlow._expression,
    ir.Return: FunctionFlow._return,
    ir.Function: FunctionFlow._nested,
    ir.Class: FunctionFlow._class,
}
