"""The result of an operator is dropped: the tensor that it was meant to change stays as it is.

## What it does
Reports `p.clamp(0, 1)`, `p.grad.mul(0.5)`, `torch.clamp(w, min=0)` and their kin as statements of their own, where `p` is a
parameter, a gradient, or a tensor that the program goes on to use. So is `p = p - 0.1 * p.grad`, where `p` is only the name by
which a loop goes through the parameters of a model.

## Why it is unsafe
Only an operator whose name ends in `_` writes in place. Any other gives a new tensor, which nobody holds here: weights are not
clipped, gradients are not scaled, a mask is not applied. Nor does a name change a tensor that it is bound to no longer: an
average does not move. Nothing is raised.

## Example
```python
import torch

w = torch.tensor([0.5, 2.0], requires_grad=True)
(w**2).sum().backward()
with torch.no_grad():
    w.grad.clamp(-1.0, 1.0)
```

## Use instead
```python
import torch

w = torch.tensor([0.5, 2.0], requires_grad=True)
(w**2).sum().backward()
with torch.no_grad():
    w.grad.clamp_(-1.0, 1.0)
```

## Fix safety
What is written then changes what is trained. No fix is applied automatically.

## Limits
Only operators are reported that have a twin in place, functions of `torch.nn.functional`, and layers that keep nothing, and
only in files that train something. What stands in a `try`, in a `with` that sets no grad mode, or in a loop of nothing but such
calls, may be there to be tried or timed.

## References
- fixtures/grd166
- torch.Tensor.clamp_
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import UpdateDropped
from flake8_gradsafe.rules.advice import Advice, Subject
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

WRITE_THE_PARAMETER = Advice("write it in place, under `with torch.no_grad():`, by `{operator}_(…)`")
WRITE_THE_GRADIENT = Advice("write it in place, by `{operator}_(…)`")
BIND_THE_RESULT = Advice("bind the result: `{tensor} = …`")
_ADVICE = {"parameter": WRITE_THE_PARAMETER, "gradient": WRITE_THE_GRADIENT, "tensor": BIND_THE_RESULT}


@rule(
    "result-dropped",
    on=UpdateDropped,
    claims=Harm.NO_EFFECT,
    advice=(WRITE_THE_PARAMETER, WRITE_THE_GRADIENT, BIND_THE_RESULT),
)
def check(event: UpdateDropped) -> Diagnosis | None:
    """Report an operator whose result is dropped as if it had written in place."""
    if event.premises:
        return None
    why = f"{event.operator}() gives a new tensor, which is dropped"
    if event.bound:
        why = "it binds the loop's own name, which nobody reads"
    return Diagnosis(
        event.place,
        f"`{{here}}` has no effect: {why}, and the {event.written_to} stays as it is",
        (),
        _ADVICE[event.written_to],
        event.premises,
        (("operator", event.operator), ("tensor", Subject(event.written, whole=True))),
    )
