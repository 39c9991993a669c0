"""What models of calls may ask of the interpreter: to call, to look up and to evaluate whatever a program hands them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_gradsafe.interpreter.domain.arguments import Arguments
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import FunctionValue, Instance, Value
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir

    #: What the items that a generator yields are given to: the states in which that ends.
    Consumer = Callable[[Value, State], list[State]]


class Interpreter(Protocol):
    """The interpreter of one file, as a model of a call sees it. Models are plain functions that take it first."""

    run: Run

    def evaluate(self, node: ir.Expression, state: State) -> Value:
        """Evaluate an expression; its effects happen to the state."""

    def look_up(self, receiver: Value, node: ir.Attribute, state: State) -> Value:
        """Look up an attribute of a value, as the expression `receiver.attr` does."""

    def enter_body(self, body: tuple[ir.Statement, ...], state: State, consumer: Consumer | None = None) -> list[State]:
        """Run the body of a function in the frame in which the state stands: the states in which it ends."""

    def call(self, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a value."""

    def call_method(self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a method, of whatever kind its receiver is."""

    def call_function(
        self,
        function: FunctionValue,
        arguments: Arguments,
        node: ir.Expression,
        state: State,
        *,
        made: Instance | None = None,
    ) -> Value:
        """Call a function of the program. `made` is the object that it constructs, where it is a constructor."""

    def binary(self, method: str, left: Value, right: Value, node: ir.Expression, state: State) -> Value:
        """Apply an arithmetic operator, which is named by its method: `__mul__`."""

    def attribute(self, receiver: Value, name: str, node: ir.Expression, state: State) -> Value | None:
        """Look up an attribute of an object, class or function of the program; None where the program does not tell."""

    def one_of(self, values: Sequence[Value], place: ir.Place, state: State) -> Value:
        """Give one of some values, each on a path of its own."""

    def exhaust(self, source: Value, node: ir.Expression | ir.Statement, state: State) -> Value:
        """List all that a generator or an iterator yields from here on; any other value is given back as it is."""
