"""A module's state is overwritten through .data where it is used differentiably, with one premise assumed.

## What it does
Reports a write through `.data`, or an assignment to it, to a module's parameter or buffer that an operator saved, where
one premise is assumed: mostly that a caller differentiates what forward returns, or that the module runs twice before
one backward.

## Why it is unsafe
The state has one memory for all calls of the module. If backward comes after the write, or after the write of a second
call, it takes the new state for that of the forward, and the gradient is silently wrong.

## Example
```python
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(3))

    def forward(self, x):
        out = x * self.scale
        self.scale.data.mul_(0.5)
        return out
```

A caller that differentiates the result:
```python
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
Scale()(x).sum().backward()
```

## Use instead
```python
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(3))

    def forward(self, x):
        out = x * self.scale.clone()
        with torch.no_grad():
            self.scale.mul_(0.5)
        return out
```

## Fix safety
A copy gives backward the values that the forward computed with. No fix is applied automatically.

## Limits
State that no differentiable operator uses (counters, running statistics in training mode) is GRD911.

## References
- fixtures/grd214
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.corrupted import suspect
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("state-write", on=Corrupted, claims=Harm.WRONG_GRADIENT, advice=corrupted.KEPT_OR_MOVED)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a corruption by a write to a module's state, with one premise."""
    if not event.state or not suspect(event):
        return None
    corruption = event.stale_save
    if not corrupted.is_unseen(event):
        return None
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, a module's state, unseen by autograd: "
        f"{wording.gradients(event.leaves)} may be silently wrong{wording.assuming(event.premises, corruption.node)}",
        wording.corruption_trace(corruption, event.place),
        corrupted.kept_or_moved(event),
        event.premises,
        corrupted.subjects(corruption.write, event.place),
    )
