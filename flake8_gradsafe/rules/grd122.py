"""A backward of what detach() or .data cut off: RuntimeError.

## What it does
Reports a `backward()` or `torch.autograd.grad` of a tensor that has no graph because `detach()`, `.data`, `item()` or
`tolist()` cut it off.

## Why it is unsafe
There is nothing to differentiate: PyTorch raises "element 0 of tensors does not require grad and does not have a grad_fn".

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
Every leaf of the loss must have been seen being made; a loss with one unknown operand is not reported.

## References
- fixtures/grd122
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Event
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven refusal whose newest cut is a detach() or `.data`."""
    cut = cuts.newest_cut_of_refused(event)
    if cut is None or cut.kind not in cuts.DETACHING:
        return None
    return Report(
        event.place,
        "`{here}` has no graph to go through: the loss was cut off from it. RuntimeError (does not require grad)",
        (*wording.cut_marks([cut]), *wording.read_mark(event.place, "refused here")),
        "differentiate what was computed before the cut, or leave the cut out",
    )


RULE = Rule(
    code="GRD122",
    name="backward-through-detached",
    summary="A backward of what detach() or .data cut off: RuntimeError.",
    check=check,
)
