"""A module's state is overwritten through .data between its use and backward: the gradient is silently wrong.

## What it does
Reports an in-place write through `.data`, or an assignment to it, to a module's parameter or buffer that an operator
saved, where a backward in sight reads it after the write. That may take two calls: what the first one saved, the second
one overwrites before the one backward of both.

## Why it is unsafe
The state has one memory for all calls of the module, and `.data` does not move the version counter that autograd
checks. Backward takes the new state for that of the forward. Nothing is raised, and the value of the loss is right:
only the gradient is wrong.

## Example
```python
import torch
from torch import nn

layer = nn.Linear(3, 2)
x = torch.ones(3, requires_grad=True)
loss = layer(x).sum()
layer.weight.data.mul_(0.5)
loss.backward()
```

## Use instead
```python
import torch
from torch import nn

layer = nn.Linear(3, 2)
x = torch.ones(3, requires_grad=True)
loss = layer(x).sum()
loss.backward()
with torch.no_grad():
    layer.weight.mul_(0.5)
```

Where forward itself writes the state, let it compute with a copy: `x * self.scale.clone()`.

## Fix safety
A copy gives backward the values that the forward computed with. Where a write belongs, the linter cannot know. No fix
is applied automatically.

## Limits
A write that is out of order only if the module runs twice before one backward, or only if a caller differentiates the
result, is GRD214.

## References
- fixtures/grd114
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("state-write-corrupts-gradient", on=Corrupted, claims=Harm.WRONG_GRADIENT, advice=corrupted.KEPT_OR_MOVED)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a proven corruption by a write to a module's state."""
    if event.premises or not event.state:
        return None
    corruption = event.stale_save
    if corruption.write.via not in corrupted.HANDLES | {Via.SET_DATA, Via.PLAIN}:
        return None
    when = "when forward runs again before backward" if event.twice else "before its backward"
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, a module's state, unseen by autograd, "
        f"{when}: {wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        corrupted.kept_or_moved(event),
        subjects=corrupted.subjects(corruption.write, event.place),
    )
