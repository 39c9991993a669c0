"""What both ways to the program share: what they note on the way, and what is made of a function's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.gate import is_trigger, is_trigger_keyword
from flake8_gradsafe.syntax.spread import MAX_CHOICES, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Body: TypeAlias = tuple[ir.Statement, ...]


class Method(Protocol):
    """How the nodes of one type are lowered to statements."""

    def __call__(self, visitor: Any, node: Any, out: list[ir.Statement], /) -> None:
        """Append what a node comes to."""


class Lowering:
    """Goes once over a tree and dispatches on each node's type. What it does not model becomes `Opaque`."""

    #: By the type of a tree's nodes: how expressions and statements are lowered, and the statements without a block.
    expressions: dict[type, Callable[..., ir.Expression]]
    statements: dict[type, Method]
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

    def _parameters(self, node: Any) -> tuple[ir.Parameter, ...]:
        """The parameters of a function or lambda, in order."""
        raise NotImplementedError

    def _maybe(self, node: Any) -> ir.Expression | None:
        return None if node is None else self.visit(node)

    def _opaque(self, node: Any, parts: Iterable[Any]) -> ir.Opaque:
        return ir.Opaque(node, tuple(self.visit(part) for part in parts if part is not None))

    # -- expressions ------------------------------------------------------------------------------------------------

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

    def _argument(self, node: Any, value: Any, name: str | None, star: str = "") -> ir.Argument:
        if name is not None:
            self._words += is_trigger_keyword(name)
            self._mentions.add(name)
        given = self.visit(value)
        self._note_call(given)  # it may be called by what it is given to
        return ir.Argument(node, given, name, star)

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

    def _walrus(self, node: Any, target: ir.Expression, value: ir.Expression) -> ir.Expression:
        return ir.Walrus(node, target, value) if isinstance(target, ir.Name) else ir.Opaque(node, (value,))

    def _choice(self, node: Any, test: Any, body: Any, orelse: Any) -> ir.Choice:
        """`body if test else orelse`."""
        choice = ir.Choice(node, self.visit(test), self.visit(body), self.visit(orelse))
        self._choices.append(choice)
        return choice

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

    def _function(
        self,
        node: Any,
        name: str,
        decorators: tuple[ir.Expression, ...],
        parameters: tuple[ir.Parameter, ...],
        body: Callable[[], Body],
    ) -> ir.Function:
        """A function, with what is noted of it while its body is lowered."""
        words, yields, nested = self._words, self._yields, self._nested
        mentions, assigns, calls = self._mentions, self._assigns, self._calls
        self._mentions, self._assigns, self._calls = set(), set(), set()
        made = ir.Function(
            node,
            name,
            parameters,
            body(),
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
        self,
        node: Any,
        name: str,
        bases: tuple[ir.Expression, ...],
        decorators: tuple[ir.Expression, ...],
        body: Callable[[], Body],
    ) -> ir.Class:
        nested = self._nested
        made = ir.Class(node, name, bases, body(), decorators)
        self._nested = nested + 1
        return made
