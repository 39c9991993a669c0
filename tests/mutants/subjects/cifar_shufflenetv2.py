"""Channels shuffled and split."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import train_once


def _drive(program: Program) -> None:
    train_once(program, program.module().ShuffleNetV2(0.5), torch.rand(2, 3, 32, 32))


SUBJECT = Subject("kuangliu/pytorch-cifar", "models/shufflenetv2.py", _drive)
