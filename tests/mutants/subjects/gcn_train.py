"""A graph convolution trained in a script."""

from __future__ import annotations

import sys
from types import ModuleType

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    utils = ModuleType("pygcn.utils")
    picked = torch.arange(6)
    data = ((torch.rand(6, 6) > 0.4).float(), torch.rand(6, 4), picked % 3, picked, picked, picked)
    utils.__dict__.update(load_data=lambda: data, accuracy=lambda *_: torch.tensor(0.0))
    sys.modules["pygcn.utils"] = utils
    program.script("--hidden", "3", steps=2)


SUBJECT = Subject("tkipf/pygcn", "pygcn/train.py", _drive)
