"""A method is named and not called, a grad mode is made and not entered, or a flag is compared: it has no effect.

## What it does
Reports statements that only look as if they did something:

- `loss.backward`, `optimizer.step`, `optimizer.zero_grad`, `scheduler.step`, `net.train`, `net.eval`, `x.detach_`,
  `p.grad.zero_` and their kin without parentheses
- `torch.no_grad()`, `torch.enable_grad()` and `torch.inference_mode()` without `with`
- `x.requires_grad == False` and `x.grad == None`

## Why it is unsafe
Python evaluates the expression and drops it, and nothing is raised. No gradient is computed or cleared, the module stays in
the mode that it was in, the graph is recorded as before.

## Example
```python
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for x in (torch.tensor([1.0, 1.0]), torch.tensor([2.0, 3.0])):
    optimizer.zero_grad
    (w * x).sum().backward()
    optimizer.step()
```

## Use instead
```python
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for x in (torch.tensor([1.0, 1.0]), torch.tensor([2.0, 3.0])):
    optimizer.zero_grad()
    (w * x).sum().backward()
    optimizer.step()
```

## Fix safety
Once it is called, the training is another. No fix is applied automatically.

## Limits
It must be known what the method belongs to; else it may be GRD264. `torch.set_grad_enabled(False)` has its effect as a
statement, too. `with torch.no_grad:`, without parentheses, is a TypeError. Comparisons in notebooks are passed over: a cell
shows them.

## References
- torch.no_grad
- fixtures/grd164
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import CallForgotten
from flake8_gradsafe.rules.advice import Advice, Subject
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

CALL_IT = Advice("call it: `{statement}()`", "call it: write parentheses behind the name of the method")
_ENTER_IT = Advice("enter it: put what it is meant for in the block of a `with` statement, or make it a decorator")
_ASSIGN_IT = Advice("assign it, with one `=` where there are two")

_WITHOUT_CALL = {
    "backward": "no gradient is computed",
    "retain_grad": "the gradient is not kept",
    "step": "nothing is updated",
    "zero_grad": "the gradients stay and pile up",
    "train": "the module stays in the mode that it is in",
    "eval": "the module stays in the mode that it is in",
    "detach_": "the tensor stays in its graph",
    "requires_grad_": "the flag stays as it is",
}


@rule("call-forgotten", on=CallForgotten, claims=Harm.NO_EFFECT, advice=(CALL_IT, _ENTER_IT, _ASSIGN_IT))
def check(event: CallForgotten) -> Diagnosis | None:
    """Report a statement that surely does nothing."""
    return None if event.premises else report(event)


def report(event: CallForgotten, assumed: str = "") -> Diagnosis:
    """What is said of such a statement; `assumed` stands at the end of the message."""
    if event.what == "mode":
        text = "`{here}` has no effect as a statement: it sets the grad mode only for the block of a `with`"
        return Diagnosis(event.place, text, advice=_ENTER_IT)
    if event.what == "comparison":
        text = f"`{{here}}` compares, and drops the answer: `{event.name}` stays as it is"
        return Diagnosis(event.place, text, advice=_ASSIGN_IT)
    effect = _WITHOUT_CALL.get(event.name, "the tensor stays as it is")
    return Diagnosis(
        event.place,
        f"`{{here}}` is not called, so that {effect}{assumed}",
        advice=CALL_IT,
        premises=event.premises,
        subjects=(("statement", Subject(event.place, whole=True)),),
    )
