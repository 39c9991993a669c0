"""Model-agnostic meta-learning: gradients through gradient steps."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import options


def _drive(program: Program) -> None:
    config = [
        ("conv2d", [4, 1, 3, 3, 2, 0]), ("relu", [True]), ("bn", [4]), ("flatten", []), ("linear", [3, 4 * 6 * 6]),
    ]  # fmt: skip
    settings = options(
        update_lr=0.1, meta_lr=1e-3, n_way=3, k_spt=1, k_qry=2, task_num=2, update_step=3, update_step_test=2, imgc=1,
        imgsz=14,
    )  # fmt: skip
    meta = program.module().Meta(settings, config)
    labels = torch.tensor([[0, 1, 2]] * 2)
    for _ in range(2):
        meta(torch.rand(2, 3, 1, 14, 14), labels, torch.rand(2, 3, 1, 14, 14), labels)


SUBJECT = Subject("dragen1860/MAML-Pytorch", "meta.py", _drive)
