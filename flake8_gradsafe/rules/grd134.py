"""A backward of what detach_() cut off: RuntimeError.

## What it does
Reports a `backward()` of a tensor all of whose graph was cut off by `detach_()`.

## Why it is unsafe
`detach_()` takes the node away from the tensor object itself, for everybody who holds it. What is computed from it later
requires no grad, and PyTorch raises "element 0 of tensors does not require grad".

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
m.detach_()
m.exp().sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
frozen = m.detach()
m.exp().sum().backward()
```

## Fix safety
No fix is applied: which of the two uses should be cut off is the author's to say.

## Limits
Every leaf of the loss must have been seen being made.

## References
- fixtures/grd134
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Event
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven refusal whose newest cut is a detach_()."""
    cut = cuts.newest_cut_of_refused(event)
    if cut is None or cut.kind is not cuts.IN_PLACE:
        return None
    return Report(
        event.place,
        "`{here}` has nothing left to go through: detach_() took the loss's graph away. RuntimeError (does not require grad)",
        (*wording.cut_marks([cut]), *wording.read_mark(event.place, "refused here")),
        "use x = x.detach() where only this name should be cut off",
    )


RULE = Rule(
    code="GRD134",
    name="detach_-then-backward",
    summary="A backward of what detach_() cut off: RuntimeError.",
    check=check,
)
