"""An in-place write to a saved tensor breaks a backward: RuntimeError.

## What it does
Reports an in-place operator on a tensor that another operator saved for backward, where a backward in sight is refused
because of it.

## Why it is unsafe
Every in-place operator moves the version counter of what it writes, also under `no_grad` and also if it writes only a
part. Backward finds that the counter has moved and raises "one of the variables needed for gradient computation has
been modified by an inplace operation", far from the line that is to blame.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out += 1
out.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out = out + 1
out.sum().backward()
```

## Fix safety
Safe where the name alone holds the tensor; else unsafe, for whoever else holds it keeps it as it was. No fix where the
operator has no out-of-place form, where only a part of a tensor is written, and under `no_grad`.

## Limits
What an operator saves depends on which of its inputs require grad. Where that is not known, nothing is reported as
proven.

## References
- PyTorch's notes on autograd mechanics, "In-place correctness checks"
- fixtures/grd141
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.modified import ADVICE, WILL_RAISE, modified, out_of_place, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "inplace-on-saved-tensor",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=ADVICE,
    fixes=(OUT_OF_PLACE,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal that an ordinary in-place write is to blame for."""
    found = modified(event)
    if found is None or event.premises or not found.is_plain:
        return None
    return overwritten(found, event, "overwrites {saved}, in place", WILL_RAISE, out_of_place(found))
