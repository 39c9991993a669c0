"""`backward()` and `torch.autograd.grad`."""

from __future__ import annotations

from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.making import Making
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    REWRAPPED,
    Literal,
    TensorValue,
    Value,
)
from flake8_gradsafe.syntax import program as ir


class Differentiating(Making):
    """`backward()` and `torch.autograd.grad`."""

    def _backward(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
        if ref is not None:
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _differentiate(
        self, ref: int, arguments: Arguments, node: ir.Expression, state: State, inputs: frozenset[int] | None = None
    ) -> None:
        retain = arguments.keywords.get("retain_graph") or arguments.keywords.get("create_graph") or Literal(False)
        keeps = not (isinstance(retain, Literal) and not retain.value)
        outcome = backward(state.world, ref, retain_graph=keeps, inputs=inputs)
        self.session.emit_outcome(state, outcome, node.place, ref)
        self.tell_of_edited_gradients(outcome.nodes, state)

    def _autograd_backward(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots = arguments.get(0, "tensors")
        for ref in [] if roots is None else self._roots(roots, node, state):
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _autograd_grad(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots, inputs = arguments.get(0, "outputs"), arguments.get(1, "inputs")
        wanted = None if inputs is None else frozenset(self._roots(inputs, node, state))
        if any(not state.world.grad_of(state.world.tensors[ref]).possible for ref in wanted or ()):
            state.signal = "raise"  # PyTorch refuses to differentiate by what requires no grad
            return state.unknown()
        for ref in [] if roots is None else self._roots(roots, node, state):
            self._differentiate(ref, arguments, node, state, wanted or None)
        for ref in wanted or ():
            state.heap.pop((ref, REWRAPPED), None)  # its gradient is asked for
        state.differentiated |= wanted or frozenset()
        return state.unknown()

    def _roots(self, value: Value, node: ir.Expression, state: State) -> list[int]:
        items = state.items_of(value) or (value,)
        refs = [state.as_tensor(item, node.place, seen=True) for item in items]
        return [ref for ref in refs if ref is not None]
