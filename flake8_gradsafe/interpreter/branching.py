"""Conditions: which way a path goes, where that is known, and both ways with what each then knows where it is not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from flake8_gradsafe.interpreter.domain.certainty import CONDITION, UNMODELLED, Asked
from flake8_gradsafe.interpreter.domain.facts import AtLeast
from flake8_gradsafe.interpreter.domain.tensor_metadata import number_filled_in
from flake8_gradsafe.interpreter.domain.truth import compare, truth_of
from flake8_gradsafe.interpreter.domain.values import ListValue, Literal, TensorValue, TupleValue, Unknown, Value
from flake8_gradsafe.interpreter.models.tensors import known_number
from flake8_gradsafe.interpreter.paths.environment import Environment, marked
from flake8_gradsafe.interpreter.predicates import identity, predicate_of
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Hashable

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter

Outcomes: TypeAlias = list[tuple["State", bool]]

#: In more ways than that a condition is not followed.
MAX_OUTCOMES = 32

_NEGATED = {"!=": "==", "is not": "is", "not in": "in", ">=": "<", "<=": ">"}


def decide(test: ir.Expression, state: State, interp: Interpreter) -> Outcomes:
    """Each way that a condition can go from this state, with the state in which it goes so.

    A condition that was asked before on this path, of the same values, goes the way it went.
    """
    if isinstance(test, ir.Not):
        return [(way, not truth) for way, truth in decide(test.operand, state, interp)]
    if isinstance(test, ir.Logical):
        return _decide_logical(test, state, interp)
    if _is_main_guard(test):
        return [(state, True)]
    asked = predicate_of(test, state, interp) if _calls(test) else None
    if isinstance(test, ir.Comparison):
        interp.run.asking = test.operator in {"is", "is not"}
        left, right = (interp.evaluate(side, state) for side in (test.left, test.right))
        interp.run.asking = False
        among = test.operator in {"in", "not in"}
        known = compare(
            test.operator,
            _as_known(left, state, beside=right),
            _as_known(right, state, beside=left, among=among),
        )
        counts = isinstance(left, Literal) and not _is_constant(test.left, interp)
        interp.run.decided += known is not None and counts and id(test) not in interp.run.settled
        key, affirmed = (asked, True) if asked is not None else _comparison_key(test.operator, left, right, state)
    else:
        value = interp.evaluate(test, state)
        known = truth_of(value, state)
        counts = not isinstance(test, ir.Constant) and not _is_constant(test, interp)
        interp.run.decided += known is not None and counts and id(test) not in interp.run.settled
        key, affirmed = (identity(value, state) or value) if asked is None else asked, True
    if known is not None:
        return [(state, known)]
    ways = _both_outcomes(state, marked(key, test), affirmed, (test.place, tuple(interp.run.rounds)))
    _bind_none(test, ways)
    return ways


def _is_constant(operand: ir.Expression, interp: Interpreter) -> bool:
    """Whether what a condition asks for is the same in all rounds of a loop that decide nothing by a counter: a module's mode,
    or an attribute of `self` that constructors alone bind.
    """
    if not isinstance(operand, ir.Attribute):
        return False
    own = isinstance(operand.value, ir.Name) and operand.value.id == "self"
    return operand.attr == "training" or (own and operand.attr not in interp.run.reassigned)


def _bind_none(test: ir.Expression, ways: Outcomes) -> None:
    """Where a name was found to be None, it stands for None."""
    if not (isinstance(test, ir.Comparison) and isinstance(test.left, ir.Name) and isinstance(test.right, ir.Constant)):
        return
    if test.right.value is None and test.operator in {"is", "is not"}:
        for way, truth in ways:
            if truth is (test.operator == "is"):
                way.bind(test.left.id, Literal(None))


#: By so much of its size may a number change when it is made an element of a tensor of few bits.
_ROUNDED = 0.01


def _as_known(value: Value, state: State, *, beside: Value, among: bool = False) -> Value:
    """A tensor that was filled with a number as that number, which is compared with all of its elements.

    A number that is rounded as an element counts where what it stands `beside` is far from it. `among`: it is asked what is in
    the value, a list may stand for a tuple.
    """
    if among and isinstance(value, ListValue) and (items := state.items_of(value)) is not None:
        return TupleValue(items)
    if not isinstance(value, TensorValue):
        return value
    return known_number(value, state) or _rounded_number(value, beside, state) or value


def _rounded_number(value: TensorValue, beside: Value, state: State) -> Literal | None:
    number, other = number_filled_in(value.ref, state), beside.value if isinstance(beside, Literal) else None
    if not isinstance(number, float) or not isinstance(other, (int, float)) or not math.isfinite(number):
        return None
    return Literal(number) if abs(number - other) > _ROUNDED * max(abs(number), abs(other)) > _SMALLEST else None


#: Smaller numbers may be zero as elements.
_SMALLEST = 1e-6


def _calls(test: ir.Expression) -> bool:
    """Whether a condition calls anything, so that its value is another unknown one each time."""
    if isinstance(test, ir.Comparison):
        return _calls(test.left) or _calls(test.right)
    return isinstance(test, ir.Call)


def _decide_logical(test: ir.Logical, state: State, interp: Interpreter) -> Outcomes:
    ways: Outcomes = []
    for way, truth in decide(test.left, state, interp):
        ways += decide(test.right, way, interp) if truth is test.conjunction else [(way, truth)]
    return ways if len(ways) <= MAX_OUTCOMES else _sample_outcomes(ways)


def _sample_outcomes(ways: Outcomes) -> Outcomes:
    """Some of the ways, of each outcome the same number; nothing is proven on them."""
    kept = [way for truth in (True, False) for way in [each for each in ways if each[1] is truth][: MAX_OUTCOMES // 4]]
    for state, _ in kept:
        state.assume(UNMODELLED)
    return kept


def _both_outcomes(state: State, key: Hashable, affirmed: bool, at: tuple[ir.Place, tuple[int, ...]]) -> Outcomes:
    """Both ways of a condition whose key holds if it is `affirmed`, or the one that was taken before.

    It is asked at a place, in these rounds of the loops around it.
    """
    if key in state.assumptions:
        return [(state, state.assumptions[key] is affirmed)]
    if _is_excluded(state, key):
        return [(state, not affirmed)]
    other = state.fork()
    state.assumptions[key], other.assumptions[key] = affirmed, not affirmed
    asked = Asked(*at, state.autograd.calls, isinstance(key, Environment))
    state.assume(CONDITION, asked, True)
    other.assume(CONDITION, asked, False)
    return [(state, True), (other, False)]


def _is_excluded(state: State, key: Hashable) -> bool:
    """Whether an equality cannot hold: the value was found equal to another literal on this path, or is a larger number."""
    if not isinstance(key, tuple) or key[0] != "==" or not isinstance(key[2], Literal):
        return False
    least = state.heap.fact(key[1].id, AtLeast) if isinstance(key[1], Unknown) else None
    if least is not None and isinstance(key[2].value, int) and key[2].value < least.number:
        return True
    return any(
        taken and isinstance(other, tuple) and other[:2] == key[:2] and isinstance(other[2], Literal)
        for other, taken in state.assumptions.items()
    )


def _comparison_key(name: str, left: Value, right: Value, state: State) -> tuple[Hashable, bool]:
    """What a comparison asks, and whether it holds where that is affirmed. `x == True` asks what `x` alone does."""
    if isinstance(right, Literal) and isinstance(right.value, bool) and _NEGATED.get(name, name) in {"==", "is"}:
        return identity(left, state) or left, right.value is (name not in _NEGATED)
    return ((_NEGATED.get(name, name), left, right), name not in _NEGATED)


def _is_main_guard(test: ir.Expression) -> bool:
    """`if __name__ == "__main__"`: taken to hold, since a script is what it guards."""
    return isinstance(test, ir.Comparison) and isinstance(test.left, ir.Name) and test.left.id == "__name__"
