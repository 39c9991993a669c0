"""What both ways to the program share: what is noted on the way, and nodes whose parts both trees call by the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.gate import is_trigger, is_trigger_keyword
from flake8_gradsafe.syntax.spread import MAX_CHOICES, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.syntax.program import Body


class Lowering:
    """Goes once over a tree and dispatches on each node's type. What it does not model becomes `Opaque`."""

    #: By the type of a tree's nodes: how expressions and statements are lowered, and the statements without a block.
    expressions: dict[type, Callable[..., ir.Expression]]
    statements: dict[type, Callable[..., None]]
    small: tuple[type, ...]

    def __init__(self) -> None:
        """Begin with a statement in which no conditional expression was seen, and none of the gate's words."""
        self._choices: list[ir.Choice] = []
        self._words = 0
        self._yields = 0
        self._nested = 0
        self._mentions: set[str] = set()
        self._assigns: set[str] = set()
        self._calls: set[str] = set()

    def visit(self, node: Any) -> ir.Expression:
        """The value that an expression node stands for."""
        method = self.expressions.get(type(node))
        return method(self, node) if method else ir.Opaque(node, ())

    def _statement(self, node: Any, out: list[ir.Statement]) -> None:
        method = self.statements.get(type(node))
        if method is None:
            return
        outer, self._choices = self._choices, []
        method(self, node, out)
        if isinstance(node, self.small) and 0 < len(self._choices) <= MAX_CHOICES:
            out[-1:] = [spread(out[-1], self._choices)]
        self._choices = outer

    # -- what the trees have under names of their own --------------------------------------------------------------

    def visit_body(self, block: Any) -> Body:
        """The statements of a block, in order."""
        raise NotImplementedError

    def _operator(self, node: Any) -> str:
        """The method that an arithmetic operator stands for: `__mul__`."""
        raise NotImplementedError

    def _parameters(self, node: Any) -> tuple[ir.Parameter, ...]:
        """The parameters of a function or lambda, in order."""
        raise NotImplementedError

    def _clauses(self, node: Any) -> tuple[ir.Clause, ...]:
        """The clauses of a comprehension, in order."""
        raise NotImplementedError

    def _name_of(self, handler: Any) -> str | None:
        """What a handler calls its error."""
        raise NotImplementedError

    def _matches(self, subject: ir.Expression, pattern: Any) -> ir.Expression:
        """Whether a subject matches: a comparison where the pattern is a value, True for a bare name, else not known."""
        raise NotImplementedError

    def _captured(self, pattern: Any) -> list[str]:
        """The names that a pattern binds, sorted."""
        raise NotImplementedError

    # -- expressions ------------------------------------------------------------------------------------------------

    def _maybe(self, node: Any) -> ir.Expression | None:
        return None if node is None else self.visit(node)

    def _opaque(self, node: Any, parts: Iterable[Any]) -> ir.Opaque:
        return ir.Opaque(node, tuple(self.visit(part) for part in parts if part is not None))

    def _name(self, node: Any, name: str) -> ir.Name:
        self._words += is_trigger(name)
        self._mentions.add(name)
        return ir.Name(node, name)

    def _attribute(self, node: Any, value: Any, attr: str) -> ir.Attribute:
        self._words += is_trigger(attr)
        self._mentions.add(attr)
        return ir.Attribute(node, self.visit(value), attr)

    def _called(self, function: Any) -> ir.Expression:
        """What a call calls, noted by the last of its names."""
        lowered = self.visit(function)
        self._note_call(lowered)
        return lowered

    def _argument(self, value: Any, name: str | None, star: str = "") -> ir.Argument:
        if name is not None:
            self._words += is_trigger_keyword(name)
            self._mentions.add(name)
        given = self.visit(value)
        self._note_call(given)  # it may be called by what it is given to
        return ir.Argument(given, name, star)

    def _note_call(self, function: ir.Expression) -> None:
        if isinstance(function, ir.Attribute):
            self._calls.add(function.attr)
        elif isinstance(function, ir.Name):
            self._calls.add(function.id)

    def _negated(self, node: Any, operand: ir.Expression) -> ir.Expression:
        """`-x`; the minus of a number belongs to the number."""
        if isinstance(operand, ir.Constant) and isinstance(operand.value, (int, float)):
            return ir.Constant(node, -operand.value)
        return ir.Unary(node, "__neg__", operand)

    def visit_walrus(self, node: Any) -> ir.Expression:
        """`target := value`."""
        target, value = self.visit(node.target), self.visit(node.value)
        return ir.Walrus(node, target, value) if isinstance(target, ir.Name) else ir.Opaque(node, (value,))

    def visit_binary(self, node: Any) -> ir.Expression:
        """`left * right`; a long chain is taken iteratively."""
        chain, left = [], node
        while type(left) is type(node):
            chain.append(left)
            left = left.left
        value = self.visit(left)
        for link in reversed(chain):
            value = ir.Binary(link, self._operator(link), value, self.visit(link.right))
        return value

    def visit_conditional(self, node: Any) -> ir.Expression:
        """`body if test else orelse`."""
        choice = ir.Choice(node, self.visit(node.test), self.visit(node.body), self.visit(node.orelse))
        self._choices.append(choice)
        return choice

    def visit_comprehension(self, node: Any) -> ir.Expression:
        """A comprehension; that of a dict has a key and a value."""
        before = list(self._choices)
        clauses = self._clauses(node)
        key = getattr(node, "key", None)
        element = self.visit(node.elt if key is None else node.value)
        made = ir.Comprehension(node, element, clauses, self._maybe(key))
        self._choices = before
        return made

    def _yielded(self, node: Any, value: Any, *, delegates: bool) -> ir.Yield:
        self._yields += 1
        return ir.Yield(node, self._maybe(value), delegates)

    def _lambda(self, node: Any, parameters: Any, body: Any) -> ir.Lambda:
        """A lambda: a function of one statement."""
        choices, yields, nested = list(self._choices), self._yields, self._nested
        given = self._parameters(parameters)
        outer, self._mentions = self._mentions, set()
        lowered = ir.Return(body, self.visit(body))
        mentions, nests = frozenset(self._mentions), self._nested > nested
        made = ir.Function(node, "<lambda>", given, (lowered,), (), mentions=mentions, nests=nests)
        self._mentions |= outer
        self._choices, self._yields, self._nested = choices, yields, nested + 1
        return ir.Lambda(node, made)

    # -- statements -------------------------------------------------------------------------------------------------

    def _target(self, node: Any) -> ir.Expression:
        """What is assigned to; attributes of `self` are noted."""
        target = self.visit(node)
        for each in target.items if isinstance(target, ir.Sequence) else (target,):
            if isinstance(each, ir.Attribute) and isinstance(each.value, ir.Name) and each.value.id == "self":
                self._assigns.add(each.attr)
        return target

    def visit_assert(self, node: Any, out: list[ir.Statement]) -> None:
        """`assert test`: who comes past it took the way on which the test holds."""
        out.append(ir.Branch(node, self.visit(node.test), (), (ir.Return(node, None, raises=True),)))

    def visit_return(self, node: Any, out: list[ir.Statement]) -> None:
        """`return value`."""
        out.append(ir.Return(node, self._maybe(node.value)))

    def visit_raise(self, node: Any, out: list[ir.Statement]) -> None:
        """`raise value`: ends the path."""
        out.append(ir.Return(node, self._maybe(node.exc), raises=True))

    def _nested_with(self, node: Any, items: list[tuple[Any, Any]]) -> Body:
        """`with a as b, c:`, the items nested from left to right."""
        body = self.visit_body(node.body)
        for context, target in reversed(items):
            body = (ir.With(node, self.visit(context), self._maybe(target), body),)
        return body

    def _branches(self, chain: list[Any], orelse: Body) -> Body:
        """`if`, `elif`, `else`."""
        for link in reversed(chain):
            orelse = (ir.Branch(link, self.visit(link.test), self.visit_body(link.body), orelse),)
        return orelse

    def visit_match(self, node: Any, out: list[ir.Statement]) -> None:
        """`match`: a chain of branches on conditions that are not known; captured names become unknown."""
        subject = ir.Name(node.subject, "(subject)")
        out.append(ir.Assign(node, (subject,), self.visit(node.subject)))
        orelse: Body = ()
        for case in reversed(node.cases):
            captured = tuple(
                ir.Assign(case, (ir.Name(case, name),), ir.Opaque(case, ())) for name in self._captured(case.pattern)
            )
            test = self._matches(subject, case.pattern)
            if case.guard:
                test = ir.Logical(case, test, self.visit(case.guard), conjunction=True)
            orelse = (ir.Branch(case, test, captured + self.visit_body(case.body), orelse),)
        out += orelse

    def _any_of(self, node: Any, subject: ir.Expression, patterns: list[Any]) -> ir.Expression:
        """`pattern | pattern`."""
        first, *more = (self._matches(subject, each) for each in patterns)
        for each in more:
            first = ir.Logical(node, first, each, conjunction=False)
        return first

    def visit_for(self, node: Any, out: list[ir.Statement]) -> None:
        """`for target in source`."""
        target, source = self.visit(node.target), self.visit(node.iter)
        out.append(ir.Loop(node, target, source, self.visit_body(node.body), self.visit_body(node.orelse)))

    def visit_while(self, node: Any, out: list[ir.Statement]) -> None:
        """`while test`."""
        out.append(ir.Loop(node, None, self.visit(node.test), self.visit_body(node.body), self.visit_body(node.orelse)))

    def visit_try(self, node: Any, out: list[ir.Statement]) -> None:
        """`try`, `except`, `else`, `finally`."""
        handlers = tuple(
            ir.Handler(self._maybe(each.type), self._name_of(each), self.visit_body(each.body))
            for each in node.handlers
        )
        orelse, final = self.visit_body(node.orelse), self.visit_body(node.finalbody)
        out.append(ir.Try(node, self.visit_body(node.body), handlers, orelse, final))

    def _function(
        self, node: Any, name: str, decorators: tuple[ir.Expression, ...], parameters: tuple[ir.Parameter, ...]
    ) -> ir.Function:
        """A function, with what is noted of it while its body is lowered."""
        words, yields, nested = self._words, self._yields, self._nested
        mentions, assigns, calls = self._mentions, self._assigns, self._calls
        self._mentions, self._assigns, self._calls = set(), set(), set()
        made = ir.Function(
            node,
            name,
            parameters,
            self.visit_body(node.body),
            decorators,
            concerns_us=self._words > words,
            mentions=frozenset(self._mentions),
            assigns=frozenset(self._assigns),
            calls=frozenset(self._calls),
            generates=self._yields > yields,
            nests=self._nested > nested,
        )
        self._mentions |= mentions
        self._assigns |= assigns
        self._calls |= calls
        self._yields, self._nested = yields, nested + 1
        return made

    def _class(
        self, node: Any, name: str, bases: tuple[ir.Expression, ...], decorators: tuple[ir.Expression, ...]
    ) -> ir.Class:
        nested = self._nested
        made = ir.Class(node, name, bases, self.visit_body(node.body), decorators)
        self._nested = nested + 1
        return made
