"""An assignment to .data swaps what an operator saved: the gradient is silently wrong.

## What it does
Reports `x.data = …` where an operator saved `x` itself, by reference, and a backward in sight reads it afterwards.

## Why it is unsafe
The assignment gives the saved tensor other memory, and its version counter does not move: backward takes the new values
for those of the forward, and nothing is raised. An operator that saved its output has kept another tensor object, to
which the assignment does nothing.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = a * 2
loss = (b**2).sum()
b.data = torch.zeros(3)
loss.backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = a * 2
loss = (b**2).sum()
b = torch.zeros(3)
loss.backward()
```

## Fix safety
Binding the name to the new tensor leaves the graph as it is; what is computed from the name afterwards has no graph to
what was there before. No fix is applied automatically.

## Limits
Views of `x` keep the old memory, and are followed as such. A module's own parameters and buffers are GRD114.

## References
- fixtures/grd113
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import corrupted, wording
from flake8_gradsafe.rules.advice import WRITE_BELOW_BACKWARD, Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_BIND = Advice("bind the name to the new tensor, without `.data`")


@rule(
    "data-assignment-corrupts-gradient", on=Corrupted, claims=Harm.WRONG_GRADIENT, advice=(_BIND, WRITE_BELOW_BACKWARD)
)
def check(event: Corrupted) -> Diagnosis | None:
    """Report a proven corruption by an assignment to `.data`."""
    if event.premises or event.state:
        return None
    if event.stale_save.write.via is not Via.SET_DATA:
        return None
    corruption = event.stale_save
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` swaps the memory of {wording.saved(corruption.node, corruption.save)}: "
        f"{wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        WRITE_BELOW_BACKWARD if corrupted.is_given(corruption.save) else _BIND,
        subjects=corrupted.subjects(corruption.write, event.place),
    )
