"""A step or a no_grad update between a forward and its backward: RuntimeError.

## What it does
Reports `optimizer.step()`, or an update of a parameter under `no_grad`, that changes what an operator saved before a
backward in sight reads it.

## Why it is unsafe
The step writes the parameters in place and moves their version counters. A backward through a forward that was made
before the step raises "one of the variables needed for gradient computation has been modified by an inplace operation".

In a loop this happens if a hidden state carries the graph of earlier rounds along and the backward retains it: detach
the state at the end of each round, `h = h.detach()`.

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
Where the step belongs the linter cannot know. No fix is applied automatically.

## Limits
Optimizers are followed where the tensors that they hold are in sight.

## References
- fixtures/grd144
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules.advice import COMPUTE_ANEW, STEP_BELOW_BACKWARD, UPDATE_BELOW_BACKWARD
from flake8_gradsafe.rules.graph_of_earlier_round import DETACH_EACH_ROUND, advice_to_detach, with_names_to_detach
from flake8_gradsafe.rules.modified import WILL_RAISE, modified, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, rule

if TYPE_CHECKING:
    from flake8_gradsafe.rules.advice import Advice
    from flake8_gradsafe.rules.modified import Modified


@rule(
    "step-before-backward",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=(DETACH_EACH_ROUND, COMPUTE_ANEW, STEP_BELOW_BACKWARD, UPDATE_BELOW_BACKWARD),
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal that a step or an update is to blame for."""
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on a step or an update between a save and its backward; None for any other event."""
    found = modified(event)
    if found is None or not found.is_update:
        return None
    made = overwritten(found, event, "updates {saved}, before its backward", WILL_RAISE, _advice(found, event))
    return with_names_to_detach(made, event)


def _advice(found: Modified, event: Raised) -> Advice:
    detach = advice_to_detach(event)
    if detach is not None:
        return detach
    if event.again:
        return COMPUTE_ANEW
    return STEP_BELOW_BACKWARD if found.write.via is Via.STEP else UPDATE_BELOW_BACKWARD
