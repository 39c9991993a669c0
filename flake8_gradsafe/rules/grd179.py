"""The derivative of what a loss is computed with is zero: backward passes nothing but zeros.

## What it does
Reports operators whose result does not depend on what they are given, on the only way of a gradient to a parameter, or in a
whole term of the loss: a difference in which a tensor is added and taken away again (as the residual of a straight-through
output is), a tensor divided by itself, a distance of a value from itself, a softmax over one element, the sum of what a
softmax gives, and functions that are constant between their steps: `round`, `floor`, `ceil`, `trunc` and `sign`.

## Why it is unsafe
Backward runs and every `.grad` is there: it is zero, or has nothing of that term. Nothing is raised, and what is computed
elsewhere may learn all the same.

## Example
```python
import torch

w = torch.tensor([0.3, 0.8, 1.4], requires_grad=True)
x = w * 2
quantized = x + (x.round() - x).detach()
residual = x - quantized
loss = (residual + 1.0).pow(2).sum()
loss.backward()
```

## Use instead
```python
import torch

w = torch.tensor([0.3, 0.8, 1.4], requires_grad=True)
x = w * 2
quantized = x + (x.round() - x).detach()
residual = x - quantized.detach()
loss = (residual + 1.0).pow(2).sum()
loss.backward()
```

## Fix safety
What was meant instead the linter cannot know. No fix is applied automatically.

## Limits
Sums, differences and products with numbers are followed, not what is written in place in between. A term with the factor zero
is taken to be switched off on purpose. The softmax over one element is seen behind an `nn.Linear` with one output, or where the
shape is in sight.

## References
- fixtures/grd179
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Vanishing
from flake8_gradsafe.interpreter.events import GradientVanishes
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

KEEP_ONE_SIDE = Advice("take the `.detach()` of one of the two, so that the gradient of the other is left")
DETACH_THE_DIFFERENCE = Advice(
    "take the `.detach()` of the difference: the gradient then passes straight through to what it is added to"
)
LEAVE_THE_ZERO_OUT = Advice("leave out the factor zero, or this backward")
COMPARE_WITH_ANOTHER = Advice("compare it with the target that is meant, not with itself")
ONE_SCORE_OR_MORE_CLASSES = Advice(
    "give the layer an output for each class; of a single score, take `F.binary_cross_entropy_with_logits(…)`"
)
WITHOUT_THE_STEPS = Advice(
    "compute the loss from what is not rounded; or add what rounding changes, detached, so that the gradient passes straight "
    "through"
)
WEIGH_THE_ELEMENTS = Advice("weigh the elements before they are added up, or pick those that are meant")
VANISHING_ADVICE = {
    Vanishing.CANCELS: KEEP_ONE_SIDE,
    Vanishing.RATIO: KEEP_ONE_SIDE,
    Vanishing.ZERO: LEAVE_THE_ZERO_OUT,
    Vanishing.EQUAL: COMPARE_WITH_ANOTHER,
    Vanishing.ONE_CLASS: ONE_SCORE_OR_MORE_CLASSES,
    Vanishing.SUM_OF_ONE: WEIGH_THE_ELEMENTS,
    Vanishing.STEP: WITHOUT_THE_STEPS,
}
_WHY = {
    Vanishing.CANCELS: "takes away again what it adds",
    Vanishing.RATIO: "divides a tensor by itself",
    Vanishing.ZERO: "multiplies by zero",
    Vanishing.EQUAL: "measures the distance of a value from itself",
    Vanishing.ONE_CLASS: "takes a softmax over one element, which is always one",
    Vanishing.SUM_OF_ONE: "adds up what a softmax gives, which is always one",
    Vanishing.STEP: "is constant between its steps",
}
_NAMED = 3


@rule(
    "gradient-vanishes",
    on=GradientVanishes,
    claims=Harm.ZERO_GRADIENT,
    advice=tuple(dict.fromkeys(VANISHING_ADVICE.values())),
)
def check(event: GradientVanishes) -> Diagnosis | None:
    """Report an operator through which nothing but zeros are passed."""
    return None if event.premises else report(event)


def report(event: GradientVanishes) -> Diagnosis:
    """The report on an operator through which nothing but zeros are passed."""
    if event.why is Vanishing.TAKEN_BACK:
        whom = f"`{event.leaves[0]}`" if event.leaves else "that"
        text = f"`{{here}}` adds {whom} and takes it away again: no gradient passes to it{wording.assuming(event.premises)}"
        return Diagnosis(event.place, text, (), DETACH_THE_DIFFERENCE, event.premises)
    goal = "this term of the loss trains nothing" if event.term else f"{_whom(event.leaves)} zero for a gradient"
    return Diagnosis(
        event.place,
        f"`{{here}}` {_WHY[event.why]}: its derivative is zero, and {goal}{wording.assuming(event.premises)}",
        wording.read_mark(event.backward, "differentiated here"),
        VANISHING_ADVICE[event.why],
        event.premises,
    )


def _whom(names: tuple[str, ...]) -> str:
    if not names:
        return "the parameters behind it get"
    more = len(names) - _NAMED
    listed = wording.listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
    return f"{listed} {'gets' if len(names) == 1 else 'get'}"
