"""Every other .data write: nothing speaks for harm, but autograd is bypassed.

## What it does
Reports every write through `.data`, and every assignment to it, for which no other rule speaks: initialisation, a
manual step, a moving average, clipping. The message names the idiom and its modern spelling. Off by default.

## Why it is unsafe
As it stands, it is not. But what makes it harmless is its place in the program: if it is moved between a forward and
its backward, it makes the gradient silently wrong, where the same write under `no_grad` raises.

## Example
```python
import torch

w = torch.nn.Parameter(torch.zeros(3))
w.data.fill_(0.5)
(w**2).sum().backward()
```

## Use instead
```python
import torch

w = torch.nn.Parameter(torch.zeros(3))
torch.nn.init.constant_(w, 0.5)
(w**2).sum().backward()
```

## Fix safety
Safe where a parameter, a buffer or a gradient is evidently written: under `no_grad` the write computes the same. Else
unsafe: if an operator has saved the tensor, a backward that was silently wrong then raises. Assignments to `.data` are
left alone.

## Limits
An object's own `.data` attribute (a dataset's, a configuration's) is passed over, as far as names tell.

## References
- torch.no_grad
- fixtures/grd911
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DataWrite
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.fix_kinds import NO_GRAD
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule


@rule("data-write-untracked", on=DataWrite, fixes=(NO_GRAD,), fix_safety="either")
def check(event: DataWrite) -> Diagnosis | None:
    """Report any write through `.data` to what is evidently a tensor."""
    if not event.tensor_evident:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` writes past autograd ({event.idiom.name}): {event.idiom.advice}",
        (*wording.hop_marks(event.hops), TraceMark("written", event.place, "written here, unseen by autograd")),
    )
