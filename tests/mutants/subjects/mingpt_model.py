"""A small GPT."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    module = program.module("mingpt")
    config = module.GPT.get_default_config()
    config.merge_from_dict({"model_type": None, "n_layer": 2, "n_head": 2, "n_embd": 8, "vocab_size": 11})
    config.merge_from_dict({"block_size": 6, "embd_pdrop": 0.0, "resid_pdrop": 0.0, "attn_pdrop": 0.0})
    words = torch.arange(12).view(2, 6) % 11
    model = module.GPT(config).double()
    model(words, words.flip(0))[1].backward()
    program.observe(model.parameters())


SUBJECT = Subject("karpathy/minGPT", "mingpt/model.py", _drive)
