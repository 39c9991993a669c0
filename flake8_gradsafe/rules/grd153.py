"""A tensor made under inference_mode is saved for backward: RuntimeError.

## What it does
Reports an operator that would save, for backward, a tensor that was made under `torch.inference_mode()`.

## Why it is unsafe
Such tensors have no version counter: PyTorch raises "Inference tensors cannot be saved for backward."

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    features = torch.ones(3) * 2
loss = (w * features).sum()
loss.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    features = torch.ones(3) * 2
loss = (w * features).sum()
loss.backward()
```

## Fix safety
`no_grad` computes the same, a little slower. No fix is applied automatically.

## Limits
Whether the operator saves the tensor depends on which of its inputs require grad, which must be known.

## References
- torch.inference_mode
- fixtures/grd153
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.rule import Diagnosis, rule

_NO_GRAD_OR_CLONE = Advice(
    "make it under `torch.no_grad()` instead; or compute with its `.clone()`, made outside of inference mode"
)


@rule("inference-tensor-saved", on=Raised, claims=ErrorKind.INFERENCE_SAVED, advice=(_NO_GRAD_OR_CLONE,))
def check(event: Raised) -> Diagnosis | None:
    """Report a proven save of an inference tensor."""
    if event.premises or event.error.kind is not ErrorKind.INFERENCE_SAVED:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` saves a tensor made under inference_mode: {wording.raised(ErrorKind.INFERENCE_SAVED)}",
        wording.made_trace(event.error, event.place, "a tensor without a version counter"),
        _NO_GRAD_OR_CLONE,
    )
