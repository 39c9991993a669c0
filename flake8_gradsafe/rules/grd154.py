"""requires_grad is set on a computed tensor: RuntimeError.

## What it does
Reports `requires_grad = False`, `requires_grad = True` or `requires_grad_(False)` on a tensor that was computed from one that
requires grad. In a loop, that may be what the round before has computed.

## Why it is unsafe
PyTorch raises "you can only change requires_grad flags of leaf variables."

## Example
```python
import torch

a = torch.ones(3, requires_grad=True)
hidden = a * 2
hidden.requires_grad_(False)
(hidden * a).sum().backward()
```

## Use instead
```python
import torch

a = torch.ones(3, requires_grad=True)
hidden = a * 2
hidden = hidden.detach()
(hidden * a).sum().backward()
```

## Fix safety
`detach()` is what was meant, most often. No fix is applied automatically.

## Limits
Whether the tensor requires grad must be known. `requires_grad_(True)` on a computed tensor is allowed, and changes nothing.

## References
- torch.Tensor.requires_grad_
- fixtures/grd154
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("requires-grad-on-non-leaf", on=Raised, claims=ErrorKind.NON_LEAF, advice=(USE_DETACH,))
def check(event: Raised) -> Diagnosis | None:
    """Report a proven change of the flag of a computed tensor."""
    if event.premises or event.error.kind is not ErrorKind.NON_LEAF:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` changes requires_grad of a computed tensor: {wording.raised(ErrorKind.NON_LEAF)}",
        wording.made_trace(event.error, event.place, "a computed tensor"),
        USE_DETACH,
    )
