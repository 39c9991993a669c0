"""Statements: runs bodies on the model, path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED, PathCertainty
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import ClassValue, FunctionValue
from flake8_gradsafe.interpreter.expressions.evaluator import ExpressionInterpreter
from flake8_gradsafe.interpreter.paths.join import join_all, keep_most_certain
from flake8_gradsafe.interpreter.paths.liveness import Liveness
from flake8_gradsafe.interpreter.run import SPENT
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.interpreter import Consumer


#: Paths that are followed at once; of more, the likeliest go on and nothing on them is proven any more. Where it is enough to
#: see that something may happen at all, few will do of those on which nothing can be proven by itself.
MAX_PATHS = 8
QUICK_PATHS = 3
#: Paths that are compared, to see which of them are the same, and such as have left a block and are kept.
MAX_COMPARED = 24

_T = TypeVar("_T")


#: What runs the statements that neither have a body nor yield, and what runs the others: those give the states in which they
#: end.
_SIMPLE: dict[type[ir.Statement], Callable[..., None]] = {}
_COMPOUND: dict[type[ir.Statement], Callable[..., list[State]]] = {}

_Simple = TypeVar("_Simple", bound="Callable[..., None]")
_Compound = TypeVar("_Compound", bound="Callable[..., list[State]]")


def simple(kind: type[ir.Statement]) -> Callable[[_Simple], _Simple]:
    """Register what runs a kind of statement that neither has a body nor yields."""

    def register(function: _Simple) -> _Simple:
        _SIMPLE[kind] = function
        return function

    return register


def compound(kind: type[ir.Statement]) -> Callable[[_Compound], _Compound]:
    """Register what runs a kind of statement that has a body, or may yield: it gives the states in which that ends."""

    def register(function: _Compound) -> _Compound:
        _COMPOUND[kind] = function
        return function

    return register


class StatementInterpreter:
    """Runs the statements of one body; those of what it calls are run by interpreters of their own."""

    def __init__(self, interp: ExpressionInterpreter, loops: int = 0) -> None:
        """Evaluate expressions by `interp`; `loops` is how many loops the body stands in where it is called."""
        self.interp = interp
        self.run = interp.run
        self.interp.enter_body = self.run_called
        self.liveness = Liveness(self.run.mentions)
        self.loops = loops
        #: What a `yield` of this body hands its value to; None where the body is no generator's.
        self.consumer: Consumer | None = None

    def run_body(self, body: tuple[ir.Statement, ...], state: State) -> list[State]:
        """Run a whole body: the states in which it ends, each with the signal by which it does."""
        return self.block(body, [state])

    def run_called(self, body: tuple[ir.Statement, ...], state: State, consumer: Consumer | None = None) -> list[State]:
        """Run the body of what an expression of this one calls, in the state's frame."""
        inner = StatementInterpreter(self.interp, self.loops)
        inner.consumer = consumer
        pending, self.run.pending = self.run.pending, []
        raised, self.run.raised = self.run.raised, []
        statement = self.run.statement
        ways = inner.run_body(body, state)
        self.run.statement = statement
        self.run.pending, self.run.raised = pending, raised
        self.interp.enter_body = self.run_called
        return ways

    def block(self, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
        """Run statements one after another on each path; paths that have left the block are kept as they are."""
        left: list[State] = []
        self.liveness.enter(body)
        for index, statement in enumerate(body):
            self.liveness.at(index)
            going: list[State] = []
            count = len(states)
            self.run.executed.add(id(statement))
            for state in states:
                if self.run.spend():
                    going += self._statement(statement, state)
                else:
                    state.signal = SPENT
                    left.append(state)
            going += self.run.raised
            self.run.raised = []
            if self.run.by_hand and body is self.run.scope.body:
                self.run.resume(going)
            left = keep_most_certain(left + [state for state in going if state.signal], MAX_COMPARED)
            states = [state for state in going if not state.signal]
            if len(states) > count or isinstance(statement, _FORKING):
                states = self.join_paths(states)
            if not states:
                break
        self.liveness.leave()
        return left + states

    def _statement(self, statement: ir.Statement, state: State) -> list[State]:
        self.run.statement = statement.place
        self.run.arrive_at(statement.place, state)
        compound = _COMPOUND.get(type(statement))
        if compound is not None:
            return compound(self, statement, state)
        simple = _SIMPLE[type(statement)]
        return self.on_each_outcome(lambda way: simple(self, statement, way), state)

    def on_each_outcome(self, execute: Callable[[State], None], state: State) -> list[State]:
        """Execute a statement on each path through the code of the file that it calls."""
        statement = self.run.statement

        def executed(way: State) -> list[tuple[State, None]]:
            self.run.statement = statement
            execute(way)
            return [(way, None)]

        ways = [way for way, _ in self.outcomes_of(executed, state)]
        self.run.record_visit(statement, (way for way in ways if way.signal != "raise"))
        return ways

    def outcomes_of(self, evaluate: Callable[[State], list[tuple[State, _T]]], state: State) -> list[tuple[State, _T]]:
        """What an evaluation comes to on each path through the code of the file that it calls."""
        state.log, state.cursor = [], 0
        ways = evaluate(state)
        while self.run.pending:
            other = self.run.pending.pop(0)
            other.cursor = 0
            with self.run.following_one_outcome(len(ways) >= MAX_COMPARED):
                ways += evaluate(other)
        return ways

    def join_paths(self, states: list[State]) -> list[State]:
        """The paths that go on, those that no longer differ made one; no more of them than are followed at once."""
        if len(states) > 1:
            names = {name: value for state in states for name, value in state.frame.items()}
            dead = [
                name
                for name, value in names.items()
                if not isinstance(value, _DEFINITIONS) and not self.liveness.is_live(name)
            ]
            for state in states:
                state.log, state.cursor = [], 0
                for name in dead:
                    state.frame.pop(name, None)
        going = join_all(keep_most_certain(states, MAX_COMPARED), searching=self.run.searching)
        return keep_most_certain(going, self._path_limit(going))

    def _path_limit(self, states: list[State]) -> int:
        """How many paths are followed at once: fewer in what is called, in constructors the fewest, fewer as time goes on.

        Where few are enough, these are those on which something could be proven, and some of the others.
        """
        halvings = self.run.budget.path_limit_shift
        if self.run.is_in_constructor():
            halvings += 2
        elif len(self.run.running) > 1:
            halvings += 1
        most = max(1, MAX_PATHS >> halvings)
        if self.run.quick and len(states) > 1:
            provable = sum(state.certainty.total < UNMODELLED for state in states)
            return min(most, max(QUICK_PATHS, provable))
        return most

    def merge_after(self, states: list[State], before: PathCertainty, *, settled: bool = True) -> list[State]:
        """The paths out of a branch or a loop, joined.

        Where a single one goes on, whoever comes this way came by it: what it assumed is no longer open, but for what was
        `before`, unless it is not `settled`. Where several do, what led them here stays open behind the branch.
        """
        left = [each for each in states if each.signal]
        going = self.join_paths([each for each in states if not each.signal])
        if settled and len(going) == 1 and all(each.signal in {"return", "raise"} for each in left):
            going[0].certainty = min(before, going[0].certainty)
        for each in going if len(going) > 1 else ():
            each.certainty = each.certainty.leave(before, each.autograd.clock)
        return left + going


#: The file is entered by these when its body has been run.
_DEFINITIONS = (ClassValue, FunctionValue)
#: After these there may be fewer paths than before, since what was a path of its own may have come to its end.
_FORKING = (ir.Branch, ir.Loop, ir.Try, ir.With)
