"""Graph attention, dense and sparse."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import train_once


def _drive(program: Program) -> None:
    module = program.module()
    graph, features = (torch.rand(6, 6) > 0.4).float() + torch.eye(6), torch.rand(6, 4)
    dense, sparse = module.GraphAttentionLayer(4, 3, 0.0, 0.2), module.SpGraphAttentionLayer(4, 3, 0.0, 0.2)
    train_once(program, dense, features, graph)
    train_once(program, sparse, features, graph)


SUBJECT = Subject("Diego999/pyGAT", "layers.py", _drive)
