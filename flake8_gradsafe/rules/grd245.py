"""An incoming gradient is edited in place, which is silently wrong where another branch shares it.

## What it does
Reports an in-place write to the gradient that a custom Function's backward or a hook receives, where it is not in sight
whether another branch gets the same gradient.

## Why it is unsafe
An addition hands one and the same gradient to both of its operands, and views hand it on. As soon as the result is
added to anything (a residual connection is enough), the write reaches the gradient of the other operand too, and
nothing is raised. If the gradient is an expanded one, as `sum()` makes it, the write raises a RuntimeError.

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
```

A caller that adds the result to something else:
```python
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([1.0, 2.0], requires_grad=True)
doubled = b * 2
total = doubled + Halve.apply(a)
(total * torch.tensor([1.0, 3.0])).sum().backward()
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
```

## Fix safety
Safe where the gradient is returned under its own name: the out-of-place spelling returns the same. Unsafe where an
alias of it is made before.

## Limits
Gradients that were accumulated already (`p.grad` after backward) belong to the leaf alone and are not reported.

## References
- PyTorch's notes on extending autograd
- fixtures/grd245
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.events import GradientEdited
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import RETURN_A_NEW_GRADIENT
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "gradient-edit-may-be-shared",
    on=GradientEdited,
    claims=Harm.WRONG_VALUE,
    advice=(RETURN_A_NEW_GRADIENT,),
    fixes=(OUT_OF_PLACE,),
    fix_safety="either",
)
def check(event: GradientEdited) -> Diagnosis | None:
    """Report a write to a gradient that may be shared, with one premise."""
    unseen = frozenset({Premise.SHARES_GRADIENT}) if event.shared_with is None else frozenset()
    premises = event.premises | unseen
    if not is_suspect(premises):
        return None
    shared = () if event.shared_with is None else (wording.shared_gradient_mark(event.shared_with),)
    return Diagnosis(
        event.place,
        f"`{{here}}` edits the gradient that this {event.source} receives in place: "
        f"the gradient of whoever shares it may be silently wrong{wording.assuming(premises)}",
        (*shared, TraceMark("written", event.place, "edited here, for all who get the same gradient")),
        RETURN_A_NEW_GRADIENT,
        premises,
    )
