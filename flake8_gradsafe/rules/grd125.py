"""A parameter that an optimizer steps is cut off from every loss: it is never trained.

## What it does
Reports the cut (`detach()`, `.data`, `detach_()`, `no_grad`) through which alone a backward in sight would reach parameters
that an optimizer holds, where the optimizer is stepped.

## Why it is unsafe
Backward does not pass the cut, the parameters' `.grad` stays None, and `step()` passes over them without a word. The loss
still goes down, for what lies behind the cut does learn.

## Example
```python
import torch
from torch import nn

encoder = nn.Linear(4, 3)
head = nn.Linear(3, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
features = encoder(torch.ones(8, 4)).detach()
loss = head(features).pow(2).mean()
loss.backward()
optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

encoder = nn.Linear(4, 3)
head = nn.Linear(3, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
features = encoder(torch.ones(8, 4))
loss = head(features).pow(2).mean()
loss.backward()
optimizer.step()
```

Where the encoder is meant to stay as it is, give the optimizer `head.parameters()` alone.

## Fix safety
Whether the cut or the optimizer's list is wrong is the author's to say. No fix is applied automatically.

## Limits
A parameter that gets a gradient from another loss, or from code out of sight, is not reported.

## References
- fixtures/grd125
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.events import Event, NeverTrained
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Mark, Report, Rule

_NAMED = 3
_ADVICE = {
    CutKind.DETACH: "drop detach()",
    CutKind.DATA: "drop .data",
    CutKind.DETACH_: "drop detach_()",
    CutKind.NO_GRAD: "run it with grad mode on",
    CutKind.READ: "compute with the tensor, not with the numbers read from it",
}


def check(event: Event) -> Report | None:
    """Report a cut behind which parameters are stepped in vain."""
    if not isinstance(event, NeverTrained) or event.premises:
        return None
    return Report(
        event.place,
        f"`{{here}}` cuts off {_whom(event.names)} from every loss: the optimizer steps what never gets a gradient",
        (wording.cut_mark(event.cut, event.place), Mark("read", event.step, "stepped here, without a gradient")),
        f"{_ADVICE[event.cut]}; or, where they are meant to stay as they are, do not give them to the optimizer",
    )


def _whom(names: tuple[str, ...]) -> str:
    if not names:
        return "parameters"
    more = len(names) - _NAMED
    return wording.listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)


RULE = Rule(
    code="GRD125",
    name="parameter-never-trained",
    summary="A parameter that an optimizer steps is cut off from every loss: it is never trained.",
    check=check,
)
