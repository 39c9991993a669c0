"""Optimizers of torch.optim: what they hold, and what their step writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.events import SteppedInVain
from flake8_gradsafe.interpreter.objects import Trees
from flake8_gradsafe.interpreter.session import is_followed, path_premises
from flake8_gradsafe.interpreter.state import State, Step
from flake8_gradsafe.interpreter.values import (
    CLEARED,
    HOLDS,
    NOTHING,
    UNUSED,
    DictValue,
    Items,
    Literal,
    OptimizerValue,
    TensorValue,
    Value,
)
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUPS = "param_groups"
_FUSED = "(fused)"  # its step moves no version counter


class Optimizers(Trees):
    """Optimizers of torch.optim: what they hold, and what their step writes."""

    def make_optimizer(self, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """An optimizer, by its constructor's arguments."""
        made = OptimizerValue(state.world.tick())
        self.hold(made.id, arguments, state)
        if arguments.keywords.get("fused") == Literal(True):
            state.heap[made.id, _FUSED] = Literal(True)
        return made

    def hold(self, owner: int, arguments: Arguments, state: State) -> None:
        """Give an optimizer its parameters, and the groups through which the program reaches them."""
        given = arguments.get(0, "params")
        refs = [] if given is None else list(dict.fromkeys(state.tensors_in(given)))
        state.heap[owner, HOLDS] = Items(tuple(TensorValue(ref) for ref in refs))
        items = () if given is None else state.some_items_of(given)
        groups: list[Value] = [item for item in items if isinstance(item, DictValue)]
        if not groups:
            held = state.new_list(tuple(TensorValue(ref) for ref in refs))
            groups = [state.new_dict([(Literal("params"), held)])]
        state.heap[owner, _GROUPS] = state.new_list(tuple(groups))

    def held_by(self, owner: int, state: State) -> list[int]:
        """The tensors that an optimizer holds."""
        return list(dict.fromkeys(_held(state.heap.get((owner, HOLDS)))))

    def optimizer_method(self, owner: int, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A method of an optimizer."""
        if name == "step":
            closure = arguments.get(0, "closure")
            if closure is not None and closure != NOTHING:
                self.value(closure, Arguments(), node, state)
            self.step(owner, node, state)
        elif name == "zero_grad":
            self.clear_gradients(self.held_by(owner, state), node, state)
        elif name == "add_param_group" and arguments.positional:
            refs = [*self.held_by(owner, state), *state.tensors_in(arguments.positional[0])]
            state.heap[owner, HOLDS] = Items(tuple(TensorValue(ref) for ref in refs))
        return state.unknown()

    def step(self, owner: int, node: ir.Expression, state: State) -> None:
        """`step()`: writes the parameters that have a gradient, and moves their versions unless the optimizer is fused."""
        held = self.held_by(owner, state)
        fused = (owner, _FUSED) in state.heap
        state.steps = tuple(dict.fromkeys((*state.steps, Step(node.place, tuple(held)))))
        if state.world.graded.isdisjoint(held):
            self._tell_of_step_in_vain(held, node, state)
        else:
            self.session.fed.add(node.place)
        for ref in held:
            if ref not in state.world.graded:
                continue
            state.heap.pop((ref, UNUSED), None)
            if fused:
                handle = state.world.shared(ref, Via.DATA, node.place)
                self.write_under_no_grad(handle, "step", node, state, Via.STEP)
            else:
                self.write_under_no_grad(ref, "step", node, state, Via.STEP)

    def _tell_of_step_in_vain(self, held: list[int], node: ir.Expression, state: State) -> None:
        """A step without any gradient, after one was cleared that no step had used."""
        if state.opaque or any(not _is_only_cleared(ref, state) for ref in held):
            return
        cleared = [kept for ref in held if isinstance(kept := state.heap.get((ref, CLEARED)), Items)]
        for kept in cleared[:1]:
            backward, place = (item.value for item in kept.items if isinstance(item, Literal))
            premises = frozenset() if is_followed(state) else path_premises(state)
            self.session.events.append(SteppedInVain(node.place, premises, backward, place))


def _is_only_cleared(ref: int, state: State) -> bool:
    """Whether a tensor surely requires grad, and has no gradient that the program or code out of sight may have set."""
    tensor = state.world.tensors.get(ref)
    return tensor is not None and tensor.grad.sure and ref not in state.escaped and (ref, "grad") not in state.heap


def _held(value: Value | None) -> Iterator[int]:
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, TensorValue):
            yield item.ref
