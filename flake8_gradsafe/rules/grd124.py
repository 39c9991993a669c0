"""What was cut off from its graph is made a leaf and differentiated: nothing ever learns.

## What it does
Reports `x.requires_grad = True`, `torch.tensor(x.item(), requires_grad=True)`, `nn.Parameter(x)` and their kin on what
was computed and then cut off, where a backward in sight ends at it and nobody reads its gradient or steps it.

## Why it is unsafe
The backward runs, and ends at the new leaf. The tensors that the value was computed from get no gradient, so that
nothing is trained, and nothing is raised.

## Example
```python
import torch
from torch.autograd import Variable

w = torch.ones(3, requires_grad=True)
loss = Variable((w**2).sum().data, requires_grad=True)
loss.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
loss = (w**2).sum()
loss.backward()
```

## Fix safety
No fix is applied automatically.

## Limits
If the new leaf's `.grad` is read, or an optimizer holds it, it was meant to be a leaf, and nothing is reported.

## References
- fixtures/grd124
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Rewrapped
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

DIFFERENTIATE_IT_ITSELF = Advice(
    "differentiate the computed tensor itself, without `detach()`, `.data` or `item()`, and without making a new leaf of it"
)


@rule("loss-rewrapped", on=Rewrapped, claims=Harm.NO_GRADIENT, advice=(DIFFERENTIATE_IT_ITSELF,))
def check(event: Rewrapped) -> Diagnosis | None:
    """Report a leaf that keeps gradients from what it was computed from."""
    return None if event.premises else report(event)


def report(event: Rewrapped) -> Diagnosis:
    """The report on a leaf that keeps gradients from what it was computed from."""
    return Diagnosis(
        event.place,
        "`{here}` makes a leaf of a value that was cut off from its graph: backward ends here, and nothing before it learns"
        f"{wording.assuming(event.premises)}",
        (
            TraceMark("cut", event.cut, "cut off from the graph here"),
            *wording.read_mark(event.backward, "differentiated here"),
        ),
        DIFFERENTIATE_IT_ITSELF,
        event.premises,
    )
