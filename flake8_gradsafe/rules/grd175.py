"""Gradients are cleared for each part of a batch, and the step comes once for several: it uses those of the last part alone.

## What it does
Reports a `zero_grad()` in a loop that clears the gradients which the round before has computed, where no step has used them:
the step comes after the loop, or once in several rounds.

## Why it is unsafe
Gradients are accumulated over several backwards so that one step follows the sum. What is cleared in between is lost.
Nothing is raised: the model is trained, with a part of the data, and steps of another size.

## Example
```python
import torch

w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
batches = torch.arange(8.0).reshape(4, 2)
for i, x in enumerate(batches):
    optimizer.zero_grad()
    loss = (w * x).sum() / 2
    loss.backward()
    if (i + 1) % 2 == 0:
        optimizer.step()
```

## Use instead
```python
import torch

w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
batches = torch.arange(8.0).reshape(4, 2)
for i, x in enumerate(batches):
    if i % 2 == 0:
        optimizer.zero_grad()
    loss = (w * x).sum() / 2
    loss.backward()
    if (i + 1) % 2 == 0:
        optimizer.step()
```

## Fix safety
Where the gradients should be cleared is a matter of the whole loop. No fix is applied automatically.

## Limits
Of steps in branches, those are known that count rounds, by `%` or by a name such as `accumulation_steps`. A step that is
left out on another condition may be left out on purpose, and so may gradients that the program reads itself, unless it
only prints or logs them.

## References
- fixtures/grd175
- torch.optim.Optimizer.zero_grad
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import ClearedTooEarly
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

CLEAR_AFTER_THE_STEP = Advice(
    "clear the gradients once for each step: above the loop over the parts, or right after `step()`",
)


@rule("gradient-cleared-too-early", on=ClearedTooEarly, claims=Harm.WRONG_VALUE, advice=(CLEAR_AFTER_THE_STEP,))
def check(event: ClearedTooEarly) -> Diagnosis | None:
    """Report gradients that are cleared before the step that was to use them."""
    return None if event.premises else report(event)


def report(event: ClearedTooEarly) -> Diagnosis:
    """The report on gradients that are cleared before the step that was to use them."""
    return Diagnosis(
        event.place,
        "`{here}` clears what the round before has computed, before any step has used it: the step uses the gradients of the "
        f"last round alone{wording.assuming(event.premises)}",
        (
            TraceMark("made", event.backward, "the gradients of each round are computed here"),
            TraceMark("written", event.place, "cleared here, in the next round"),
            TraceMark("read", event.step, "stepped here, once for several rounds"),
        ),
        CLEAR_AFTER_THE_STEP,
        event.premises,
    )
