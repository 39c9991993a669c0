"""A step or a no_grad update between a forward and its backward: RuntimeError.

## What it does
Reports `optimizer.step()`, or an update of a parameter under `no_grad`, that changes what an operator saved before a backward
in sight reads it.

## Why it is unsafe
The step writes the parameters in place and moves their version counters. A backward through a forward that was made before
it raises "modified by an inplace operation".

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
first = (w**2).sum()
second = (w**3).sum()
first.backward()
optimizer.step()
second.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
first = (w**2).sum()
second = (w**3).sum()
first.backward()
second.backward()
optimizer.step()
```

## Fix safety
Where the step belongs is the author's to say. No fix is applied automatically.

## Limits
Optimizers are followed where the tensors that they hold are in sight.

## References
- fixtures/grd144
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Event
from flake8_gradsafe.rules.modified import WILL_RAISE, modified, overwritten
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven refusal that a step or an update is to blame for."""
    found = modified(event)
    if found is None or event.premises or not found.is_update:
        return None
    advice = "update below the last backward of what was computed before"
    return overwritten(found, event, "updates {saved}, before its backward", WILL_RAISE, advice)


RULE = Rule(
    code="GRD144",
    name="step-before-backward",
    summary="A step or a no_grad update between a forward and its backward: RuntimeError.",
    check=check,
)
