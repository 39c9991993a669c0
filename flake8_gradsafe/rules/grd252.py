"""Two backwards through one forward of a model out of sight.

## What it does
Reports what GRD152 reports, where the model's code is in another file, or the function is given the model: two losses are
computed of one forward and differentiated one after the other, or one loss is differentiated twice. And where a loop carries a
state over, and begins it anew under conditions only, it reports the backward that comes by it to the graph of the round before.
What a module adds up in an attribute and gives back in its loss is reported if nothing begins the sum anew.

## Why it is unsafe
The first backward frees what the forward has saved. PyTorch raises "Trying to backward through the graph a second time".

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    outputs = model(inputs)
    fit = F.mse_loss(outputs, targets)
    fit.backward()
    penalty = outputs.abs().mean()
    penalty.backward()
    optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_step(model, optimizer, torch.ones(4, 2), torch.ones(4, 1))
```

## Use instead
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    outputs = model(inputs)
    fit = F.mse_loss(outputs, targets)
    penalty = outputs.abs().mean()
    (fit + penalty).backward()
    optimizer.step()
```

## Fix safety
Which of the ways is meant the linter cannot know. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd252
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.interpreter.events import KeptGraph, Raised
from flake8_gradsafe.rules import grd152, wording
from flake8_gradsafe.rules.advice import COMPUTE_ANEW, Advice
from flake8_gradsafe.rules.graph_of_earlier_round import DETACH_EACH_ROUND
from flake8_gradsafe.rules.grd152 import ANEW_OR_RETAIN
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import assumes_path, assumes_training

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import Node

KEEP_DETACHED = Advice("keep the tensor without its graph, by `detach()`, or compute it in each call anew")


@rule(
    "backward-may-run-twice",
    on=(Raised, KeptGraph),
    claims=ErrorKind.FREED,
    advice=(DETACH_EACH_ROUND, COMPUTE_ANEW, ANEW_OR_RETAIN, KEEP_DETACHED),
)
def check(event: Raised | KeptGraph) -> Diagnosis | None:
    """Report a second backward that assumes that the model is trained, or that each call of a forward is differentiated."""
    if isinstance(event, KeptGraph):
        return _report_kept(event) if Premise.PATH not in event.premises else None
    takes_a_way_back = event.each_round and bool(event.carried) and assumes_path(event.premises)
    if not takes_a_way_back and not assumes_training(event.premises, passing=event.surely_reached):
        return None
    return grd152.report(event)


def _report_kept(event: KeptGraph) -> Diagnosis:
    node = [] if event.node is None else [TraceMark("saved", event.node.place, _made_by(event.node))]
    assumed = event.premises - {Premise.REQUIRES_GRAD, Premise.PASSES, Premise.IS_TENSOR}
    return Diagnosis(
        event.place,
        f"`{{here}}` is kept in `self.{event.attribute}` with its graph: the backward of one call frees that, and the backward "
        f"of the next comes to it: {wording.raised(ErrorKind.FREED)}{wording.assuming(assumed)}",
        tuple(node),
        KEEP_DETACHED,
        event.premises,
    )


def _made_by(node: Node) -> str:
    return f"{wording.operator(node)} made its node here"
