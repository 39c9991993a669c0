"""An incoming gradient is edited in place, and another branch shares it: that branch's gradient is silently wrong.

## What it does
Reports an in-place write to the gradient that a custom Function's backward or a hook receives, where an operator in
sight hands the same gradient to another branch.

## Why it is unsafe
An addition hands one and the same gradient to both of its operands. Backward goes through the node that was made last
first: what that one writes to the gradient, the other one then reads as its own. Nothing is raised.

## Example
```python
import torch


class Halve(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 0.5

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.mul_(0.5)


a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([1.0, 2.0], requires_grad=True)
doubled = b * 2
total = doubled + Halve.apply(a)
loss = (total * torch.tensor([1.0, 3.0])).sum()
loss.backward()
```

## Use instead
```python
import torch


class Halve(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 0.5

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * 0.5


a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([1.0, 2.0], requires_grad=True)
doubled = b * 2
total = doubled + Halve.apply(a)
loss = (total * torch.tensor([1.0, 3.0])).sum()
loss.backward()
```

## Fix safety
Safe where the gradient is returned under its own name: the out-of-place spelling returns the same. Unsafe where an
alias of it is made before.

## Limits
Where it is not in sight whether another branch shares the gradient, the finding is GRD245. A branch whose node was made
later is not affected, because backward has gone through it before the write. Neither is a leaf that only the addition
uses.

## References
- PyTorch's notes on extending autograd
- fixtures/grd145
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import GradientEdited
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import RETURN_A_NEW_GRADIENT
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule


@rule(
    "gradient-edited-in-place",
    on=GradientEdited,
    claims=Harm.WRONG_VALUE,
    advice=(RETURN_A_NEW_GRADIENT,),
    fixes=(OUT_OF_PLACE,),
    fix_safety="either",
)
def check(event: GradientEdited) -> Diagnosis | None:
    """Report a write to a gradient that is seen to be shared."""
    if event.shared_with is None or event.premises:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` edits the gradient that this {event.source} receives in place, and another branch gets the same one: "
        "that branch's gradient will be silently wrong",
        (
            wording.shared_gradient_mark(event.shared_with),
            TraceMark("written", event.place, "edited here, for both of them"),
        ),
        RETURN_A_NEW_GRADIENT,
    )
