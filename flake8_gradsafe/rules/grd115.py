"""A library writes what an operator saved and moves no version: the gradient is silently wrong.

## What it does
Reports `step()` of an optimizer made with `fused=True`, and a train-mode forward of BatchNorm, between a forward and a
backward in sight that reads what they overwrite: the parameters, and the running statistics that an eval-mode forward
saved.

## Why it is unsafe
Both write in place and do not move the version counter. After an ordinary optimizer's step, backward raises "modified
by an inplace operation"; after a fused one it computes the gradient with the stepped parameters. Nothing is raised.

## Example
```python
import torch

x = torch.ones(3, requires_grad=True)
w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1, fused=True)
first = (w**2).sum()
second = (w * x).sum()
first.backward()
optimizer.step()
second.backward()
```

## Use instead
```python
import torch

x = torch.ones(3, requires_grad=True)
w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1, fused=True)
first = (w**2).sum()
second = (w * x).sum()
first.backward()
second.backward()
optimizer.step()
```

## Fix safety
Where the step or the train-mode forward belongs the linter cannot know. No fix is applied automatically.

## Limits
Optimizers are followed where the tensors that they hold are in sight, modules where they are made.

## References
- fixtures/grd115
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted
from flake8_gradsafe.rules import advice, corrupted, wording
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_WHY = {
    Via.STEP: "a fused step moves no version counter",
    Via.LIBRARY: "a train-mode forward moves no version counter of its running statistics",
}
_ADVICE = {
    Via.STEP: advice.STEP_BELOW_BACKWARD,
    Via.LIBRARY: advice.FORWARD_BELOW_BACKWARD,
}


@rule("library-write-corrupts-gradient", on=Corrupted, claims=Harm.WRONG_GRADIENT, advice=tuple(_ADVICE.values()))
def check(event: Corrupted) -> Diagnosis | None:
    """Report a proven corruption by what a library writes."""
    if event.premises:
        return None
    corruption = event.stale_save
    via = corruption.write.via
    if via not in _WHY:
        return None
    why = _WHY[via] if corruption.write.hops else "what was saved has another version counter than what is stepped"
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, before its backward; {why}: "
        f"{wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        _ADVICE[via],
        subjects=corrupted.subjects(corruption.write, event.place),
    )
