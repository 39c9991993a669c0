"""Modules of torch.nn, and the optimizers that step their parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.autograd.tensor import NO, YES, Effect, Via
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.differentiating import Differentiating
from flake8_gradsafe.interpreter.operating import written_parameter
from flake8_gradsafe.interpreter.session import UNDECIDABLE
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.unknown import BUFFERS
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    Items,
    Literal,
    ModuleValue,
    OptimizerValue,
    TensorValue,
    Value,
)
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.world import Operands


class Modules(Differentiating):
    """Modules of torch.nn, and the optimizers that step their parameters."""

    def _make_module(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value | None:
        kind = path.rpartition(".")[2]
        row = self.operators.modules.get(kind)
        if row is None or path.startswith("torch.nn.functional."):
            return None
        flags = [*arguments.keywords.items(), *(("inplace", value) for value in arguments.positional[-1:])]
        switches = tuple(
            sorted(
                f"{name}:{flag.value}"
                for name, flag in flags
                if isinstance(flag, Literal) and isinstance(flag.value, bool) and _is_switch(row, name)
            )
        )
        made = ModuleValue(state.world.tick(), kind, switches)
        for name in row["state"]:
            if arguments.keywords.get(name) != Literal(False):
                grad = NO if name.startswith(BUFFERS) else YES
                state.heap[made.id, name] = TensorValue(state.world.new(grad, node.place))
        return made

    def _make_optimizer(self, arguments: Arguments, state: State) -> Value:
        holds = tuple(ref for value in arguments.all() for ref in state.tensors_in(value))
        fused = arguments.keywords.get("fused") == Literal(True)
        return OptimizerValue(state.world.tick(), holds, fused)

    def _module(self, module: ModuleValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        mode = state.heap.get((module.id, "mode"), Literal("train"))
        form = ",".join((str(mode.value) if isinstance(mode, Literal) else "train", *module.switches))
        fact = self.operators.module_fact(module.kind, form)
        inputs: Operands = {}
        for number, value in enumerate(arguments.all()):
            state.as_tensor(value, node.place, seen=number == 0)
            if refs := tuple(state.tensors_in(value)):
                inputs["input" if number == 0 else f"input{number + 1}"] = refs
        if fact is None or arguments.unclear:
            return self._out_of_sight(module.kind, arguments.all(), node, state)
        operands = inputs | self._state_of(module, state)
        spelling = self.operators.methods["__getitem__"]
        if written_parameter(fact, dict.fromkeys(inputs, NOTHING)) and "input" in inputs:
            others = {name: refs for name, refs in operands.items() if name != "input"}
            self.write(inputs["input"][0], f"{module.kind.lower()}_", node, state, fact=fact, operands=others)
            return arguments.all()[0]
        return self._apply(
            replace(spelling, operator=replace(spelling.operator, name=module.kind)), form, fact, operands, node, state
        )

    def _module_method(
        self, module: ModuleValue, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        tensors = [ref for refs in self._state_of(module, state).values() for ref in refs]
        if name in {"train", "eval"}:
            off = name == "eval" or arguments.get(0, "mode") == Literal(False)
            state.heap[module.id, "mode"] = Literal("eval" if off else "train")
        if name == "requires_grad_":
            for ref in tensors:
                self._require_grad(TensorValue(ref), arguments, node, state)
        if name in library.MODULE_SELF:
            return module
        if name == "forward":
            return self._module(module, arguments, node, state)
        if name == "parameters":
            return state.new_list(tuple(value for _, value in self._parameters_of(module, state)))
        if name == "named_parameters":
            return state.new_list(
                tuple(Items((Literal(key), value)) for key, value in self._parameters_of(module, state))
            )
        if name in {"zero_grad", "register_forward_hook", "extra_repr"}:
            return state.unknown()
        if name in {"load_state_dict", "reset_parameters"}:
            for ref in tensors:
                self._write_under_no_grad(ref, name, node, state)
            return state.unknown()
        return self._forget_module(module, arguments, node, state)

    def _forget_module(self, module: ModuleValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A method that may do anything: the module's tensors are no longer known."""
        tensors = tuple(TensorValue(ref) for refs in self._state_of(module, state).values() for ref in refs)
        for key in [key for key in state.heap if key[0] == module.id]:
            del state.heap[key]
        state.undecided += UNDECIDABLE
        return self._out_of_sight("method", (*tensors, *arguments.all()), node, state)

    def _write_under_no_grad(
        self, ref: int, method: str, node: ir.Expression, state: State, via: Via | None = None
    ) -> None:
        enabled, state.world.grad_enabled = state.world.grad_enabled, False
        state.world.write(ref, Effect.CHANGES, node.place, name=method, via=via)
        state.world.grad_enabled = enabled

    def _optimizer_method(self, optimizer: OptimizerValue, name: str, node: ir.Expression, state: State) -> Value:
        if name == "step":
            for ref in optimizer.holds:
                if ref not in state.world.graded:
                    continue
                if optimizer.fused:
                    handle = state.world.shared(ref, Via.DATA, node.place)
                    self._write_under_no_grad(handle, "step", node, state, Via.STEP)
                else:
                    self._write_under_no_grad(ref, "step", node, state, Via.STEP)
        return state.unknown()


def _is_switch(row: dict[str, Any], name: str) -> bool:
    return any(f"{name}:" in form for form in row["forms"])
