"""`with`: grad modes, contexts of the program, and contexts that expect an error."""

from __future__ import annotations

from flake8_gradsafe.interpreter.calls.program import enter_context, is_context, leave_context, run_generator
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import Generator, Instance, QualifiedName, Value
from flake8_gradsafe.interpreter.models.frameworks import entered_context
from flake8_gradsafe.interpreter.statements.running import StatementInterpreter, compound
from flake8_gradsafe.interpreter.targets import bind
from flake8_gradsafe.knowledge import contexts, library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

#: How a signal begins that leaves the statement which consumes a generator's items, on its way through the generator.
CONSUMER_SIGNAL = "consumer's "


@compound(ir.With)
def run_with(statements: StatementInterpreter, node: ir.With, state: State) -> list[State]:
    """`with`: grad modes are followed; what else may change them makes all that follows unproven."""
    out: list[State] = []
    enabled = state.autograd.grad_enabled  # `set_grad_enabled` changes it as soon as it is called
    for way, context in statements.outcomes_of(
        lambda way: [(way, statements.interp.evaluate(node.context, way))], state
    ):
        if way.signal:
            out.append(way)
        elif isinstance(context, Generator):
            out += run_within_generator(statements, node, context, way)
        elif isinstance(context, Instance) and is_context(context, way):
            out += _run_within_object(statements, node, context, way)
        else:
            out += _run_within(statements, node, context, way, enabled)
    return out


def run_within_generator(
    statements: StatementInterpreter, node: ir.With | ir.Loop, generator: Generator, state: State
) -> list[State]:
    """The generator's body runs, and where it yields, the statement's, in the frame in which that stands."""

    def consume(item: Value, way: State) -> list[State]:
        inside, way.autograd.calls = way.autograd.calls, calls
        way.push_frame(outer)
        if node.target is not None:
            bind(statements.interp, node.target, item, node, way)
        ends = statements.block(node.body, [way])
        for end in ends:
            end.pop_frame()
            end.autograd.calls = inside
            goes_on = not end.signal or (end.signal == "continue" and isinstance(node, ir.Loop))
            end.signal = "" if goes_on else CONSUMER_SIGNAL + end.signal
        return ends

    outer, calls = state.current, state.autograd.calls
    ways = run_generator(statements.interp, generator, consume, node, state)
    for way in ways:
        way.signal = way.signal.removeprefix(CONSUMER_SIGNAL)
    return ways


def _run_within_object(statements: StatementInterpreter, node: ir.With, context: Instance, state: State) -> list[State]:
    """A context whose class is in the file: what it does when it is entered and left."""
    calls, place = statements.interp, ir.Opaque(node.place, ())
    out: list[State] = []
    for way, given in statements.outcomes_of(lambda way: [(way, enter_context(calls, context, place, way))], state):
        if node.target is not None:
            bind(statements.interp, node.target, given, node, way)
        for end in [way] if way.signal else statements.block(node.body, [way]):
            signal, end.signal = end.signal, ""
            for left, _ in statements.outcomes_of(lambda end: [(end, leave_context(calls, context, place, end))], end):
                left.signal = left.signal or signal
                out.append(left)
    return out


def _run_within(
    statements: StatementInterpreter, node: ir.With, context: Value, state: State, before: bool
) -> list[State]:
    inferring, uncounted = state.autograd.inference, state.autograd.uncounted
    expecting = _expects_errors(node.context)
    mode = context.path if isinstance(context, QualifiedName) else ""
    if mode in contexts.MODES:
        state.set_mode(mode)
    elif last_name(node.context) in library.PRESERVING_CONTEXTS:
        state.autograd.uncounted = True
    elif not expecting and last_name(node.context) not in contexts.HARMLESS_CONTEXTS:
        state.assume(UNMODELLED)
    if node.target is not None:
        target = entered_context(context, state)
        bind(statements.interp, node.target, target, node, state)
    state.expects_error += expecting
    ways = statements.block(node.body, [state])
    for way in ways:
        way.autograd.grad_enabled, way.autograd.inference, way.autograd.uncounted = before, inferring, uncounted
        way.expects_error -= expecting
        if expecting and way.signal == "raise":
            way.signal = ""
    return ways


def _expects_errors(node: ir.Expression) -> bool:
    """Whether a context expects a RuntimeError of its block: `pytest.raises(RuntimeError)` and its kin."""
    return isinstance(node, ir.Call) and last_name(node) in library.EXPECTING_CONTEXTS
