"""A vector-quantised autoencoder, with a codebook that is a moving average."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import train_once


def _drive(program: Program) -> None:
    model = program.module().VQVAE(channel=8, n_res_block=1, n_res_channel=4, embed_dim=4, n_embed=6)
    train_once(program, model, torch.rand(2, 3, 16, 16))


SUBJECT = Subject("rosinality/vq-vae-2-pytorch", "vqvae.py", _drive)
