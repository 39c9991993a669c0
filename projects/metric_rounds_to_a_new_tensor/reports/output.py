from dataclasses import dataclass

import torch


@dataclass
class Output:
    prob: torch.Tensor
    loss: torch.Tensor | None = None
