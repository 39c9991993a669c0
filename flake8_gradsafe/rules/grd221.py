"""An in-place write through detach() to a tensor that a caller may differentiate, or that is used again.

## What it does
Reports an in-place write through the result of `detach()` where an operator saved the tensor and the result is
returned, or where the tensor itself is used again after the write.

## Why it is unsafe
`detach()` shares the memory: a write to its result changes the original too. A caller's backward is then refused, "one
of the variables needed for gradient computation has been modified by an inplace operation", or later code computes with
values that nobody meant to change.

## Example
```python
import torch

weight = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
hidden = weight * 2
c = hidden.detach()
c.mul_(0.5)
loss = (hidden**2).sum()
```

A caller that differentiates the loss:
```python
loss.backward()
```

## Use instead
```python
import torch

weight = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
hidden = weight * 2
c = hidden.detach().clone()
c.mul_(0.5)
loss = (hidden**2).sum()
```

## Fix safety
Safe where nobody reads the original after the write; else unsafe, for the original no longer changes with the copy.

## Limits
Only tensors that surely require grad are reported for being used again.

## References
- fixtures/grd221
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised, SharedWrite
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.advice import WRITE_A_COPY, Subject
from flake8_gradsafe.rules.fix_kinds import COPY
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.modified import MAY_RAISE, modified, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "detach-write",
    on=(SharedWrite, Raised),
    claims=(ErrorKind.MODIFIED, Harm.WRONG_VALUE),
    advice=corrupted.COPIED_OR_MOVED,
    fixes=(COPY,),
    fix_safety="either",
)
def check(event: SharedWrite | Raised) -> Diagnosis | None:
    """Report a write through detach() with one premise."""
    if isinstance(event, SharedWrite):
        return _shared(event) if is_suspect(event.premises, 2 if event.in_forward else 1) else None
    found = modified(event)
    if found is None or found.write.via is not Via.DETACH:
        return None
    # That a caller differentiates the result says already that it requires grad.
    assumed = event.premises - {Premise.REQUIRES_GRAD} if event.place is None else event.premises
    if not is_suspect(assumed) or Premise.REQUIRES_GRAD in assumed:
        return None
    how = "overwrites {saved}, through `detach()`"
    return overwritten(found, event, how, MAY_RAISE, corrupted.copied_or_moved(found.save))


def _shared(event: SharedWrite) -> Diagnosis:
    return Diagnosis(
        event.place,
        "`{here}` also changes the tensor that was detached: they share memory, and it is used again",
        (
            *wording.hop_marks(event.hops),
            TraceMark("written", event.place, "overwritten here"),
            TraceMark("read", event.used_at, "the changed value is used here"),
        ),
        WRITE_A_COPY,
        event.premises,
        (("tensor", Subject(event.hops[-1].place if event.hops else event.place)),),
    )
