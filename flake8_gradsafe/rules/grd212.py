"""A write through NumPy to what an operator saved, with one premise assumed.

## What it does
Reports a write to a NumPy array or a raw storage that shares memory with a tensor which an operator saved, where one
premise is assumed: mostly that a caller differentiates the result.

## Why it is unsafe
No version counter counts the write. If backward reads the memory, the gradient is silently wrong.

## Example
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def gate(x):
    out = torch.sigmoid(x * scale)
    array = out.detach().numpy()
    array[:] = 0.0
    return out
```

A caller that differentiates the result:
```python
gate(torch.tensor([1.0, 2.0, 3.0])).sum().backward()
```

## Use instead
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def gate(x):
    out = torch.sigmoid(x * scale)
    array = out.detach().numpy().copy()
    array[:] = 0.0
    return out
```

## Fix safety
Safe where nobody reads the original after the write; else unsafe, for the original no longer changes with the copy. No
fix for raw storage.

## Limits
Arrays that reach code out of sight are not followed.

## References
- fixtures/grd212
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.corrupted import suspect
from flake8_gradsafe.rules.fix_kinds import COPY
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "numpy-write",
    on=Corrupted,
    claims=Harm.WRONG_GRADIENT,
    advice=corrupted.UNSHARED,
    fixes=(COPY,),
    fix_safety="either",
)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a corruption through NumPy with one premise."""
    if event.stale_save.write.via is not Via.NUMPY or not suspect(event):
        return None
    corruption = event.stale_save
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, {corrupted.memory(corruption.write)}: "
        f"{wording.gradients(event.leaves)} may be silently wrong{wording.assuming(event.premises, corruption.node)}",
        wording.corruption_trace(corruption, event.place),
        corrupted.unshared(corruption.write, corruption.save),
        event.premises,
        subjects=corrupted.subjects(corruption.write, event.place),
    )
