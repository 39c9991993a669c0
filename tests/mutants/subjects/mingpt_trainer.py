"""A training loop for any model."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


class _Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))

    def configure_optimizers(self, _: object) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=1e-2)

    def forward(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        returned = self.layers(inputs)
        return returned, (returned - targets).square().mean()


def _drive(program: Program) -> None:
    trainer = program.module("mingpt").Trainer
    config = trainer.get_default_config()
    config.merge_from_dict({"max_iters": 3, "num_workers": 0, "batch_size": 4})
    trainer(config, _Model(), TensorDataset(torch.randn(9, 3), torch.randn(9, 2))).run()


SUBJECT = Subject("karpathy/minGPT", "mingpt/trainer.py", _drive)
