"""The surroundings of a `.data` write in the same body: what names are bound to there, and which tests it stands under."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.autograd.tensor import Place

    #: Gives names in an expression.
    Named = Callable[[ir.Expression], set[str]]

#: Calls that give their arguments' items side by side, or one argument's with a number.
_PAIRING = frozenset({"zip", "enumerate"})


@dataclass(slots=True)
class Bindings:
    """The values that each name of a body is bound to, and the tests around each of its statements."""

    bindings: dict[str, list[ir.Expression]] = field(default_factory=dict)
    tests: dict[Place, tuple[ir.Expression, ...]] = field(default_factory=dict)
    _named: dict[tuple[str, Named], frozenset[str]] = field(default_factory=dict)

    def named(self, name: str, names_of: Named) -> frozenset[str]:
        """The names in all that a name is bound to."""
        key = (name, names_of)
        if key not in self._named:
            self._named[key] = frozenset().union(*map(names_of, self.bindings.get(name, ())))
        return self._named[key]

    def bind(self, target: ir.Expression, value: ir.Expression) -> None:
        """Note what a target is bound to; the parts of a display, or of what `zip` gives, each to its own."""
        if isinstance(target, ir.Name):
            self.bindings.setdefault(target.id, []).append(value)
        elif isinstance(target, ir.Sequence):
            values = _side_by_side(value, len(target.items))
            for item, bound in zip(target.items, values, strict=True):
                self.bind(item, bound)


def bindings_of(body: Iterable[ir.Statement]) -> Bindings:
    """Go through a body once, without what is nested in functions and classes."""
    around = Bindings()
    pending: list[tuple[ir.Statement, tuple[ir.Expression, ...]]] = [(statement, ()) for statement in body]
    while pending:
        statement, tests = pending.pop()
        around.tests[statement.place] = tests
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                around.bind(target, statement.value)
        elif isinstance(statement, ir.Loop) and statement.target is not None:
            around.bind(statement.target, statement.source)
        if isinstance(statement, ir.Branch):
            tests = (*tests, statement.test)
        pending += [(inner, tests) for block in blocks_of(statement) for inner in block]
    return around


def blocks_of(statement: ir.Statement) -> tuple[tuple[ir.Statement, ...], ...]:
    """The blocks of a compound statement."""
    if isinstance(statement, (ir.Branch, ir.Loop)):
        return (statement.body, statement.orelse)
    if isinstance(statement, ir.With):
        return (statement.body,)
    if isinstance(statement, ir.Try):
        handlers = tuple(handler.body for handler in statement.handlers)
        return (statement.body, *handlers, statement.orelse, statement.final)
    return ()


def blocks_in(body: ir.Body) -> Iterator[ir.Body]:
    """A body, and all blocks in it."""
    yield body
    for statement in body:
        for block in blocks_of(statement):
            yield from blocks_in(block)


def statements_in(body: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    """The statements of a body and of the blocks in it, without the bodies of functions and classes."""
    for statement in body:
        yield statement
        for block in blocks_of(statement):
            yield from statements_in(block)


def unconditional(body: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    """The statements of a block that are run in any case, also those within `with`."""
    for statement in body:
        yield statement
        if isinstance(statement, ir.With):
            yield from unconditional(statement.body)


def calls_in(body: Iterable[ir.Statement]) -> Iterator[ir.Call]:
    """The calls of a body and of the blocks in it, without what is nested in functions and classes."""
    for statement in statements_in(body):
        yield from calls_of(statement)


def calls_of(statement: ir.Statement) -> Iterator[ir.Call]:
    """The calls that a statement makes itself, not those of the blocks in it."""
    for value in values_of(statement):
        yield from (part for part in within(value) if isinstance(part, ir.Call))


def values_of(statement: ir.Statement) -> list[ir.Expression]:
    """The expressions that a statement evaluates itself, not those of the blocks in it."""
    found: tuple[ir.Expression | None, ...] = ()
    if isinstance(statement, (ir.Assign, ir.Evaluate, ir.Return)):
        found = (statement.value,)
    elif isinstance(statement, ir.Augmented):
        found = (statement.value, statement.target)
    elif isinstance(statement, ir.Branch):
        found = (statement.test,)
    elif isinstance(statement, ir.Loop):
        found = (statement.source,)
    elif isinstance(statement, ir.With):
        found = (statement.context,)
    return [each for each in found if each is not None]


def _side_by_side(value: ir.Expression, count: int) -> list[ir.Expression]:
    if isinstance(value, ir.Sequence) and len(value.items) == count:
        return list(value.items)
    if isinstance(value, ir.Call) and isinstance(value.function, ir.Name) and value.function.id in _PAIRING:
        given = [argument.value for argument in value.arguments]
        if value.function.id == "enumerate" and count == 2 and given:
            return [ir.Constant(value.place, 0), given[0]]
        if len(given) == count:
            return given
    return [value] * count
