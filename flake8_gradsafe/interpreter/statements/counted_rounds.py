"""Loops that count: in which later rounds a condition on the counter goes another way for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.interpreter.domain.constants import arithmetic, negated
from flake8_gradsafe.interpreter.domain.truth import compare, truth_of
from flake8_gradsafe.interpreter.domain.values import Literal, RangeValue, Value
from flake8_gradsafe.interpreter.statements.branches import only_logs
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import is_attribute_of_self, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter

#: So many later rounds are followed at most, each with the round behind it.
MAX_LATER = 2
#: More numbers than this beside a counter are not combined.
MAX_NUMBERS = 5


@dataclass(frozen=True, slots=True)
class LaterRounds:
    """Rounds of a loop, beyond the first ones, in which its body goes another way than before.

    `tests` are the conditions that were looked at, by `id`: in every round that is left out, each of them goes as it does in
    one that is followed.
    """

    numbers: tuple[int, ...] = ()
    tests: frozenset[int] = frozenset()


NONE_LATER = LaterRounds()


def later_rounds(interp: Interpreter, loop: ir.Loop, source: Value | None, first: int, state: State) -> LaterRounds:
    """Which rounds to follow after the `first` ones of a loop over a range, by the conditions in its body on its counter."""
    if not isinstance(source, RangeValue) or not isinstance(loop.target, ir.Name):
        return NONE_LATER
    if source.count is not None and source.count <= first:
        return NONE_LATER
    tests = [test for test in _tests_in(loop.body) if _mentions(test, loop.target.id)]
    if not tests or _is_bound_in(loop.body, loop.target.id):
        return NONE_LATER
    counter = _Counter(interp, loop.target.id, source, state)
    settled = [test for test in tests if all(counter.truth(test, number) is not None for number in range(first))]
    seen = {counter.outcomes(settled, number) for number in range(first)}
    numbers: list[int] = []
    for number in counter.candidates(settled, first):
        outcome = counter.outcomes(settled, number)
        if outcome not in seen and len(numbers) < 2 * MAX_LATER:
            seen.add(outcome)
            numbers += [later for later in (number, number + 1) if counter.has(later) and later not in numbers]
            seen.update(counter.outcomes(settled, later) for later in numbers)
    return LaterRounds(tuple(numbers), frozenset(map(id, settled)))


def skip_rounds(loop: ir.Loop, skipped: int, state: State) -> None:
    """What so many rounds would have added to the numbers that the body of a loop counts up by a constant.

    Of a number that it changes otherwise nothing is known any more, nor of what such a number decides.
    """
    for statement in statements_in(loop.body):
        for target in _recounted(statement):
            known = _held_number(target, state)
            if known is None:
                continue
            counted = _counted_up(known, statement, skipped) if statement in loop.body else None
            if counted is None:
                state.truncate()
            _hold(target, counted or state.plain(), state)


def _recounted(statement: ir.Statement) -> tuple[ir.Expression, ...]:
    """The targets of a statement that are given another value by what they were."""
    if isinstance(statement, ir.Augmented):
        return (statement.target,)
    if isinstance(statement, ir.Assign) and statement.value is not None:
        read = names_in(statement.value)
        return tuple(target for target in statement.targets if not names_in(target).isdisjoint(read))
    return ()


def _counted_up(known: Literal, statement: ir.Statement, times: int) -> Value | None:
    """What a number is when a constant was added to it so many times; None for any other statement."""
    if not isinstance(statement, ir.Augmented) or statement.method != "__iadd__":
        return None
    step = Literal(statement.value.value) if isinstance(statement.value, ir.Constant) else None
    added = None if step is None else arithmetic("__mul__", step, Literal(times))
    return None if added is None else arithmetic("__add__", known, added)


def _held_number(target: ir.Expression, state: State) -> Literal | None:
    """The number that a name or an attribute of what a name holds is, where it is known."""
    held: object = None
    if isinstance(target, ir.Name):
        held = state.frame.get(target.id)
    elif isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name):
        owner = state.frame.get(target.value.id)
        held = state.heap.get((owner.id, target.attr)) if owner is not None and hasattr(owner, "id") else None
    return held if isinstance(held, Literal) and isinstance(held.value, (int, float)) else None


def _hold(target: ir.Expression, value: Value, state: State) -> None:
    if isinstance(target, ir.Name):
        state.frame[target.id] = value
    elif isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name):
        owner = state.frame.get(target.value.id)
        if owner is not None and hasattr(owner, "id"):
            state.heap[owner.id, target.attr] = value


class _Counter:
    """The target of a loop over a range, and what stands beside it in conditions."""

    def __init__(self, interp: Interpreter, name: str, source: RangeValue, state: State) -> None:
        self.interp = interp
        self.name = name
        self.source = source
        self.state = state
        self._attributes: dict[int, Value] = {}

    def has(self, number: int) -> bool:
        """Whether the loop has a round of this number, for all that is known."""
        return self.source.count is None or 0 <= number < self.source.count

    def outcomes(self, tests: Iterable[ir.Expression], number: int) -> tuple[bool | None, ...]:
        """Which way each of the conditions goes in a round."""
        return tuple(self.truth(test, number) for test in tests)

    def truth(self, test: ir.Expression, number: int) -> bool | None:
        """Which way a condition goes in a round, where the counter and known numbers tell it."""
        value = self._value(test, number)
        return None if value is None else truth_of(value, self.state)

    def candidates(self, tests: Iterable[ir.Expression], first: int) -> list[int]:
        """The rounds about the numbers that the conditions name, about sums of two of them, and the last ones."""
        numbers = {value for test in tests for value in self._numbers_in(test)}
        named = sorted(numbers)[:MAX_NUMBERS]
        places = {(each - self.source.start) // self.source.step for each in named}
        places |= {(one + other - self.source.start) // self.source.step for one in named for other in named}
        places |= {first} if self.source.count is None else {first, self.source.count - 1}
        found = {place + shift for place in places for shift in (-1, 0, 1)}
        return sorted(number for number in found if number >= first and self.has(number))

    def _numbers_in(self, test: ir.Expression) -> Iterator[int]:
        for part in within(test):
            known = None if isinstance(part, ir.Name) and part.id == self.name else self._value(part, None)
            if isinstance(known, Literal) and isinstance(known.value, int):
                yield known.value

    def _value(self, node: ir.Expression, number: int | None) -> Value | None:
        """What an expression of the counter, names and numbers is in a round; None where that is not known."""
        if isinstance(node, ir.Constant):
            return Literal(node.value)
        if isinstance(node, ir.Name):
            if node.id == self.name:
                return None if number is None else Literal(self.source.start + number * self.source.step)
            held = self.state.frame.get(node.id) or self.state.enclosing_value(node.id)
            return held if isinstance(held, Literal) else None
        if isinstance(node, ir.Attribute) and is_attribute_of_self(node):
            if id(node) not in self._attributes:
                self._attributes[id(node)] = self.interp.evaluate(node, self.state.fork())
            held = self._attributes[id(node)]
            return held if isinstance(held, Literal) else None
        if isinstance(node, (ir.Binary, ir.Comparison)):
            left, right = self._value(node.left, number), self._value(node.right, number)
            if left is None or right is None:
                return None
            if isinstance(node, ir.Binary):
                return arithmetic(node.method, left, right)
            known = compare(node.operator, left, right)
            return None if known is None else Literal(known)
        if isinstance(node, ir.Unary) and node.method == "__neg__":
            operand = self._value(node.operand, number)
            return negated(operand) if isinstance(operand, Literal) else None
        return None


def _tests_in(body: Iterable[ir.Statement]) -> Iterator[ir.Expression]:
    """The conditions of branches that do more than to log, taken apart where they are joined."""
    for statement in statements_in(body):
        if isinstance(statement, ir.Branch) and not all(map(only_logs, (*statement.body, *statement.orelse))):
            yield from _atoms(statement.test)


def _atoms(test: ir.Expression) -> Iterator[ir.Expression]:
    if isinstance(test, ir.Not):
        yield from _atoms(test.operand)
    elif isinstance(test, ir.Logical):
        yield from _atoms(test.left)
        yield from _atoms(test.right)
    else:
        yield test


def _mentions(test: ir.Expression, name: str) -> bool:
    return any(isinstance(part, ir.Name) and part.id == name for part in within(test))


def _is_bound_in(body: Iterable[ir.Statement], name: str) -> bool:
    """Whether a body may bind a name anew."""
    for statement in statements_in(body):
        targets: tuple[ir.Expression | None, ...] = ()
        if isinstance(statement, ir.Assign):
            targets = statement.targets
        elif isinstance(statement, (ir.Augmented, ir.Loop)):
            targets = (statement.target,)
        if any(target is not None and _mentions(target, name) for target in targets):
            return True
    return False
