"""A node is used before and after detach_(): the later share of its gradient is silently lost.

## What it does
Reports `m.detach_()` where a backward in sight reaches `m`'s node through an earlier use, while a later use of `m` in
the same loss was cut off by the call.

## Why it is unsafe
The gradient that arrives is that of the earlier uses alone. It is not zero, and nothing is raised: the loss may still
go down, with a wrong gradient.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
first = m.exp().sum()
m.detach_()
second = (m**2).sum()
(first + second).backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
first = m.exp().sum()
second = (m**2).sum()
(first + second).backward()
```

## Fix safety
No fix is applied: if the later use is meant to be a constant, write `m.detach()` there.

## Limits
Only one backward that reaches both uses is reported: truncated backpropagation, which cuts between two backwards, is
not.

## References
- fixtures/grd131
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import LostGradient
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import DETACH_WHERE_IT_IS_CONSTANT
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule


@rule("detach_-cuts-shared-node", on=LostGradient, claims=Harm.LOST_GRADIENT, advice=(DETACH_WHERE_IT_IS_CONSTANT,))
def check(event: LostGradient) -> Diagnosis | None:
    """Report a proven loss of a share of the gradient."""
    if event.premises:
        return None
    return Diagnosis(
        event.share.cut.place,
        "`{here}` cuts off a node that the same loss also uses before it: what is computed after it silently adds nothing "
        f"to {wording.gradients(event.leaves)}",
        (
            TraceMark("saved", event.share.node.place, "the node that is cut off was made here"),
            TraceMark("cut", event.share.cut.place, "cut off here, for all that is computed from it later"),
        ),
        DETACH_WHERE_IT_IS_CONSTANT,
    )
