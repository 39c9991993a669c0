"""Loops that count: in which later rounds a condition on the counter goes another way for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in, statements_in
from flake8_gradsafe.interpreter.domain.constants import arithmetic, negated
from flake8_gradsafe.interpreter.domain.truth import compare, truth_of
from flake8_gradsafe.interpreter.domain.values import Literal, RangeValue, Value
from flake8_gradsafe.interpreter.statements.branches import only_logs
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import is_attribute_of_self, last_name, names_in, within

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
    if _is_bound_in(loop.body, loop.target.id):
        return NONE_LATER
    counter = _Counter(interp, loop, loop.target.id, source, state)
    asked = [_Asked(test, loop.target.id) for test in _tests_in(loop.body) if _mentions(test, loop.target.id)]
    asked += _asked_in_calls(interp, loop, loop.target.id)
    settled = [each for each in asked if all(counter.truth(each, number) is not None for number in range(first))]
    if not settled:
        return NONE_LATER
    seen = dict.fromkeys((counter.outcomes(settled, number) for number in range(first)), True)
    numbers: list[int] = []
    for number in counter.candidates(settled, first):
        outcome = counter.outcomes(settled, number)
        is_new, again = outcome not in seen, seen.get(outcome) is False
        if (is_new or again) and number not in numbers and len(numbers) < 2 * MAX_LATER:
            seen[outcome] = again  # it may matter that it comes a second time
            numbers += [later for later in (number, number + 1) if counter.has(later) and later not in numbers]
            seen |= {counter.outcomes(settled, later): True for later in numbers if later != number}
    return LaterRounds(tuple(numbers), frozenset(id(each.test) for each in settled))


def asks_for_its_counter(loop: ir.Loop) -> bool:
    """Whether a condition in the body of a loop asks for its target."""
    name = loop.target.id if isinstance(loop.target, ir.Name) else ""
    return bool(name) and any(_mentions(test, name) for test in _tests_in(loop.body))


class _Asked(NamedTuple):
    """A condition, and by which name it asks about the counter. `elsewhere`: it stands in a function that is called."""

    test: ir.Expression
    name: str
    elsewhere: bool = False


def _asked_in_calls(interp: Interpreter, loop: ir.Loop, name: str) -> Iterator[_Asked]:
    """The conditions on the counter in the functions of the file that the body of a loop hands it to."""
    codes = [function.code for function, _ in interp.run.definitions.values()]
    names = {code.name for code in codes}
    for call in calls_in(loop.body):
        called = last_name(call.function) if last_name(call.function) in names else "forward"
        for code in codes:
            for parameter in _parameters_given(call, code, name) if code.name == called else ():
                yield from (
                    _Asked(test, parameter, True) for test in _tests_in(code.body) if _mentions(test, parameter)
                )


def _parameters_given(call: ir.Call, code: ir.Function, name: str) -> Iterator[str]:
    """The parameters that are given what a name holds."""
    is_method = isinstance(call.function, ir.Attribute) or code.name == "forward"
    own = int(is_method and bool(code.parameters) and code.parameters[0].name == "self")
    for place, argument in enumerate(call.arguments):
        if isinstance(argument.value, ir.Name) and argument.value.id == name and not argument.star:
            if argument.name is not None:
                yield argument.name
            elif place + own < len(code.parameters):
                yield code.parameters[place + own].name


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

    def __init__(self, interp: Interpreter, loop: ir.Loop, name: str, source: RangeValue, state: State) -> None:
        self.interp = interp
        self.changing = {each for statement in statements_in(loop.body) for each in _bound_by(statement)}
        self.name = name
        self.source = source
        self.state = state
        self._attributes: dict[int, Value] = {}

    def has(self, number: int) -> bool:
        """Whether the loop has a round of this number, for all that is known."""
        return self.source.count is None or 0 <= number < self.source.count

    def outcomes(self, asked: Iterable[_Asked], number: int) -> tuple[bool | None, ...]:
        """Which way each of the conditions goes in a round."""
        return tuple(self.truth(each, number) for each in asked)

    def truth(self, asked: _Asked, number: int) -> bool | None:
        """Which way a condition goes in a round, where the counter and known numbers tell it."""
        value = self._value(asked.test, asked, number)
        return None if value is None else truth_of(value, self.state)

    def candidates(self, asked: Iterable[_Asked], first: int) -> list[int]:
        """The rounds about the numbers that the conditions name, about sums of two of them, and the last ones."""
        numbers = {value for each in asked for value in self._numbers_in(each)}
        named = sorted(numbers)[:MAX_NUMBERS]
        places = {(each - self.source.start) // self.source.step for each in named}
        places |= {(one + other - self.source.start) // self.source.step for one in named for other in named}
        places |= {first} if self.source.count is None else {first, self.source.count - 1}
        found = {place + shift for place in places for shift in (-1, 0, 1)}
        return sorted(number for number in found if number >= first and self.has(number))

    def _may_be_set(self, attribute: str) -> bool:
        """Whether the body, or any function but a constructor, may set an attribute of this name."""
        codes = (function.code for function, _ in self.interp.run.definitions.values())
        return attribute in self.changing or any(c.name != "__init__" and attribute in c.assigns for c in codes)

    def _numbers_in(self, asked: _Asked) -> Iterator[int]:
        for part in within(asked.test):
            known = self._value(part, asked, None)
            if isinstance(known, Literal) and isinstance(known.value, int):
                yield known.value

    def _value(self, node: ir.Expression, asked: _Asked, number: int | None) -> Value | None:
        """What an expression of the counter, names and numbers is in a round; None where that is not known."""
        if isinstance(node, ir.Constant):
            return Literal(node.value)
        if isinstance(node, ir.Name):
            if node.id == asked.name:
                return None if number is None else Literal(self.source.start + number * self.source.step)
            if asked.elsewhere or node.id in self.changing:
                return None
            held = self.state.frame.get(node.id) or self.state.enclosing_value(node.id)
            return held if isinstance(held, Literal) else None
        if isinstance(node, ir.Attribute) and is_attribute_of_self(node):
            if asked.elsewhere or self._may_be_set(node.attr):
                return None
            if id(node) not in self._attributes:
                self._attributes[id(node)] = self.interp.evaluate(node, self.state.fork())
            held = self._attributes[id(node)]
            return held if isinstance(held, Literal) else None
        if isinstance(node, (ir.Binary, ir.Comparison)):
            left, right = self._value(node.left, asked, number), self._value(node.right, asked, number)
            if left is None or right is None:
                return None
            if isinstance(node, ir.Binary):
                return arithmetic(node.method, left, right)
            known = compare(node.operator, left, right)
            return None if known is None else Literal(known)
        if isinstance(node, ir.Unary) and node.method == "__neg__":
            operand = self._value(node.operand, asked, number)
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
    return any(name in _bound_by(statement) for statement in statements_in(body))


def _bound_by(statement: ir.Statement) -> set[str]:
    """The names and attributes that a statement gives another value."""
    targets: tuple[ir.Expression | None, ...] = ()
    if isinstance(statement, ir.Assign):
        targets = statement.targets
    elif isinstance(statement, (ir.Augmented, ir.Loop, ir.With)):
        targets = (statement.target,)
    return set[str]().union(*(_stored_to(target) for target in targets if target is not None))


def _stored_to(target: ir.Expression) -> set[str]:
    """The names and attributes that a store goes to: not those that only tell which item it is."""
    if isinstance(target, ir.Subscript):
        return _stored_to(target.value)
    if isinstance(target, ir.Sequence):
        return set[str]().union(*map(_stored_to, target.items))
    return set(names_in(target))
