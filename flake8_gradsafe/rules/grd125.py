"""A parameter that an optimizer steps is cut off from every loss: it is never trained.

## What it does
Reports the cut (`detach()`, `.data`, `detach_()`, `no_grad`, or a value with a graph that is put into `.data`) through which
alone a backward in sight would reach parameters that an optimizer holds, where the optimizer is stepped.

## Why it is unsafe
Backward ends at the cut, the parameters' `.grad` stays None, and `step()` passes over them without a word. The loss may
still go down, because what is computed after the cut does learn.

## Example
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2, bias=False)
head = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
features = encoder(torch.ones(2)).detach()
loss = head(features).pow(2).sum()
loss.backward()
optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2, bias=False)
head = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
features = encoder(torch.ones(2))
loss = head(features).pow(2).sum()
loss.backward()
optimizer.step()
```

If the encoder is meant to stay as it is, give the optimizer `head.parameters()` alone.

## Fix safety
Whether the cut or the optimizer's list is wrong the linter cannot know. No fix is applied automatically.

## Limits
A parameter that gets a gradient from another loss, or from code out of sight, is not reported.

## References
- fixtures/grd125
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import NeverTrained
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import TRAIN_OR_LEAVE_OUT
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

_NAMED = 3


@rule(
    "parameter-never-trained",
    on=NeverTrained,
    claims=Harm.NEVER_TRAINED,
    advice=tuple(TRAIN_OR_LEAVE_OUT.values()),
    yields_to="GRD155",
)
def check(event: NeverTrained) -> Diagnosis | None:
    """Report a cut behind which parameters are stepped in vain."""
    return None if event.premises else report(event)


def report(event: NeverTrained) -> Diagnosis:
    """The report on a cut behind which parameters are stepped in vain, or never get a gradient from what forward returns."""
    if event.step is None:
        return _cut_off_in_forward(event)
    return Diagnosis(
        event.place,
        f"`{{here}}` cuts off {_whom(event.names)} from every loss: the optimizer steps what never gets a gradient"
        f"{wording.assuming(event.premises)}",
        (wording.cut_mark(event.cut, event.place), TraceMark("read", event.step, "stepped here, without a gradient")),
        TRAIN_OR_LEAVE_OUT[event.cut],
        event.premises,
    )


def _cut_off_in_forward(event: NeverTrained) -> Diagnosis:
    return Diagnosis(
        event.place,
        f"`{{here}}` cuts off {_whom(event.names)} from all that is returned: no gradient ever gets there"
        f"{wording.assuming(event.premises)}",
        (wording.cut_mark(event.cut, event.place),),
        TRAIN_OR_LEAVE_OUT[event.cut],
        event.premises,
    )


def _whom(names: tuple[str, ...]) -> str:
    if not names:
        return "parameters"
    more = len(names) - _NAMED
    return wording.listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
