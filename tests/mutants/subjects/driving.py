"""What several drivers need: a loss of whatever a model returns, tiny texts, batches, and argument objects."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from tests.mutants.running import Program


def train_once(program: Program, model: Any, *inputs: Any) -> None:
    """A forward, a backward of a weighted sum of all that it returns, and a look at the model's gradients."""
    model.train()
    torch.autograd.backward(loss_of(model(*inputs)))
    program.observe(model.parameters())


def loss_of(returned: Any) -> Tensor:
    """A scalar that depends on every element of every tensor in what was returned, on each with another weight."""
    parts = [(each * _weights(each)).sum() for each in _tensors(returned) if each.is_floating_point()]
    return torch.stack(parts).sum()


def _weights(tensor: Tensor) -> Tensor:
    return torch.arange(tensor.numel(), dtype=tensor.dtype).add(1).cos().view(tensor.shape)


def _tensors(returned: Any) -> Iterator[Tensor]:
    if isinstance(returned, Tensor):
        yield returned
    elif isinstance(returned, list | tuple):
        for each in returned:
            yield from _tensors(each)


def write_text(path: str, *, lines: int = 60) -> None:
    """A text of few words, for a language model."""
    words = "the a cat dog sees finds red small old tree house".split()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("\n".join(" ".join(random.choices(words, k=8)) for _ in range(lines)), encoding="utf-8")


def options(**values: object) -> Any:
    """What a script's argument parser would return."""
    return SimpleNamespace(**values)


def small_classifier(size: int = 12, classes: int = 4) -> nn.Module:
    """A network for flat inputs, with an activation that keeps its output and one that keeps its input."""
    return nn.Sequential(nn.Flatten(), nn.Linear(size, 8), nn.Tanh(), nn.Linear(8, 8), nn.ELU(), nn.Linear(8, classes))


class Replay:
    """Transitions of a reinforcement learner's environment, random."""

    def __init__(self, state: int, action: int) -> None:
        self._state, self._action = state, action

    def sample(self, batch: int) -> tuple[Tensor, ...]:
        return (
            torch.randn(batch, self._state),
            torch.rand(batch, self._action) * 2 - 1,
            torch.randn(batch, self._state),
            torch.randn(batch, 1),
            torch.ones(batch, 1),
        )
