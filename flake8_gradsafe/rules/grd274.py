"""A step uses gradients that are not its own: those of earlier rounds, or of another loss, are not cleared.

## What it does
Reports a `backward()` that adds to gradients which an optimizer's `step()` has used already and nothing has cleared since, in
code that clears gradients somewhere: those of another optimizer or model, or these in another loop. It also reports a `step()`
that uses what the backward of another loss has left for the step of another optimizer, where each clears its own.

## Why it is unsafe
`backward()` adds to `.grad`. Without `zero_grad()` between, each step follows the sum of all gradients so far, not the slope
of its own loss. Nothing is raised: the loss often falls for a while, and then diverges.

## Example
```python
from torch.nn import functional as F


def train(model, optimizer, batches, epochs=2):
    for _ in range(epochs):
        optimizer.zero_grad()
        for inputs, targets in batches:
            loss = F.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train(model, optimizer, [(torch.ones(4, 2), torch.ones(4, 1))] * 2)
```

## Use instead
```python
from torch.nn import functional as F


def train(model, optimizer, batches, epochs=2):
    for _ in range(epochs):
        for inputs, targets in batches:
            optimizer.zero_grad()
            loss = F.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
```

## Fix safety
Where the gradients should be cleared is a matter of the whole loop. No fix is applied automatically.

## Limits
Code that clears no gradients at all may have an optimizer that does so by itself: it is not reported. Neither are steps that
are given a closure, gradients that the program reads or sets itself, and steps behind code out of sight that may clear. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd274
- torch.optim.Optimizer.zero_grad
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import NeverCleared, PiledUp, UsedOfAnother
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import assumes_what_is_granted

CLEAR_IN_EACH_ROUND = Advice(
    "clear the gradients of this optimizer by its own `zero_grad()`, in each round, before the backward",
)


@rule(
    "gradients-pile-up",
    on=(PiledUp, NeverCleared, UsedOfAnother),
    claims=Harm.WRONG_VALUE,
    advice=(CLEAR_IN_EACH_ROUND,),
)
def check(event: PiledUp | NeverCleared | UsedOfAnother) -> Diagnosis | None:
    """Report a backward that adds to gradients which were used already, or are there for another step."""
    if not assumes_what_is_granted(event.premises):
        return None
    if isinstance(event, NeverCleared):
        return _never_cleared(event)
    return _piled_up(event) if isinstance(event, PiledUp) else _of_another(event)


def _piled_up(event: PiledUp) -> Diagnosis:
    return Diagnosis(
        event.place,
        "`{here}` adds to gradients that a step has used already: nothing clears them in between"
        f"{wording.assuming(event.premises)}",
        (TraceMark("read", event.step, "used here, by each step together with all before"),),
        CLEAR_IN_EACH_ROUND,
        event.premises,
    )


def _never_cleared(event: NeverCleared) -> Diagnosis:
    if event.instead is not None:
        return _another_cleared(event)
    return Diagnosis(
        event.place,
        "`{here}` uses the gradients of all steps so far: nothing in the file clears those of this optimizer, only those of "
        f"others{wording.assuming(event.premises)}",
        (TraceMark("made", event.backward, "each backward adds to the gradients of those before"),),
        CLEAR_IN_EACH_ROUND,
        event.premises,
    )


def _another_cleared(event: NeverCleared) -> Diagnosis:
    return Diagnosis(
        event.place,
        "`{here}` clears another optimizer than the one that steps behind it, whose gradients nothing clears"
        f"{wording.assuming(event.premises)}",
        (
            TraceMark("made", event.backward, "each backward adds to the gradients of those before"),
            TraceMark("read", event.instead, "stepped here, with the gradients of all steps so far"),
        ),
        CLEAR_IN_EACH_ROUND,
        event.premises,
    )


def _of_another(event: UsedOfAnother) -> Diagnosis:
    return Diagnosis(
        event.place,
        "`{here}` also uses gradients of another loss, which nothing has cleared: they were computed for the step of another "
        f"optimizer{wording.assuming(event.premises)}",
        (
            TraceMark("made", event.backward, "computed here, in what the other optimizer does not hold as well"),
            TraceMark("read", event.other, "the step that they were computed for"),
        ),
        CLEAR_IN_EACH_ROUND,
        event.premises,
    )
