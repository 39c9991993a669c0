"""The .grad is read of a tensor that was detached, or that no backward has reached: it is None.

## What it does
Reports `x.grad` where `x` is the result of `detach()` or `.data` and was never made a leaf that requires grad. And it reports
`x.grad` of a leaf behind a backward in sight that did not reach the leaf, since the loss was computed from a copy of it, or
from something else.

## Why it is unsafe
No backward has filled it. Code that reads it gets None, and may take a branch for "no gradient yet" without a word.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
x = a.detach()
(x * a).sum().backward()
print(x.grad)
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
x = a.detach().requires_grad_()
(x * a).sum().backward()
print(x.grad)
```

## Fix safety
Whether `x` should be a leaf, or should not be detached, the linter cannot know. No fix is applied automatically.

## Limits
A gradient that the program assigns itself is seen in the same body only. Parameters of modules are left out of the second
case: some of them often have no gradient.

## References
- fixtures/grd123
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import GradOfDetached, GradOfUnreached
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

_MAKE_IT_A_LEAF = Advice("call `requires_grad_()` on it before the loss is computed from it; or do not detach it")


_DIFFERENTIATE_IT = Advice("compute the loss from this tensor, or read the gradient of the one it was computed from")


@rule(
    "grad-of-detached",
    on=(GradOfDetached, GradOfUnreached),
    claims=Harm.NO_GRADIENT,
    advice=(_MAKE_IT_A_LEAF, _DIFFERENTIATE_IT),
)
def check(event: GradOfDetached | GradOfUnreached) -> Diagnosis | None:
    """Report a gradient that never comes, or has not come."""
    if event.premises:
        return None
    if isinstance(event, GradOfUnreached):
        return Diagnosis(
            event.place,
            "`{here}` is None: no backward before it has reached this tensor",
            (TraceMark("made", event.made, "the leaf was made here"),),
            _DIFFERENTIATE_IT,
        )
    return Diagnosis(
        event.place,
        "`{here}` is always None: the tensor was detached, and does not require grad",
        (TraceMark("cut", event.cut, "cut off from the graph here"),),
        _MAKE_IT_A_LEAF,
    )
