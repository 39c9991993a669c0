"""The .grad of a detached tensor is read: it is always None.

## What it does
Reports `x.grad` where `x` is the result of `detach()` or `.data` and was never made a leaf that requires grad.

## Why it is unsafe
No backward ever fills it. Code that reads it gets None, and may take a branch for "no gradient yet" without a word.

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
A gradient that the program assigns itself is seen in the same body only.

## References
- fixtures/grd123
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import GradOfDetached
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

_MAKE_IT_A_LEAF = Advice("call `requires_grad_()` on it before the loss is computed from it; or do not detach it")


@rule("grad-of-detached", on=GradOfDetached, claims=Harm.NO_GRADIENT, advice=(_MAKE_IT_A_LEAF,))
def check(event: GradOfDetached) -> Diagnosis | None:
    """Report a gradient that never comes."""
    if event.premises:
        return None
    return Diagnosis(
        event.place,
        "`{here}` is always None: the tensor was detached, and does not require grad",
        (TraceMark("cut", event.cut, "cut off from the graph here"),),
        _MAKE_IT_A_LEAF,
    )
