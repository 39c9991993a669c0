"""An in-place write through a detach() result breaks a backward: RuntimeError.

## What it does
Reports an in-place write through the result of `detach()` to a tensor that an operator saved, where a backward in sight
is refused because of it.

## Why it is unsafe
`detach()` gives a tensor that shares the memory and the version counter. The write moves the counter, and backward
raises "one of the variables needed for gradient computation has been modified by an inplace operation", far from the
line that is to blame.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
c = out.detach()
c.zero_()
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
write to `x.detach()` as a statement is left alone.

## Limits
Only writes that the program itself makes; what code out of sight writes is not assumed.

## References
- torch.Tensor.detach: "in-place modifications on either of them will be seen"
- fixtures/grd121
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import corrupted
from flake8_gradsafe.rules.fix_kinds import COPY
from flake8_gradsafe.rules.modified import WILL_RAISE, modified, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "detach-write-breaks-backward",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=corrupted.COPIED_OR_MOVED,
    fixes=(COPY,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal that a write through detach() is to blame for."""
    found = modified(event)
    if found is None or event.premises or found.write.via is not Via.DETACH:
        return None
    return overwritten(
        found, event, "overwrites {saved}, through `detach()`", WILL_RAISE, corrupted.copied_or_moved(found.save)
    )
