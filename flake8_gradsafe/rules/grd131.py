"""detach_() cuts off a tensor that the same loss uses later: that share of its gradient is silently lost.

## What it does
Reports `m.detach_()` where a later use of `m` is part of a loss that is differentiated in sight, in three cases. An earlier
use of `m` is part of the same loss, so that only the later share is lost. Or the call is made for its value, as in
`y - m.detach_()`, or by a function that was given `m`, and `m` is used afterwards as if nothing had happened. Or a list or a
dict keeps `m`, and the loss reads it from there behind the loop in which its name was cut off.

## Why it is unsafe
`detach_()` changes the tensor itself, whoever holds it. The gradient that arrives is that of the earlier uses alone, or none
at all. Nothing is raised: the loss may still go down, with a wrong gradient.

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
Truncated backpropagation, which cuts between two backwards, is not reported. Nor is `m.detach_()` as a statement of its own in
the function that made `m`, without an earlier use: it is taken to be meant.

## References
- fixtures/grd131
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import LostGradient
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import DETACH_WHERE_IT_IS_CONSTANT
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule


@rule(
    "detach_-cuts-shared-node",
    on=LostGradient,
    claims=Harm.LOST_GRADIENT,
    advice=(DETACH_WHERE_IT_IS_CONSTANT,),
    yields_to="GRD125",
)
def check(event: LostGradient) -> Diagnosis | None:
    """Report a proven loss of a share of the gradient."""
    return None if event.premises else report(event)


def report(event: LostGradient) -> Diagnosis:
    """Report the call that cuts off what its loss uses, and what is assumed."""
    return Diagnosis(
        event.share.cut.place,
        f"{_HARM[event.share.used_before]} to {wording.gradients(event.leaves)}{wording.assuming(event.premises)}",
        (
            TraceMark("saved", event.share.node.place, "the node that is cut off was made here"),
            TraceMark("cut", event.share.cut.place, "cut off here, for all that is computed from it later"),
        ),
        DETACH_WHERE_IT_IS_CONSTANT,
        event.premises,
    )


#: What is said where the loss uses the node before the call, too, and where it does not.
_HARM = {
    True: "`{here}` cuts off a node that the same loss also uses before it: what is computed after it silently adds nothing",
    False: "`{here}` cuts off the tensor itself, which the loss uses later: what is computed from it silently adds nothing",
}
