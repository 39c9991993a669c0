"""A reentrant checkpoint gets no input that requires grad: its result has no graph.

## What it does
Reports `torch.utils.checkpoint.checkpoint(f, x, use_reentrant=True)`, and `checkpoint_sequential`, where none of the inputs
requires grad, and `f` reads parameters that do.

## Why it is unsafe
A reentrant checkpoint runs `f` with grad mode off, and makes a node for its result only where an input requires grad. Without
one, the parameters in `f` never get a gradient. PyTorch warns: "None of the inputs have requires_grad=True. Gradients will be
None".

## Example
```python
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

block = nn.Linear(2, 2)
head = nn.Linear(2, 1)
hidden = checkpoint(block, torch.ones(3, 2), use_reentrant=True)
head(hidden).sum().backward()
```

## Use instead
```python
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

block = nn.Linear(2, 2)
head = nn.Linear(2, 1)
hidden = checkpoint(block, torch.ones(3, 2), use_reentrant=False)
head(hidden).sum().backward()
```

## Fix safety
The training may have been tuned with the parameters as they are. No fix is applied automatically.

## Limits
`use_reentrant=True` must be written in the call. Tensors in tuples and lists do not count as inputs, as in PyTorch. What is in
evaluation mode is passed over.

## References
- torch.utils.checkpoint.checkpoint
- fixtures/grd155
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import CheckpointCutOff
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_NOT_REENTRANT = Advice("pass `use_reentrant=False`, which needs no input that requires grad")


@rule("checkpoint-without-gradient", on=CheckpointCutOff, claims=Harm.NO_GRADIENT, advice=(_NOT_REENTRANT,))
def check(event: CheckpointCutOff) -> Diagnosis | None:
    """Report a checkpoint whose result surely has no graph."""
    if event.premises:
        return None
    text = "`{here}` has no input that requires grad, and its result no graph: the parameters in it get no gradient"
    return Diagnosis(event.place, text, advice=_NOT_REENTRANT)
