"""A parameter that an optimizer steps is in reach of no backward, though nothing cuts it off: it is never trained.

## What it does
Reports where the way of a parameter to every differentiated loss ends, while an optimizer holds it and is stepped: at a loss
that is computed of it and never differentiated, at the result of a layer that its module never uses, or where it is frozen and
not told to require grad again with the others that were frozen with it.

## Why it is unsafe
The parameter's `.grad` stays None, and `step()` passes over it without a word. The loss may still go down, because the other
parameters do learn.

## Example
```python
import torch
from torch import nn

trunk = nn.Linear(2, 2, bias=False)
speed = nn.Linear(2, 1, bias=False)
angle = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD([*trunk.parameters(), *speed.parameters(), *angle.parameters()], lr=0.1)
hidden = trunk(torch.ones(2))
loss = speed(hidden).pow(2).sum()
angle_loss = angle(hidden).pow(2).sum()
loss.backward()
optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

trunk = nn.Linear(2, 2, bias=False)
speed = nn.Linear(2, 1, bias=False)
angle = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD([*trunk.parameters(), *speed.parameters(), *angle.parameters()], lr=0.1)
hidden = trunk(torch.ones(2))
loss = speed(hidden).pow(2).sum()
angle_loss = angle(hidden).pow(2).sum()
(loss + angle_loss).backward()
optimizer.step()
```

## Fix safety
Whether the loss or the optimizer's list is wrong the linter cannot know. No fix is applied automatically.

## Limits
A parameter that gets a gradient elsewhere in the file, or from code out of sight, is not reported, nor is a layer that nothing
calls. A loss that a branch adds which this run does not take is not missed. What is frozen for fine-tuning, before the
optimizer is made, and what is unfrozen step by step, is taken to be frozen on purpose.

## References
- fixtures/grd172
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DeadEnd, OutOfReach
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

ADD_THE_LOSS = Advice(
    "add this loss to the one that is differentiated; if it is only to be watched, do not give the optimizer what it alone "
    "would train"
)
PASS_IT_ON = Advice("compute the rest of the forward with this result; or leave the layer out")
THAW_THEM_ALL = Advice(
    "let all that the optimizer is to train require grad again before its loss is computed; if they are meant to stay frozen, "
    "do not give them to it"
)
REACH_ADVICE = (ADD_THE_LOSS, PASS_IT_ON, THAW_THEM_ALL)
_ADVICE = {
    DeadEnd.LOSS: ADD_THE_LOSS,
    DeadEnd.RESULT: PASS_IT_ON,
    DeadEnd.THAW: THAW_THEM_ALL,
    DeadEnd.FREEZE: THAW_THEM_ALL,
}
_NAMED = 3


@rule("parameter-out-of-reach", on=OutOfReach, claims=Harm.NEVER_TRAINED, advice=REACH_ADVICE)
def check(event: OutOfReach) -> Diagnosis | None:
    """Report where the way of a parameter to every differentiated loss ends."""
    return None if event.premises else report(event)


def report(event: OutOfReach) -> Diagnosis:
    """The report on parameters that an optimizer steps, and that no backward reaches."""
    return Diagnosis(
        event.place,
        f"{_told(event)}{wording.assuming(event.premises)}",
        (TraceMark("read", event.step, "stepped here, without a gradient"),),
        _ADVICE[event.why],
        event.premises,
    )


def _told(event: OutOfReach) -> str:
    whom, verb = _whom(event.names), "gets" if len(event.names) == 1 else "get"
    if event.why is DeadEnd.LOSS:
        return f"`{{here}}` is a loss that no backward goes through: {whom} {verb} no gradient, and the optimizer steps in vain"
    if event.why is DeadEnd.RESULT:
        return f"`{{here}}` computes what nothing uses: {whom} {verb} no gradient, and the optimizer steps in vain"
    if event.trained_before:
        return (
            f"`{{here}}` freezes all that an optimizer holds, and nothing unfreezes it: {whom} {verb} no more gradients"
        )
    stay = "stays" if len(event.names) == 1 else "stay"
    if event.why is DeadEnd.THAW:
        return (
            f"`{{here}}` does not unfreeze all that was frozen: {whom} {stay} frozen, and the optimizer steps in vain"
        )
    return f"`{{here}}` freezes all that an optimizer holds: {whom} {stay} frozen, and it steps in vain"


def _whom(names: tuple[str, ...]) -> str:
    if not names:
        return "parameters"
    more = len(names) - _NAMED
    return wording.listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
