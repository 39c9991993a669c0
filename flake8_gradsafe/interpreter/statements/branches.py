"""`if` and `try`."""

from __future__ import annotations

from flake8_gradsafe.interpreter.branching import decide
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.paths.environment import environment_of, settle_environment
from flake8_gradsafe.interpreter.statements.running import StatementInterpreter, compound
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name


@compound(ir.Branch)
def run_branch(statements: StatementInterpreter, node: ir.Branch, state: State) -> list[State]:
    """`if`: each way that the condition can go."""
    before, decided, environment = state.certainty, statements.run.decided, environment_of(state)
    out: list[State] = []
    for way, truth in statements.outcomes_of(lambda way: decide(node.test, way, statements.interp), state):
        out += [way] if way.signal else statements.block(node.body if truth else node.orelse, [way])
    if all(map(only_logs, (*node.body, *node.orelse))):
        statements.run.decided = decided  # whichever way it goes, the rounds of a loop are alike
    met = statements.merge_after(out, before)
    settle_environment(met, environment)
    return met


@compound(ir.Try)
def run_try(statements: StatementInterpreter, node: ir.Try, state: State) -> list[State]:
    """`try`: the body to its end, and each handler from where the body began; a caught RuntimeError is expected."""
    catches = any(_catches_runtime_error(handler.caught) for handler in node.handlers)
    before = state.fork()
    state.expects_error += catches
    ways = statements.block(node.body, [state])
    for way in ways:
        way.expects_error -= catches
    caught = [way for way in ways if catches and way.signal == "raise"]
    out = [way for way in ways if way not in caught and way.signal]
    out += statements.block(node.orelse, [way for way in ways if not way.signal])
    for handler in node.handlers:
        for entry in [*caught, before.fork()]:
            entry.signal = ""
            entry.assume(UNMODELLED)
            if handler.name:
                entry.frame[handler.name] = entry.unknown()
            out += statements.block(handler.body, [entry])
        caught = []
    return _finally(statements, node.final, out)


def _finally(statements: StatementInterpreter, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
    if not body:
        return states
    out: list[State] = []
    for state in states:
        signal, state.signal = state.signal, ""
        for way in statements.block(body, [state]):
            way.signal = way.signal or signal
            out.append(way)
    return out


def only_logs(statement: ir.Statement) -> bool:
    """Whether a statement does no more than to print or to log."""
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    return isinstance(call, ir.Call) and last_name(call.function) in library.LOGGING


def _catches_runtime_error(caught: ir.Expression | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ir.Sequence):
        return any(_catches_runtime_error(item) for item in caught.items)
    return last_name(caught) in library.CATCHES_RUNTIME_ERROR
