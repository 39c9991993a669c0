"""An optimizer is stepped only when its gradient has been cleared: nothing is ever trained.

## What it does
Reports a `step()` that never finds a gradient in what the optimizer holds, because `zero_grad()` has just cleared them
all, where a backward in sight computes gradients that no other step uses.

## Why it is unsafe
`step()` passes over parameters without a gradient and says nothing. The loss is computed and differentiated, and the
parameters stay as they are.

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for _ in range(3):
    loss = (w**2).sum()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for _ in range(3):
    loss = (w**2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

## Fix safety
Which of the statements should move, the linter cannot know. No fix is applied automatically.

## Limits
A step that has a gradient on one of the paths through the program is not reported, and neither is one whose parameters
may get a gradient from code out of sight, nor one after a backward whose gradients the program computes with. A gradient
that is printed, logged, or made a number of, is not used by that.

## References
- fixtures/grd126
- torch.optim.Optimizer.zero_grad
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import SteppedInVain
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import CLEAR_BEFORE_BACKWARD
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule


@rule("step-without-gradient", on=SteppedInVain, claims=Harm.NO_GRADIENT, advice=(CLEAR_BEFORE_BACKWARD,))
def check(event: SteppedInVain) -> Diagnosis | None:
    """Report a step that never has a gradient to use."""
    return None if event.premises else report(event)


def report(event: SteppedInVain) -> Diagnosis:
    """The report on a step that never has a gradient to use."""
    return Diagnosis(
        event.place,
        "`{here}` never finds a gradient: each is cleared before it is used, and nothing is trained"
        f"{wording.assuming(event.premises)}",
        (
            TraceMark("made", event.backward, "the gradients are computed here"),
            TraceMark("written", event.cleared, "cleared here, before a step has used them"),
            TraceMark("read", event.place, "stepped here, without a gradient"),
        ),
        CLEAR_BEFORE_BACKWARD,
        event.premises,
    )
