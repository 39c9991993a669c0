"""A leaf may be moved to another device or dtype, and what is moved is taken for the leaf.

## What it does
Reports what GRD177 reports, of a tensor that `to(…)` or `cuda()` has made of a leaf, where the device or the dtype is not in
sight. And the `.grad` of a view of a parameter, where the model is made out of sight.

## Why it is unsafe
`to(…)` gives the leaf itself where nothing is to be changed, and a computed tensor else. The program works on the machine where
it was written, on the processor, and on another one the gradient is None, or the optimizer raises a ValueError
"can't optimize a non-leaf Tensor".

## Example
```python
import torch


def moved(dtype):
    x = torch.ones(3, requires_grad=True).to(dtype)
    x.pow(2).sum().backward()
    direction = x.grad
    return x.detach() if direction is None else x.detach() - direction
```

A caller that trains a model by it:
```python
import torch

result = moved(torch.float64)
```

## Use instead
```python
import torch


def moved(dtype):
    x = torch.ones(3).to(dtype).requires_grad_()
    x.pow(2).sum().backward()
    direction = x.grad
    return x.detach() if direction is None else x.detach() - direction
```

## Fix safety
Which of the two tensors is meant the linter cannot know. No fix is applied automatically.

## Limits
The processor written out, as in `to("cpu")`, is no other device. What was told to keep its gradient is not reported, nor what
code out of sight was given, which may have told it so.

## References
- fixtures/grd277
- torch.Tensor.to
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import TakenForLeaf
from flake8_gradsafe.rules import grd177
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "moved-tensor-taken-for-leaf",
    on=TakenForLeaf,
    claims=Harm.NO_GRADIENT,
    advice=(grd177.KEEP_OR_MAKE_LEAF, grd177.READ_IT_OF_THE_LEAF, grd177.HAND_OVER_THE_LEAF),
)
def check(event: TakenForLeaf) -> Diagnosis | None:
    """Report a leaf that may be moved, if the gradient of what is moved is expected."""
    return grd177.report(event) if is_suspect(event.premises) else None
