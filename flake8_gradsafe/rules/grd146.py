"""A custom Function writes what it saved before its forward is over: the gradient is silently wrong.

## What it does
Reports an in-place write, in the forward of a custom `torch.autograd.Function`, to a tensor that the same forward gave
to `ctx.save_for_backward`, or kept as an attribute of `ctx`.

## Why it is unsafe
PyTorch takes the version of what was saved when forward returns. A write between `save_for_backward` and the return
happens before that: it is not noticed, and backward computes with the new values. What is kept as an attribute of `ctx`
is not checked at all.

## Example
```python
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 1.0
        ctx.save_for_backward(y)
        result = y**2
        y.zero_()
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return 2 * y * grad_output


a = torch.tensor([1.0, 2.0], requires_grad=True)
loss = Square.apply(a).sum()
loss.backward()
```

## Use instead
```python
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 1.0
        ctx.save_for_backward(y)
        result = y**2
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return 2 * y * grad_output


a = torch.tensor([1.0, 2.0], requires_grad=True)
loss = Square.apply(a).sum()
loss.backward()
```

## Fix safety
No fix is applied: if backward is written for the new values, the right thing is to save them below the write.

## Limits
A write by the caller, after forward has returned, is not this rule's: PyTorch checks what was given to
`save_for_backward` then.

## References
- PyTorch's notes on extending autograd
- fixtures/grd146
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import SavedThenWritten
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

_COPY_OR_SAVE_LATER = Advice(
    "bind a copy to a name, made by `.clone()`, and write to that; if backward should read the new value, keep that one instead"
)


@rule("function-saves-then-writes", on=SavedThenWritten, claims=Harm.WRONG_VALUE, advice=(_COPY_OR_SAVE_LATER,))
def check(event: SavedThenWritten) -> Diagnosis | None:
    """Report a write that comes between the saving and the end of forward."""
    if event.premises:
        return None
    whom = f"`{event.what}`" if event.what else "a tensor"
    return Diagnosis(
        event.place,
        f"`{{here}}` overwrites {whom}, which was kept for backward, before forward is over: "
        "the write is not noticed, and backward will silently read the new value",
        (
            TraceMark(
                "saved", event.saved_at, "kept here for backward; a version is taken when forward returns, if at all"
            ),
            TraceMark("written", event.place, "overwritten here, unseen by autograd"),
        ),
        _COPY_OR_SAVE_LATER,
    )
