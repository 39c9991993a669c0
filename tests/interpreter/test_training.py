"""Who runs backward: frameworks differentiate what they are given, and what some methods return."""

from __future__ import annotations

import pytest

from flake8_gradsafe.engine import check

OVERWRITTEN = """
    out = torch.sigmoid(layer(batch))
    loss = out.sum()
    out.data.zero_()
"""
STEP = f"""
import torch
from torch import nn

layer = nn.Linear(3, 1)


def step({{parameters}}):
    batch = torch.randn(2, 3)
{OVERWRITTEN}    {{backward}}
"""
RUN_BACKWARD = {
    "accelerate": ("import accelerate\naccelerator = accelerate.Accelerator()\n", "accelerator.backward(loss)"),
    "fabric": ("from lightning.fabric import Fabric\nfabric = Fabric()\n", "fabric.backward(loss)"),
    "deepspeed": ("import deepspeed\nengine, *_ = deepspeed.initialize(model=None)\n", "engine.backward(loss)"),
    "scaler": ("import torch\nscaler = torch.amp.GradScaler('cpu')\n", "scaler.scale(loss).backward()"),
}
METHODS = {
    "lightning": ("import pytorch_lightning as pl\n", "pl.LightningModule", "training_step"),
    "trainer": ("from transformers import Trainer\n", "Trainer", "compute_loss"),
}


def _codes(source: str) -> list[str]:
    return [finding.code for finding in check(source) if not finding.code.startswith("GRD9")]


@pytest.mark.parametrize("name", RUN_BACKWARD)
def test_framework_runs_backward(name: str) -> None:
    head, backward = RUN_BACKWARD[name]
    assert _codes(head + STEP.format(parameters="", backward=backward)) == ["GRD111"]


@pytest.mark.parametrize("name", METHODS)
def test_framework_differentiates_what_a_method_returns(name: str) -> None:
    head, base, method = METHODS[name]
    written = OVERWRITTEN.replace("layer(", "self.layer(").replace("\n    ", "\n        ")
    source = f"""{head}
import torch
from torch import nn


class Net({base}):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def {method}(self, batch):{written.rstrip()}
        return loss
"""
    assert _codes(source) == ["GRD111"]
    assert _codes(source.replace(method, "predict")) == ["GRD211"]


def test_a_call_that_writes_is_in_the_trace() -> None:
    source = """
import torch


def clear(tensor):
    tensor.data.zero_()


a = torch.ones(3, requires_grad=True)
out = a.sigmoid()
clear(out)
out.sum().backward()
"""
    (finding,) = check(source)
    assert (finding.code, finding.line) == ("GRD111", 6)
    assert [(step.role, step.location.line) for step in finding.trace] == [
        ("saved", 10),
        ("aliased", 6),
        ("called", 11),
        ("written", 6),
        ("read", 12),
    ]


def test_a_checkpointed_function_keeps_nothing_that_is_checked() -> None:
    source = """
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

layer = nn.Linear(3, 3)


def block(x):
    return torch.sigmoid(layer(x))


x = torch.randn(2, 3, requires_grad=True)
out = checkpoint(block, x, use_reentrant=False)
loss = out.sum()
with torch.no_grad():
    layer.bias.mul_(0.5)
loss.backward()
"""
    assert _codes(source) == ["GRD114"]  # nothing is refused: the second run computes with the new bias, unseen


CLIPPED = """import torch
from accelerate import Accelerator
accelerator = Accelerator()
net = torch.nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net, opt = accelerator.prepare(net, opt)
for x in torch.ones(3, 2, 4):
    loss = net(x).square().mean()
    accelerator.backward(loss)
    {first}
    {then}
    opt.zero_grad()
"""


def test_a_framework_clips_gradients() -> None:
    clip, step = "accelerator.clip_grad_norm_(net.parameters(), 1.0)", "opt.step()"
    assert _codes(CLIPPED.format(first=clip, then=step)) == []
    assert _codes(CLIPPED.format(first=step, then=clip)) == ["GRD176"]
