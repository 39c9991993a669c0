"""The interpreter of a file: it evaluates expressions, and calls what they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.calls.dispatch import Dispatcher
from flake8_gradsafe.interpreter.expressions.attributes import look_up
from flake8_gradsafe.interpreter.expressions.registry import EVALUATIONS, PURE

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.syntax import program as ir


class ExpressionInterpreter(Dispatcher):
    """Evaluates expressions on a state."""

    def evaluate(self, node: ir.Expression, state: State) -> Value:
        """Evaluate an expression; its effects happen to the state.

        Where a call of the program's code has several outcomes, the statement is evaluated again for each of the others, and
        finds in the state's log what was evaluated before that call.
        """
        evaluation = EVALUATIONS[type(node)]
        if evaluation in PURE:
            return evaluation(self, node, state)
        mark = state.cursor
        if mark < len(state.log) and state.log[mark][0] is node:
            state.cursor = mark + 1
            return state.log[mark][1]
        value = evaluation(self, node, state)
        del state.log[mark:]
        state.log.append((node, value))
        state.cursor = mark + 1
        return value

    def look_up(self, receiver: Value, node: ir.Attribute, state: State) -> Value:
        """Look up an attribute of a value, as the expression `receiver.attr` does."""
        return look_up(self, receiver, node, state)
