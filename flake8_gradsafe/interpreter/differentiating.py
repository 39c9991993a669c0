"""`backward()` and `torch.autograd.grad`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.autograd.graph import Reason, Refusal
from flake8_gradsafe.autograd.tensor import NO
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.making import Making
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    REWRAPPED,
    Items,
    Literal,
    TensorValue,
    Value,
)
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import Node


class Differentiating(Making):
    """`backward()` and `torch.autograd.grad`."""

    def _backward(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
        if ref is not None:
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _differentiate(
        self,
        ref: int,
        arguments: Arguments,
        node: ir.Expression,
        state: State,
        inputs: frozenset[int] | None = None,
        *,
        accumulates: bool = True,
    ) -> tuple[Node, ...]:
        retain = arguments.keywords.get("retain_graph") or arguments.keywords.get("create_graph") or Literal(False)
        keeps = not (isinstance(retain, Literal) and not retain.value)
        outcome = backward(state.world, ref, retain_graph=keeps, inputs=inputs, accumulates=accumulates)
        self.session.emit_outcome(state, outcome, node.place, ref)
        self.tell_of_edited_gradients(outcome.nodes, state)
        return outcome.nodes

    def _autograd_backward(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots = arguments.get(0, "tensors")
        for ref in [] if roots is None else self._roots(roots, node, state):
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _autograd_grad(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots, inputs = arguments.get(0, "outputs"), arguments.get(1, "inputs")
        asked = [] if inputs is None else self._roots(inputs, node, state)
        for ref in asked:
            tensor = state.world.tensors[ref]
            if not state.world.grad_of(tensor).possible:
                if self._is_asked_for_itself(ref, inputs, state):
                    made = tensor.frozen or tensor.place
                    refusal = Refusal(Reason.INPUT_NO_GRAD, frozenset(), cuts=tensor.cuts, made=made)
                    self.session.emit_refusal(state, refusal, node.place)
                state.signal = "raise"
                return state.unknown()
        visited: list[Node] = []
        for ref in [] if roots is None else self._roots(roots, node, state):
            wanted = frozenset(asked) or None
            visited += self._differentiate(ref, arguments, node, state, wanted, accumulates=False)
        for ref in asked:
            state.heap.pop((ref, REWRAPPED), None)  # its gradient is asked for
        state.differentiated |= frozenset(asked)
        creates = arguments.keywords.get("create_graph", Literal(False))
        gradients = tuple(TensorValue(self._gradient(visited, creates, node, state)) for _ in asked)
        known = asked and inputs is not None and state.items_of(inputs) is not None
        if known or (inputs is not None and state.known_tensor(inputs) is not None):
            return Items(gradients)
        return state.new_list(gradients, 0 if inputs is None else state.open_from(inputs) or 0)

    def _is_asked_for_itself(self, ref: int, inputs: Value | None, state: State) -> bool:
        """Whether a gradient is asked for by this very tensor, which was frozen or detached in sight."""
        tensor = state.world.tensors[ref]
        if inputs is None or ref in state.escaped or not (tensor.frozen is not None or tensor.hops):
            return False
        return TensorValue(ref) in (inputs, *(state.items_of(inputs) or ()))

    def _gradient(self, visited: list[Node], creates: Value, node: ir.Expression, state: State) -> int:
        """A gradient that `autograd.grad` gives back: with a graph over all that it was computed from, if it is to have one."""
        if creates == Literal(False):
            return state.world.new(NO, node.place)
        return state.world.gradient(visited, node.place)

    def _roots(self, value: Value, node: ir.Expression, state: State) -> list[int]:
        value = self.drained(value, node, state)
        items = state.some_items_of(value) or (value,)
        refs = [state.as_tensor(item, node.place, seen=True) for item in items]
        return [ref for ref in refs if ref is not None]
