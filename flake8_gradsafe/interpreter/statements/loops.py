"""Loops: how many rounds are followed, and what is assumed of the others."""

from __future__ import annotations

from flake8_gradsafe.interpreter.branching import decide
from flake8_gradsafe.interpreter.checks.dead_effects import rebound
from flake8_gradsafe.interpreter.domain.certainty import ANOTHER_ROUND, ASSUMED_LOOP, SKIPPED_LOOP, UNMODELLED
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.truth import truth_of
from flake8_gradsafe.interpreter.domain.values import Generator, IteratorValue, ListValue, TupleValue, Value
from flake8_gradsafe.interpreter.expressions.names import bind_unknown
from flake8_gradsafe.interpreter.run import ENDLESS
from flake8_gradsafe.interpreter.statements.counted_rounds import (
    NONE_LATER,
    asks_for_its_counter,
    later_rounds,
    skip_rounds,
)
from flake8_gradsafe.interpreter.statements.running import StatementInterpreter, compound
from flake8_gradsafe.interpreter.statements.with_blocks import run_within_generator
from flake8_gradsafe.interpreter.subscripts import iterated, length_of, round_of
from flake8_gradsafe.interpreter.targets import bind, element_of
from flake8_gradsafe.syntax import program as ir

#: Rounds of a loop that are followed; of loops inside this many others, one.
MAX_ROUNDS = 2
MAX_DEPTH_OF_TWO_ROUNDS = 2
#: In so many others, a loop that has run a backward is followed for two rounds all the same.
MAX_DEPTH_OF_BACKWARDS = 3
#: Rounds of a loop over known items that are followed, and of one that counts.
MAX_KNOWN_ITEMS = 32
MAX_KNOWN_ROUNDS = 4


@compound(ir.Loop)
def run_loop(statements: StatementInterpreter, node: ir.Loop, state: State) -> list[State]:
    """A loop over what its source gives, or while its test holds."""
    if node.target is None:
        return _run_rounds(statements, node, None, state)
    out: list[State] = []
    for way, given in statements.outcomes_of(lambda way: [(way, statements.interp.evaluate(node.source, way))], state):
        source = iterated(statements.interp, given, node.place, way)
        if way.signal:
            out.append(way)
        elif isinstance(source, Generator):
            out += _run_over_generator(statements, node, source, way)
        else:
            out += _run_rounds(statements, node, source, way)
    return out


def _run_over_generator(
    statements: StatementInterpreter, node: ir.Loop, source: Generator, state: State
) -> list[State]:
    """The loop's body runs for each item that the generator hands out."""
    statements.liveness.enter_loop(node)
    statements.loops += 1
    ways = run_within_generator(statements, node, source, state)
    statements.loops -= 1
    statements.liveness.leave()
    after = [end for way in ways if not way.signal for end in statements.block(node.orelse, [way])]
    broken = [way for way in ways if way.signal]
    for way in broken:
        way.signal = "" if way.signal == "break" else way.signal
    return statements.merge_after([*broken, *after], state.certainty)


def _run_rounds(statements: StatementInterpreter, node: ir.Loop, source: Value | None, state: State) -> list[State]:
    """No, one or two rounds, or all where few are known. That there are two is a condition, where that is not known."""
    before = state.certainty
    lost = None if source is None else rebound(node, source, statements.liveness, state)
    if lost is not None:
        statements.run.events.append(lost)
    rounds = _rounds(statements, node, source, state)
    later = later_rounds(statements.interp, node, source, rounds, state) if rounds > 1 else NONE_LATER
    statements.run.settled |= later.tests
    if source is not None:
        state.frame[f"(loop {statements.loops})"] = source
    decided = statements.run.decided
    statements.loops += 1
    statements.liveness.enter_loop(node)
    going, done, left = [state], list[State](), list[State]()
    differentiated = statements.run.backward_count
    statements.run.rounds.append(0)
    statements.run.loops.append(node)
    numbers = [*range(rounds), *later.numbers]
    while numbers and going:
        number = numbers.pop(0)
        skipped = number - statements.run.rounds[-1] - 1 if number > 0 else 0
        statements.run.rounds[-1] = number
        entering: list[State] = []
        for each in going if skipped else ():
            skip_rounds(node, skipped, each)
            if number == later.numbers[0]:
                each.assume(ASSUMED_LOOP, loop=node)  # the rounds in between are like the first ones
        for each in going:
            _sort_into_rounds(statements, node, source, number, each, entering, done)
        going = []
        for way in statements.block(node.body, entering):
            if way.signal in {"", "continue"}:
                way.signal = ""
                going.append(way)
            elif way.signal == "break":
                way.signal = ""
                left.append(way)
            else:
                left.append(way)
        going = statements.join_paths(going)
        if rounds == 1 and statements.run.backward_count > differentiated and _may_be_longer(statements, source, state):
            numbers = list(range(rounds, MAX_ROUNDS))
            rounds = MAX_ROUNDS
    statements.run.rounds.pop()
    statements.run.loops.pop()
    statements.loops -= 1
    statements.liveness.leave()
    counted = statements.run.decided > decided
    for each in going:
        _leave_loop(statements, node, source, rounds, each, done, counted=counted, jumped=bool(later.numbers))
    broken = [way for way in left if not way.signal]
    left += [each for each in done if each.signal]
    done = [each for each in done if not each.signal]
    after = [way for each in statements.join_paths(done) for way in statements.block(node.orelse, [each])]
    skippable = len(done) > 1 and not counted
    return statements.merge_after([way for way in left if way.signal] + after + broken, before, settled=skippable)


