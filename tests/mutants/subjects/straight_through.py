"""A vector quantisation as a custom Function, with a straight-through gradient."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import loss_of


def _drive(program: Program) -> None:
    inputs, codebook = torch.randn(4, 3, requires_grad=True), torch.randn(6, 3, requires_grad=True)
    codes, _ = program.module().vq_st(inputs * 2, codebook)
    torch.autograd.backward(loss_of(codes + inputs.sigmoid()))
    program.observe([inputs, codebook])


SUBJECT = Subject("ritheshkumar95/pytorch-vqvae", "functions.py", _drive)
