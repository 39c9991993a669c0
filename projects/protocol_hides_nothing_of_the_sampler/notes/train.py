from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

if TYPE_CHECKING:
    from .model import Chords


class Sampler(Protocol):
    def after_step(self, model: Chords) -> None: ...


def train(model: Chords, sampler: Sampler, songs: torch.Tensor) -> None:
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    for heard in songs:
        loss = model(heard).softmax(-1).pow(2).sum(-1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        sampler.after_step(model)
        print(loss.item())
