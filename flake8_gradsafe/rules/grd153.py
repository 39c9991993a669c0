"""A tensor made under inference_mode is saved for backward: RuntimeError.

## What it does
Reports an operator that would save, for backward, a tensor that was made under `torch.inference_mode()`.

## Why it is unsafe
Such tensors have no version counter: PyTorch raises "Inference tensors cannot be saved for backward".

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    features = torch.ones(3) * 2
loss = (w * features).sum()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    features = torch.ones(3) * 2
loss = (w * features).sum()
```

## Fix safety
`no_grad` computes the same, a little slower. No fix is applied automatically.

## Limits
Whether the operator saves it depends on who requires grad, which must be known.

## References
- torch.inference_mode
- fixtures/grd153
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven save of an inference tensor."""
    if not isinstance(event, Refused) or event.premises or event.refusal.reason is not Reason.INFERENCE_SAVED:
        return None
    return Report(
        event.place,
        "`{here}` saves a tensor made under inference_mode for backward: RuntimeError",
        wording.made_trace(event.refusal, event.place, "a tensor without a version counter"),
        help="make it under torch.no_grad(), or save its clone()",
    )


RULE = Rule(
    code="GRD153",
    name="inference-tensor-saved",
    summary="A tensor made under inference_mode is saved for backward: RuntimeError.",
    check=check,
)
