"""Gradients are clipped where that changes no step, or while they are multiplied by the loss scale.

## What it does
Reports a call of `clip_grad_norm_` or `clip_grad_value_` that comes after the `step()` which uses the gradients, or before the
`backward()` that computes them; one that is given an iterator which the optimizer has used up; one whose gradients a hook steps
with, and clears, within the backward; and one before `scaler.unscale_(optimizer)`. It also reports `p.grad *= 0.1`,
`p.grad.clamp_(-1, 1)` and their kin between a step and the next clear.

## Why it is unsafe
The step uses gradients that are not clipped: one large batch is enough to throw the model off. Those that a `GradScaler` has
scaled are clipped to a bound that is a thousand times too small: the model hardly moves. Nothing is raised.

## Example
```python
import torch
from torch import nn

model = nn.Linear(2, 1, bias=False)
nn.init.ones_(model.weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in torch.tensor([[[10.0, 10.0]]]):
    optimizer.zero_grad()
    model(x).pow(2).sum().backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
```

## Use instead
```python
import torch
from torch import nn

model = nn.Linear(2, 1, bias=False)
nn.init.ones_(model.weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in torch.tensor([[[10.0, 10.0]]]):
    optimizer.zero_grad()
    model(x).pow(2).sum().backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

## Fix safety
Where the gradients should be clipped is a matter of the whole loop. No fix is applied automatically.

## Limits
Where the norm is asked for after the step, and something uses it, or it is clipped to infinity, nothing is reported. Of edits
by hand, those are seen that stand as statements of their own, such as `p.grad.clamp_(-1, 1)` and `p.grad *= 0.1`.

## References
- fixtures/grd176
- torch.nn.utils.clip_grad_norm_, torch.amp.GradScaler.unscale_
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import EditedInVain, Vanity
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

CLIP_BEFORE_THE_STEP = Advice("clip the gradients between the backward and the step that uses them")
LIST_THE_PARAMETERS = Advice("keep the parameters in a list, made by `list(…)`: it can be gone through more than once")
UNSCALE_FIRST = Advice("call the scaler's `unscale_(…)` with the optimizer before the gradients are clipped")
CLIP_IN_THE_HOOK = Advice("clip each gradient in the hook, before its step; or step all parameters after the backward")
EDIT_BEFORE_THE_STEP = Advice("change the gradients between the backward and the step that uses them")
_ADVICE = {
    Vanity.USED: CLIP_BEFORE_THE_STEP,
    Vanity.NONE: CLIP_BEFORE_THE_STEP,
    Vanity.CLEARED: CLIP_IN_THE_HOOK,
    Vanity.SPENT: LIST_THE_PARAMETERS,
    Vanity.SCALED: UNSCALE_FIRST,
}
_MESSAGES = {
    Vanity.USED: "clips gradients that a step has used before: no step uses what is clipped",
    Vanity.NONE: "finds no gradient to clip: the backward that computes them comes later, and the step uses them as they are",
    Vanity.CLEARED: "finds no gradient to clip: a hook has used and cleared each within the backward",
    Vanity.SPENT: "clips nothing: the iterator over the parameters is used up, and the step uses the gradients as they are",
    Vanity.SCALED: "clips gradients that are multiplied by the loss scale: the bound is too small by that factor",
}
_MARKS = {
    Vanity.USED: ("read", "used here, before they are clipped"),
    Vanity.NONE: ("made", "computed here, after the clipping"),
    Vanity.CLEARED: ("read", "stepped and cleared here, by the hook"),
    Vanity.SPENT: ("read", "used up here"),
    Vanity.SCALED: ("made", "the loss is scaled here"),
}
_DONE_BY_HAND = "changes gradients that a step has used before: no step uses what is changed"
_BY_HAND = ("read", "used here, before they are changed")


@rule(
    "gradient-edit-in-vain",
    on=EditedInVain,
    claims=Harm.EDIT_IN_VAIN,
    advice=(CLIP_BEFORE_THE_STEP, EDIT_BEFORE_THE_STEP, CLIP_IN_THE_HOOK, LIST_THE_PARAMETERS, UNSCALE_FIRST),
)
def check(event: EditedInVain) -> Diagnosis | None:
    """Report gradients that are clipped where no step is changed by it."""
    return None if event.premises else report(event)


def report(event: EditedInVain) -> Diagnosis:
    """The report on gradients that are clipped where no step is changed by it."""
    role, text = _BY_HAND if event.by_hand else _MARKS[event.why]
    what = (
        "changes gradients that a step has used before: no step uses what is changed"
        if event.by_hand
        else _MESSAGES[event.why]
    )
    return Diagnosis(
        event.place,
        f"`{{here}}` {what}{wording.assuming(event.premises)}",
        (TraceMark(role, event.other, text),),
        EDIT_BEFORE_THE_STEP if event.by_hand else _ADVICE[event.why],
        event.premises,
    )
