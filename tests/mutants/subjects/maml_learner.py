"""A network run on weights that it is given."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import loss_of


def _drive(program: Program) -> None:
    config = [
        ("conv2d", [4, 1, 3, 3, 2, 0]), ("tanh", []), ("bn", [4]), ("relu", [True]), ("flatten", []),
        ("linear", [6, 4 * 6 * 6]), ("sigmoid", []), ("linear", [3, 6]), ("leakyrelu", [0.2, True]),
    ]  # fmt: skip
    learner = program.module().Learner(config, 1, 14)
    torch.autograd.backward(loss_of(learner(torch.rand(4, 1, 14, 14))))
    program.observe(learner.vars)


SUBJECT = Subject("dragen1860/MAML-Pytorch", "learner.py", _drive)
