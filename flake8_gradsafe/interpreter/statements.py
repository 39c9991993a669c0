"""Statements: runs bodies on the model, path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.idioms.write_site import is_tensor_annotation
from flake8_gradsafe.interpreter.branching import decide
from flake8_gradsafe.interpreter.calls.program import (
    enter_context,
    is_context,
    leave_context,
    make_function,
    run_generator,
)
from flake8_gradsafe.interpreter.checks.dead_effects import discarded_effect, rebound
from flake8_gradsafe.interpreter.domain.certainty import ASSUMED_LOOP, CONDITION, SKIPPED_LOOP, UNMODELLED, Certainty
from flake8_gradsafe.interpreter.domain.frames import REBINDS
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.truth import truth_of
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    RETURNED,
    Generator,
    Instance,
    IteratorValue,
    ListValue,
    Literal,
    QualifiedName,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.expressions import ExpressionInterpreter, bind_unknown
from flake8_gradsafe.interpreter.models.classes import finish_class, frame_of_class, make_class
from flake8_gradsafe.interpreter.models.frameworks import entered_context
from flake8_gradsafe.interpreter.paths.environment import environment_of, settle_environment
from flake8_gradsafe.interpreter.paths.join import join_all, keep_most_certain
from flake8_gradsafe.interpreter.paths.liveness import Liveness
from flake8_gradsafe.interpreter.run import SPENT, Run
from flake8_gradsafe.interpreter.targets import TargetBinder
from flake8_gradsafe.knowledge import contexts, library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.calls.program import Consumer


#: Paths that are followed at once; of more, the likeliest go on and nothing on them is proven any more. Where it is enough to
#: see that something may happen at all, few will do of those on which nothing can be proven by itself.
MAX_PATHS = 8
FEW_PATHS = 3
#: Paths that are compared, to see which of them are the same, and such as have left a block and are kept.
MAX_COMPARED = 24
#: Rounds of a loop that are followed; of loops inside this many others, one.
MAX_ROUNDS = 2
MAX_DEPTH_OF_TWO_ROUNDS = 2
#: Rounds of a loop over known items that are followed, and of one that counts.
MAX_KNOWN_ITEMS = 32
MAX_KNOWN_ROUNDS = 4
#: How a signal begins that leaves the statement which consumes a generator's items, on its way through the generator.
CONSUMER_SIGNAL = "consumer's "

_T = TypeVar("_T")


class StatementInterpreter:
    """Runs the statements of one body, and those of what it calls by machines of their own."""

    def __init__(self, run: Run, evaluator: ExpressionInterpreter | None = None, loops: int = 0) -> None:
        """Work within a run; `loops` is how many loops the body stands in where it is called."""
        self.run = run
        self.expressions = evaluator or ExpressionInterpreter(run)
        self.expressions.calls.enter_body = self.run_called
        self.targets = TargetBinder(self.expressions)
        self.liveness = Liveness(run.mentions)
        self.loops = loops
        #: What a `yield` of this body hands its value to; None where the body is no generator's.
        self.consumer: Consumer | None = None

    def run_body(self, body: tuple[ir.Statement, ...], state: State) -> list[State]:
        """Run a whole body: the states in which it ends, each with the signal by which it does."""
        return self._block(body, [state])

    def run_called(self, body: tuple[ir.Statement, ...], state: State, consumer: Consumer | None = None) -> list[State]:
        """Run the body of what an expression of this one calls, in the state's frame."""
        machine = StatementInterpreter(self.run, self.expressions, self.loops)
        machine.consumer = consumer
        pending, self.run.pending = self.run.pending, []
        raised, self.run.raised = self.run.raised, []
        statement = self.run.statement
        ways = machine.run_body(body, state)
        self.run.statement = statement
        self.run.pending, self.run.raised = pending, raised
        self.expressions.calls.enter_body = self.run_called
        return ways

    def _block(self, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
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
                states = self._join_paths(states)
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
        return self._on_each_outcome(lambda way: simple(self, statement, way), state)

    def _on_each_outcome(self, execute: Callable[[State], None], state: State) -> list[State]:
        """Execute a statement on each path through the code of the file that it calls."""
        statement = self.run.statement

        def executed(way: State) -> list[tuple[State, None]]:
            self.run.statement = statement
            execute(way)
            return [(way, None)]

        ways = [way for way, _ in self._outcomes_of(executed, state)]
        self.run.record_visit(statement, ways)
        return ways

    def _outcomes_of(self, evaluate: Callable[[State], list[tuple[State, _T]]], state: State) -> list[tuple[State, _T]]:
        """What an evaluation comes to on each path through the code of the file that it calls."""
        state.log, state.cursor = [], 0
        ways = evaluate(state)
        while self.run.pending:
            other = self.run.pending.pop(0)
            other.cursor = 0
            with self.run.following_one_outcome(len(ways) >= MAX_COMPARED):
                ways += evaluate(other)
        return ways

    def _join_paths(self, states: list[State]) -> list[State]:
        """The paths that go on, those that no longer differ made one; no more of them than are followed at once."""
        if len(states) > 1:
            names = {name for state in states for name in state.frame}
            dead = [name for name in names if not self.liveness.is_live(name)]
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
        if self._is_in_constructor():
            halvings += 2
        elif len(self.run.running) > 1:
            halvings += 1
        most = max(1, MAX_PATHS >> halvings)
        if self.run.quick and len(states) > 1:
            provable = sum(state.certainty <= CONDITION for state in states)
            return min(most, max(FEW_PATHS, provable))
        return most

    def _is_in_constructor(self) -> bool:
        """Whether a constructor is being run: an object of no layers at all is none that anybody makes."""
        return any(code.name == "__init__" for code in self.run.running)

    def _merge_after(self, states: list[State], certainty: Certainty) -> list[State]:
        """The paths out of a branch or a loop, joined.

        Where a single one goes on, whoever comes this way came by it: its conditions are no longer open, and as many are
        as were before.
        """
        left = [each for each in states if each.signal]
        going = self._join_paths([each for each in states if not each.signal])
        if len(going) == 1 and all(each.signal in {"return", "raise"} for each in left):
            going[0].certainty = min(certainty, going[0].certainty)
        return left + going

    # -- names ------------------------------------------------------------------------------------------------------

    def visit_import(self, node: ir.Import, state: State) -> None:
        """An import binds a dotted name."""
        if node.bound == "*":
            self.run.star_imports.append(node.origin)
        else:
            state.bind(node.bound, QualifiedName(node.origin))

    def visit_function(self, node: ir.Function, state: State) -> None:
        """A function is bound, as its decorators leave it."""
        made: Value = make_function(self.expressions.calls, node, state)
        for decorator in reversed(node.decorators):
            made = self.expressions.decorated(made, decorator, node, state)
        state.bind(node.name, made)

    def visit_class(self, node: ir.Class, state: State) -> list[State]:
        """A class: its body runs in a frame of its own, whose names become the class's attributes."""
        states = []
        for way, bases in self._outcomes_of(
            lambda way: [(way, tuple(self.expressions.evaluate(base, way) for base in node.bases))], state
        ):
            made = make_class(self.expressions.calls, node, bases, way)
            if way.signal:
                states.append(way)
                continue
            way.push_frame(frame_of_class(made, way))
            for end in self.run_called(node.body, way):
                finish_class(made, end)
                end.bind(node.name, made)
                states.append(end)
        return states

    def visit_assign(self, node: ir.Assign, state: State) -> list[State]:
        """`targets = value`."""
        if isinstance(node.value, ir.Yield) and self.consumer is not None:
            states = self._yield(node.value, state)
            for each in states:
                for target in node.targets:
                    bind_unknown(target, each)
            return states
        return self._on_each_outcome(lambda way: self._assign(node, way), state)

    def _assign(self, node: ir.Assign, state: State) -> None:
        if node.value is None:
            return
        value = self.expressions.evaluate(node.value, state)
        if node.annotation is not None and is_tensor_annotation(node.annotation):
            state.as_tensor(value, node.place, seen=True)
        for target in node.targets:
            self.targets.bind(target, value, node, state)

    def visit_augmented(self, node: ir.Augmented, state: State) -> None:
        """`target += value`."""
        self.targets.augment(node, state)

    def visit_delete(self, node: ir.Delete, state: State) -> None:
        """`del name`, `del owner.name`."""
        for target in node.targets:
            if isinstance(target, ir.Name):
                state.frame.pop(target.id, None)
            elif isinstance(target, ir.Attribute):
                owner = self.expressions.evaluate(target.value, state)
                if hasattr(owner, "id"):
                    state.heap.pop((owner.id, target.attr), None)
            elif isinstance(target, ir.Subscript):
                self.targets.delete_item(target, state)

    def visit_global(self, node: ir.Global, state: State) -> None:
        """`global name`, `nonlocal name`: it is bound in another frame from here on."""
        state.frame[REBINDS] = Literal(True)
        for name in node.names:
            state.frame[f"(in) {name}"] = Literal(state.frame_of(name) if node.encloses else 0)

    # -- flow -------------------------------------------------------------------------------------------------------

    def visit_evaluate(self, node: ir.Evaluate, state: State) -> list[State]:
        """An expression as a statement; a generator hands out what it yields."""
        if isinstance(node.value, ir.Yield) and self.consumer is not None:
            return self._yield(node.value, state)
        return self._on_each_outcome(lambda way: self._evaluate(node, way), state)

    def _yield(self, node: ir.Yield, state: State) -> list[State]:
        value = node.value
        ways: list[tuple[State, Value]] = [(state, NONE)]
        if value is not None and not node.delegates:
            ways = self._outcomes_of(lambda way: [(way, self.expressions.evaluate(value, way))], state)
        elif value is not None:
            exhaust = self.expressions.calls.exhaust
            ways = self._outcomes_of(
                lambda way: [(way, exhaust(self.expressions.evaluate(value, way), node, way))], state
            )
        out: list[State] = []
        for way, given in ways:
            states = [way]
            for item in (way.items_of(given) or ()) if node.delegates else (given,):
                states = [end for each in states for end in self._consume(item, each)]
            out += states
        return out

    def _consume(self, item: Value, state: State) -> list[State]:
        return [state] if state.signal or self.consumer is None else self.consumer(item, state)

    def _evaluate(self, node: ir.Evaluate, state: State) -> None:
        """Evaluate, and tell where that has no effect at all."""
        value = self.expressions.evaluate(node.value, state)
        lost = None if state.expects_error else discarded_effect(node.value, value, self.run.operators, state)
        if lost is not None:
            self.run.events.append(lost)

    def visit_return(self, node: ir.Return, state: State) -> None:
        """`return` and `raise`."""
        if node.value is not None:
            value = self.expressions.evaluate(node.value, state)
            if not node.raises:
                state.frame[RETURNED] = value
        state.signal = state.signal or ("raise" if node.raises else "return")

    def visit_jump(self, node: ir.Jump, state: State) -> None:
        """`break` and `continue`."""
        state.signal = "break" if node.breaks else "continue"

    def visit_branch(self, node: ir.Branch, state: State) -> list[State]:
        """`if`: each way that the condition can go."""
        before, decided, environment = state.certainty, self.expressions.decided, environment_of(state)
        out: list[State] = []
        for way, truth in self._outcomes_of(lambda way: decide(node.test, way, self.expressions), state):
            out += [way] if way.signal else self._block(node.body if truth else node.orelse, [way])
        if all(map(_only_logs, (*node.body, *node.orelse))):
            self.expressions.decided = decided  # whichever way it goes, the rounds of a loop are alike
        met = self._merge_after(out, before)
        settle_environment(met, environment)
        return met

    def visit_loop(self, node: ir.Loop, state: State) -> list[State]:
        """A loop over what its source gives, or while its test holds."""
        if node.target is None:
            return self._loop(node, None, state)
        out: list[State] = []
        for way, given in self._outcomes_of(lambda way: [(way, self.expressions.evaluate(node.source, way))], state):
            source = self.expressions.iterated(given, node.place, way)
            if way.signal:
                out.append(way)
            elif isinstance(source, Generator):
                out += self._loop_over_generator(node, source, way)
            else:
                out += self._loop(node, source, way)
        return out

    def _loop_over_generator(self, node: ir.Loop, source: Generator, state: State) -> list[State]:
        """The loop's body runs for each item that the generator hands out."""
        self.liveness.enter_loop(node)
        self.loops += 1
        ways = self._within_generator(node, source, state)
        self.loops -= 1
        self.liveness.leave()
        after = [end for way in ways if not way.signal for end in self._block(node.orelse, [way])]
        broken = [way for way in ways if way.signal]
        for way in broken:
            way.signal = "" if way.signal == "break" else way.signal
        return self._merge_after([*broken, *after], state.certainty)

    def _loop(self, node: ir.Loop, source: Value | None, state: State) -> list[State]:
        """No, one or two rounds, or all where few are known. That there are two is a condition, where that is not known."""
        before = state.certainty
        lost = None if source is None else rebound(node, source, self.liveness, state)
        if lost is not None:
            self.run.events.append(lost)
        rounds = self._rounds(source, state)
        if source is not None:
            state.frame[f"(loop {self.loops})"] = source
        decided = self.expressions.decided
        self.loops += 1
        self.liveness.enter_loop(node)
        going, done, left = [state], list[State](), list[State]()
        for number in range(rounds):
            entering: list[State] = []
            for each in going:
                self._sort_into_rounds(node, source, number, each, entering, done)
            going = []
            for way in self._block(node.body, entering):
                if way.signal in {"", "continue"}:
                    way.signal = ""
                    going.append(way)
                elif way.signal == "break":
                    way.signal = ""
                    left.append(way)
                else:
                    left.append(way)
            going = self._join_paths(going)
        self.loops -= 1
        self.liveness.leave()
        counted = self.expressions.decided > decided
        for each in going:
            self._leave_loop(node, source, rounds, each, done, counted=counted)
        broken = [way for way in left if not way.signal]
        left += [each for each in done if each.signal]
        done = [each for each in done if not each.signal]
        after = [way for each in self._join_paths(done) for way in self._block(node.orelse, [each])]
        skippable = len(done) > 1 and not counted
        return self._merge_after(
            [way for way in left if way.signal] + after + broken, before if skippable else UNMODELLED
        )

    def _rounds(self, source: Value | None, state: State) -> int:
        """How many rounds are followed at most."""
        count = None if source is None else self.expressions.length_of(source, state)
        if (
            isinstance(source, (TupleValue, ListValue, IteratorValue))
            and count is not None
            and 0 < count <= MAX_KNOWN_ITEMS
        ):
            return count
        if self.loops >= MAX_DEPTH_OF_TWO_ROUNDS:
            return 1
        if count is not None and 0 < count <= MAX_KNOWN_ROUNDS:
            return count
        return MAX_KNOWN_ROUNDS if source is None else MAX_ROUNDS

    def _remaining_rounds(self, source: Value, gone: int, state: State) -> int | None:
        """How many rounds a loop has of which so many are gone, where that is known."""
        count = self.expressions.length_of(source, state)
        return count + gone if count is not None and isinstance(source, IteratorValue) else count

    def _sort_into_rounds(
        self, node: ir.Loop, source: Value | None, number: int, state: State, entering: list[State], done: list[State]
    ) -> None:
        """Sort a state into those that begin another round and those that are done with the loop."""
        if node.target is None or source is None:
            for way, truth in self._outcomes_of(lambda way: decide(node.source, way, self.expressions), state):
                (entering if truth else done).append(way)
            return
        count = self._remaining_rounds(source, number, state)
        if count is not None and number >= count:
            done.append(state)
            return
        if count is None and number == 0 and self.loops == 1 and not self._is_in_constructor():
            skipped = state.fork()
            skipped.certainty += SKIPPED_LOOP
            done.append(skipped)
        if count is None and number > 0:
            state.certainty += CONDITION
        self._bind_round(node.target, source, number, node, state)
        entering.append(state)

    def _leave_loop(
        self, node: ir.Loop, source: Value | None, rounds: int, state: State, done: list[State], *, counted: bool
    ) -> None:
        """What follows a loop that was followed for some rounds only holds if there are no more of them.

        Where nothing in it was decided by a counter, the rounds are alike, and that they are is one condition.
        """
        if node.target is None:
            for way, truth in self._outcomes_of(lambda way: decide(node.source, way, self.expressions), state):
                if not truth:
                    done.append(way)
                elif truth_of(self.expressions.evaluate(node.source, way), way) is not True:
                    way.certainty += UNMODELLED
                    way.truncated = True
                    done.append(way)
                else:  # it goes on for longer than it is followed
                    way.signal = SPENT
                    done.append(way)
            return
        count = None if source is None else self._remaining_rounds(source, rounds, state)
        if count is None and rounds == 1:
            state.certainty += ASSUMED_LOOP
        if count is not None and count > rounds:
            state.certainty += UNMODELLED if counted else ASSUMED_LOOP
            if isinstance(source, IteratorValue):
                state.forget_items(source)
        state.truncated |= counted and (count is None or count > rounds)
        done.append(state)

    def _bind_round(self, target: ir.Expression, source: Value, number: int, node: ir.Loop, state: State) -> None:
        item = self.expressions.round_of(source, number, node.place, state)
        if item is not None:
            self.targets.bind(target, item, node, state)
        elif state.known_tensor(source) is not None and isinstance(target, ir.Name):
            state.bind(target.id, self.targets.element_of(source, node.place, state))
        else:
            bind_unknown(target, state)

    def visit_with(self, node: ir.With, state: State) -> list[State]:
        """`with`: grad modes are followed; what else may change them makes all that follows unproven."""
        out: list[State] = []
        enabled = state.autograd.grad_enabled  # `set_grad_enabled` changes it as soon as it is called
        for way, context in self._outcomes_of(lambda way: [(way, self.expressions.evaluate(node.context, way))], state):
            if way.signal:
                out.append(way)
            elif isinstance(context, Generator):
                out += self._within_generator(node, context, way)
            elif isinstance(context, Instance) and is_context(context, way):
                out += self._within_object(node, context, way)
            else:
                out += self._within(node, context, way, enabled)
        return out

    def _within_generator(self, node: ir.With | ir.Loop, generator: Generator, state: State) -> list[State]:
        """The generator's body runs, and where it yields, the statement's, in the frame in which that stands."""

        def consume(item: Value, way: State) -> list[State]:
            inside, way.autograd.calls = way.autograd.calls, calls
            way.push_frame(outer)
            if node.target is not None:
                self.targets.bind(node.target, item, node, way)
            ends = self._block(node.body, [way])
            for end in ends:
                end.pop_frame()
                end.autograd.calls = inside
                goes_on = not end.signal or (end.signal == "continue" and isinstance(node, ir.Loop))
                end.signal = "" if goes_on else CONSUMER_SIGNAL + end.signal
            return ends

        outer, calls = state.current, state.autograd.calls
        ways = run_generator(self.expressions.calls, generator, consume, node, state)
        for way in ways:
            way.signal = way.signal.removeprefix(CONSUMER_SIGNAL)
        return ways

    def _within_object(self, node: ir.With, context: Instance, state: State) -> list[State]:
        """A context whose class is in the file: what it does when it is entered and left."""
        calls, place = self.expressions.calls, ir.Opaque(node.place, ())
        out: list[State] = []
        for way, given in self._outcomes_of(lambda way: [(way, enter_context(calls, context, place, way))], state):
            if node.target is not None:
                self.targets.bind(node.target, given, node, way)
            for end in [way] if way.signal else self._block(node.body, [way]):
                signal, end.signal = end.signal, ""
                for left, _ in self._outcomes_of(lambda end: [(end, leave_context(calls, context, place, end))], end):
                    left.signal = left.signal or signal
                    out.append(left)
        return out

    def _within(self, node: ir.With, context: Value, state: State, before: bool) -> list[State]:
        inferring, uncounted = state.autograd.inference, state.autograd.uncounted
        expecting = _expects_errors(node.context)
        mode = context.path if isinstance(context, QualifiedName) else ""
        if mode in contexts.MODES:
            state.set_mode(mode)
        elif last_name(node.context) in library.PRESERVING_CONTEXTS:
            state.autograd.uncounted = True
        elif not expecting and last_name(node.context) not in contexts.HARMLESS_CONTEXTS:
            state.certainty += UNMODELLED
        if node.target is not None:
            target = entered_context(context, state)
            self.targets.bind(node.target, target, node, state)
        state.expects_error += expecting
        ways = self._block(node.body, [state])
        for way in ways:
            way.autograd.grad_enabled, way.autograd.inference, way.autograd.uncounted = before, inferring, uncounted
            way.expects_error -= expecting
            if expecting and way.signal == "raise":
                way.signal = ""
        return ways

    def visit_try(self, node: ir.Try, state: State) -> list[State]:
        """`try`: the body to its end, and each handler from where the body began; a caught RuntimeError is expected."""
        catches = any(_catches_runtime_error(handler.caught) for handler in node.handlers)
        before = state.fork()
        state.expects_error += catches
        ways = self._block(node.body, [state])
        for way in ways:
            way.expects_error -= catches
        caught = [way for way in ways if catches and way.signal == "raise"]
        out = [way for way in ways if way not in caught and way.signal]
        out += self._block(node.orelse, [way for way in ways if not way.signal])
        for handler in node.handlers:
            for entry in [*caught, before.fork()]:
                entry.signal = ""
                entry.certainty += UNMODELLED
                if handler.name:
                    entry.frame[handler.name] = entry.unknown()
                out += self._block(handler.body, [entry])
            caught = []
        return self._finally(node.final, out)

    def _finally(self, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
        if not body:
            return states
        out: list[State] = []
        for state in states:
            signal, state.signal = state.signal, ""
            for way in self._block(body, [state]):
                way.signal = way.signal or signal
                out.append(way)
        return out


def _only_logs(statement: ir.Statement) -> bool:
    """Whether a statement does no more than to print or to log."""
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    return isinstance(call, ir.Call) and last_name(call.function) in _LOGGING


_LOGGING = frozenset(
    {"print", "info", "debug", "warning", "log", "add_scalar", "set_description", "set_postfix", "flush"}
)


def _expects_errors(node: ir.Expression) -> bool:
    """Whether a context expects a RuntimeError of its block: `pytest.raises(RuntimeError)` and its kin."""
    return isinstance(node, ir.Call) and last_name(node) in library.EXPECTING_CONTEXTS


def _catches_runtime_error(caught: ir.Expression | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ir.Sequence):
        return any(_catches_runtime_error(item) for item in caught.items)
    return last_name(caught) in library.CATCHES_RUNTIME_ERROR


#: After these there may be fewer paths than before, since what was a path of its own may have come to its end.
_FORKING = (ir.Branch, ir.Loop, ir.Try, ir.With)

_SIMPLE: dict[type[ir.Statement], Callable[..., None]] = {
    ir.Import: StatementInterpreter.visit_import,
    ir.Function: StatementInterpreter.visit_function,
    ir.Augmented: StatementInterpreter.visit_augmented,
    ir.Return: StatementInterpreter.visit_return,
    ir.Jump: StatementInterpreter.visit_jump,
    ir.Delete: StatementInterpreter.visit_delete,
    ir.Global: StatementInterpreter.visit_global,
}

#: Statements that have bodies, or may hand out what a generator yields.
_COMPOUND: dict[type[ir.Statement], Callable[..., list[State]]] = {
    ir.Assign: StatementInterpreter.visit_assign,
    ir.Evaluate: StatementInterpreter.visit_evaluate,
    ir.Class: StatementInterpreter.visit_class,
    ir.With: StatementInterpreter.visit_with,
    ir.Branch: StatementInterpreter.visit_branch,
    ir.Loop: StatementInterpreter.visit_loop,
    ir.Try: StatementInterpreter.visit_try,
}