def _rounds(statements: StatementInterpreter, node: ir.Loop, source: Value | None, state: State) -> int:
    """How many rounds are followed at most."""
    count = None if source is None else length_of(source, state)
    if (
        isinstance(source, (TupleValue, ListValue, IteratorValue))
        and count is not None
        and 0 < count <= MAX_KNOWN_ITEMS
    ):
        return count
    few = count is not None and 0 < count <= MAX_KNOWN_ROUNDS
    if statements.loops >= MAX_DEPTH_OF_TWO_ROUNDS + (not any(statements.run.rounds)):
        return count if few and count is not None and asks_for_its_counter(node) else 1
    if few and count is not None:
        return count
    return MAX_KNOWN_ROUNDS if source is None else MAX_ROUNDS


def _may_be_longer(statements: StatementInterpreter, source: Value | None, state: State) -> bool:
    """Whether a loop that holds a backward, and stands in the first rounds of few others, may have another round."""
    outer = statements.run.rounds[:-1]
    count = None if source is None else length_of(source, state)
    return count is None and len(outer) <= MAX_DEPTH_OF_BACKWARDS and not any(outer)


def _remaining_rounds(statements: StatementInterpreter, source: Value, gone: int, state: State) -> int | None:
    """How many rounds a loop has of which so many are gone, where that is known."""
    count = length_of(source, state)
    return count + gone if count is not None and isinstance(source, IteratorValue) else count


def _sort_into_rounds(
    statements: StatementInterpreter,
    node: ir.Loop,
    source: Value | None,
    number: int,
    state: State,
    entering: list[State],
    done: list[State],
) -> None:
    """Sort a state into those that begin another round and those that are done with the loop."""
    if node.target is None or source is None:
        for way, truth in _tested(statements, node, number, state):
            (entering if truth else done).append(way)
        return
    count = _remaining_rounds(statements, source, number, state)
    if count is not None and number >= count:
        done.append(state)
        return
    if count is None and number == 0 and statements.loops == 1 and not statements.run.is_in_constructor():
        skipped = state.fork()
        skipped.assume(SKIPPED_LOOP)
        done.append(skipped)
    if count is None and number > 0:
        state.assume(ANOTHER_ROUND)
    _bind_round(statements, node.target, source, number, node, state)
    entering.append(state)


def _tested(statements: StatementInterpreter, node: ir.Loop, number: int, state: State) -> list[tuple[State, bool]]:
    """Each way that the test of a `while` can go, after so many rounds.

    Where both are open, that there is a round is assumed as of any other loop; behind a round, that it was the last is not.
    """
    before = state.certainty
    ways = statements.outcomes_of(lambda way: decide(node.source, way, statements.interp), state)
    if len({truth for _, truth in ways}) > 1:
        for way, truth in ways:
            if truth or number > 0:
                way.certainty = before
            if truth:
                way.assume(ANOTHER_ROUND)
    return ways


def _leave_loop(
    statements: StatementInterpreter,
    node: ir.Loop,
    source: Value | None,
    rounds: int,
    state: State,
    done: list[State],
    *,
    counted: bool,
    jumped: bool,
) -> None:
    """What follows a loop that was followed for some rounds only holds if there are no more of them.

    Where nothing in it was decided by a counter, the rounds are alike, and that they are is one condition: it is assumed
    already where the path `jumped` over some of them.
    """
    if node.target is None:
        for way, truth in _tested(statements, node, rounds, state):
            if not truth:
                done.append(way)
            elif truth_of(statements.interp.evaluate(node.source, way), way) is not True:
                way.assume(UNMODELLED)
                way.truncate()
                done.append(way)
            else:  # it goes on for longer than it is followed
                way.signal = ENDLESS
                done.append(way)
        return
    count = None if source is None else _remaining_rounds(statements, source, rounds, state)
    if count is None and rounds == 1:
        state.assume(ASSUMED_LOOP, loop=node)
    if count is not None and count > rounds:
        if counted or not jumped:
            state.assume(UNMODELLED if counted else ASSUMED_LOOP, loop=None if counted else node)
        if isinstance(source, IteratorValue):
            state.forget_items(source)
    if counted and (count is None or count > rounds):
        state.truncate()
    done.append(state)


def _bind_round(
    statements: StatementInterpreter, target: ir.Expression, source: Value, number: int, node: ir.Loop, state: State
) -> None:
    item = round_of(statements.interp, source, number, state)
    if item is not None:
        bind(statements.interp, target, item, node, state)
    elif state.known_tensor(source) is not None and isinstance(target, ir.Name):
        state.bind(target.id, element_of(source, node.place, state))
    else:
        bind_unknown(target, state, source)
