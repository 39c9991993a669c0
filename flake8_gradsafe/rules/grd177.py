"""The .grad of a computed tensor is read, or an optimizer is given one: only leaves keep their gradient.

## What it does
Reports `x.grad` where `x` was computed from a tensor that requires grad, behind a backward through it, unless `retain_grad()`
was called or a hook may keep the gradient. It also reports the `.grad` of a view of a leaf, where a backward has computed
the leaf's gradient: `w = p.view(n, -1)`, then `w.grad`. And it reports `SGD([x])`, of any optimizer, where `x` is computed.

## Why it is unsafe
Backward stores gradients in leaves alone. `x.grad` is None, and PyTorch warns: "The .grad attribute of a Tensor that is not a
leaf Tensor is being accessed." An optimizer refuses it with the ValueError "can't optimize a non-leaf Tensor".

## Example
```python
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True) * 0.1
(x**2).sum().backward()
direction = x.grad
moved = x.detach() if direction is None else x.detach() - direction
```

## Use instead
```python
import torch

x = (torch.tensor([1.0, 2.0, 3.0]) * 0.1).requires_grad_()
(x**2).sum().backward()
direction = x.grad
moved = x.detach() if direction is None else x.detach() - direction
```

## Fix safety
Whether the tensor should be a leaf, keep its gradient or be another one, the linter cannot know. No fix is applied
automatically.

## Limits
A program that only asks whether there is a gradient, `x.grad is None`, is passed over. So is what code out of sight has been
given. What `to()` gives may be the leaf itself: it counts where its dtype is surely another one.

## References
- torch.Tensor.retain_grad
- fixtures/grd177
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import TakenForLeaf
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

KEEP_OR_MAKE_LEAF = Advice(
    "call `{tensor}.retain_grad()` before the backward; or make a leaf of it: `{tensor} = {tensor}.detach().requires_grad_()`",
    "call `retain_grad()` on it before the backward; or make a leaf of it, by `.detach().requires_grad_()`",
)
READ_IT_OF_THE_LEAF = Advice(
    "read the `.grad` of the tensor itself, not of the view, and give that gradient the shape that is needed"
)
HAND_OVER_THE_LEAF = Advice(
    "compute the values without a graph, and make a leaf of them: `.detach().requires_grad_()` or `nn.Parameter(…)`"
)


@rule(
    "computed-tensor-taken-for-leaf",
    on=TakenForLeaf,
    claims=Harm.NO_GRADIENT,
    advice=(KEEP_OR_MAKE_LEAF, READ_IT_OF_THE_LEAF, HAND_OVER_THE_LEAF),
)
def check(event: TakenForLeaf) -> Diagnosis | None:
    """Report a computed tensor of which a gradient is expected."""
    return None if event.premises else report(event)


def report(event: TakenForLeaf) -> Diagnosis:
    """The report on a computed tensor of which a gradient is expected."""
    assumed = wording.assuming(event.premises)
    trace = (TraceMark("made", event.made, "computed here"),)
    if event.what == "optimizer":
        text = f'`{{here}}` is given a computed tensor: ValueError "can\'t optimize a non-leaf Tensor"{assumed}'
        return Diagnosis(event.place, text, trace, HAND_OVER_THE_LEAF, event.premises)
    if event.what == "view":
        text = (
            f"`{{here}}` is None: a view has no gradient of its own, the tensor that it is a view of keeps it{assumed}"
        )
        return Diagnosis(event.place, text, trace, READ_IT_OF_THE_LEAF, event.premises)
    text = f"`{{here}}` is None: the tensor was computed, and only leaves keep their gradient{assumed}"
    return Diagnosis(event.place, text, trace, KEEP_OR_MAKE_LEAF, event.premises)
