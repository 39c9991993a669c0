"""A backward of what detach() or .data cut off: RuntimeError.

## What it does
Reports a `backward()` or `torch.autograd.grad` of a tensor that has no graph because `detach()`, `.data`, `item()` or
`tolist()` cut it off.

## Why it is unsafe
The loss has no graph, so that there is nothing to differentiate: PyTorch raises "element 0 of tensors does not require
grad and does not have a grad_fn".

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
c = a.sigmoid().detach()
c.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
c = a.sigmoid()
c.sum().backward()
```

## Fix safety
Removing the cut changes what is trained; no fix is applied.

## Limits
Reported only if it is known how each tensor that the loss is computed from was made; one unknown tensor, and nothing is
reported.

## References
- fixtures/grd122
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.advice import UNCUT
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("backward-through-detached", on=Raised, claims=ErrorKind.NO_GRAD, advice=tuple(UNCUT.values()))
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal whose newest cut is a detach() or `.data`."""
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on a backward whose newest cut is a detach() or `.data`; None for any other event."""
    cut = cuts.newest_of_refused(event)
    if cut is None or cut.kind not in cuts.DETACHING:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` has no graph to go through, which was cut off: {wording.raised(ErrorKind.NO_GRAD)}"
        f"{wording.assuming(event.premises)}",
        (*wording.cut_marks([cut]), *wording.read_mark(event.place, "refused here")),
        UNCUT[cut.kind],
        event.premises,
    )
