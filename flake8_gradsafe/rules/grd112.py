"""A saved tensor is overwritten through NumPy or raw storage: the gradient is silently wrong.

## What it does
Reports a write to a NumPy array, or to a raw storage, that shares memory with a tensor which an operator saved for
backward.

## Why it is unsafe
`x.detach().numpy()`, `np.asarray(x.detach())` and `x.untyped_storage()` share the tensor's memory, and have no version
counter at all: autograd cannot notice the write. Backward computes with the new values, and nothing is raised.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.exp()
array = out.detach().numpy()
array[0] = 0.0
out.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.exp()
array = out.detach().numpy().copy()
array[0] = 0.0
out.sum().backward()
```

## Fix safety
Safe where nobody reads the original after the write; else unsafe, for the original no longer changes with the copy. No
fix for raw storage.

## Limits
Arrays that reach code out of sight are not followed.

## References
- torch.Tensor.numpy: "the returned ndarray and the tensor share the same storage"
- fixtures/grd112
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.fix_kinds import COPY
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "numpy-write-corrupts-gradient",
    on=Corrupted,
    claims=Harm.WRONG_GRADIENT,
    advice=corrupted.UNSHARED,
    fixes=(COPY,),
    fix_safety="either",
)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a proven corruption by a write through NumPy."""
    if event.premises or event.stale_save.write.via is not Via.NUMPY:
        return None
    corruption = event.stale_save
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, {corrupted.memory(corruption.write)}: "
        f"{wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        corrupted.unshared(corruption.write, corruption.save),
        subjects=corrupted.subjects(corruption.write, event.place),
    )
