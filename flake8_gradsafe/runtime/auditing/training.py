"""Which parameters are stepped, and which have a gradient."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from weakref import WeakSet

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from flake8_gradsafe.runtime.auditing.findings import Seen
from flake8_gradsafe.runtime.auditing.places import Line, running_line


class TrainingAudit(ExitStack):
    """Looks at each step of any optimizer, and at the modules that are called.

    What an optimizer holds and never had a gradient in so many of its steps is noted. So is what had a gradient at so many
    steps, and is held by no optimizer that steps.
    """

    def __init__(self, steps: int) -> None:
        """Say nothing of optimizers that stepped less often."""
        super().__init__()
        self._least = steps
        self._steps: dict[int, int] = {}
        self._lines: dict[int, Line] = {}
        self._held: dict[int, torch.Tensor] = {}
        self._idle: dict[int, tuple[torch.Tensor, int]] = {}
        self._names: dict[int, str] = {}
        self._parameters: dict[int, torch.Tensor] = {}
        self._unheld: dict[int, int] = {}
        self._modules: WeakSet[torch.nn.Module] = WeakSet()

    def __enter__(self) -> "TrainingAudit":
        """Begin to look."""
        super().__enter__()
        self.callback(register_optimizer_step_pre_hook(self._at_step).remove)
        self.callback(torch.nn.modules.module.register_module_forward_pre_hook(self._at_call).remove)
        return self

    def _at_call(self, module: torch.nn.Module, _: Any) -> None:
        if module in self._modules:
            return
        self._modules.add(module)
        for name, parameter in module.named_parameters():
            known = self._names.get(id(parameter), "")
            if len(name) >= len(known):
                self._names[id(parameter)] = name
                self._parameters[id(parameter)] = parameter

    def _at_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._steps[id(optimizer)] = self._steps.get(id(optimizer), 0) + 1
        self._lines.setdefault(id(optimizer), running_line())
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None and id(parameter) not in self._held:
                    self._idle.setdefault(id(parameter), (parameter, id(optimizer)))
                elif parameter.grad is not None:
                    self._idle.pop(id(parameter), None)
                    self._held[id(parameter)] = parameter
        for number, parameter in self._parameters.items():
            if parameter.grad is not None and number not in self._held:
                self._unheld[number] = self._unheld.get(number, 0) + 1

    def notes(self) -> Iterator[Seen]:
        """What is known by now: parameters that never had a gradient, and those of which no optimizer takes it."""
        idle = [
            (parameter, optimizer)
            for parameter, optimizer in self._idle.values()
            if parameter.requires_grad and self._steps[optimizer] >= self._least
        ]
        for optimizer in dict.fromkeys(number for _, number in idle):
            names = _listed([self._name(parameter) for parameter, number in idle if number == optimizer])
            steps, line = self._steps[optimizer], self._lines[optimizer]
            held = f"the optimizer that steps at {line} holds {names}"
            yield Seen("never-trained", f"{held}, and none of its {steps} steps found a gradient there", (line,))
        left_out = [
            self._parameters[number]
            for number, steps in self._unheld.items()
            if steps >= self._least and number not in self._held and self._parameters[number].requires_grad
        ]
        if left_out:
            names = _listed([self._name(parameter) for parameter in left_out])
            yield Seen(
                "not-in-optimizer", f"backward computes a gradient of {names}, and no optimizer that steps holds it"
            )

    def _name(self, parameter: torch.Tensor) -> str:
        return self._names.get(id(parameter), f"a parameter {list(parameter.shape)}")


def _listed(names: list[str], most: int = 5) -> str:
    """Names as a text: `a`, `a and b`, `a, b and 3 more`."""
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
