"""A saved tensor is overwritten through .data: the gradient is silently wrong.

## What it does
Reports an in-place write through `.data` to memory that an operator saved for backward, where a backward in sight reads
it after the write. It reports the mirror image as well: the operator saved a tensor through `.data`, and the write goes to the
tensor itself.

## Why it is unsafe
`.data` gives a second tensor on the same memory, with a version counter of its own. Before backward reads a saved
tensor, autograd checks that the saved tensor's counter has not moved. A write through `.data` does not move it, so that
backward computes with the new values, and nothing is raised.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out.data.zero_()
out.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
c = out.detach().clone()
c.zero_()
out.sum().backward()
```

## Fix safety
Safe where nobody reads the original after the write; else unsafe, for the original no longer changes with the copy. A
write to a computed tensor's own `.data` is written out of place, and is unsafe where the tensor is read below: what is
computed from it is then differentiated through the change too. A leaf is left alone: its write belongs below the
backward.

## Limits
What backward reads of a saved tensor (its value, its sign, only its shape) is measured; a write that may leave that as
it was (a clamp, a mask) is GRD211. A module's own parameters and buffers are GRD114.

## References
- PyTorch's notes on autograd mechanics, "In-place correctness checks"
- fixtures/grd111
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.fix_kinds import COPY, OUT_OF_PLACE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "data-write-corrupts-gradient",
    on=Corrupted,
    claims=Harm.WRONG_GRADIENT,
    advice=corrupted.COPIED_OR_MOVED,
    fixes=(
        COPY,
        OUT_OF_PLACE,
    ),
    fix_safety="either",
)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a proven corruption by a write through `.data`."""
    if event.premises or event.state:
        return None
    corruption = event.stale_save
    if corruption.write.via not in corrupted.HANDLES | {Via.PLAIN}:
        return None
    how = "whose version counter it does not move" if corruption.write.via is Via.PLAIN else "through `.data`"
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, {how}: "
        f"{wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        corrupted.copied_or_moved(corruption.save),
        subjects=corrupted.subjects(corruption.write, event.place),
    )
