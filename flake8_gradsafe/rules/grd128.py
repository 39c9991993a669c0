"""A term of a loss that was cut off from its graph: it moves the loss, and no weight.

## What it does
Reports a `detach()`, `.data`, `item()`, a computation under `no_grad`, or an operator without a gradient (`argmax`, a
comparison, a conversion to integers) whose result is added to a loss that is differentiated, where nothing of that term has a
graph left. It also reports `sum` of an iterator of terms that was used up before, which adds nothing.

## Why it is unsafe
The term counts in the loss that is printed, and the gradient knows nothing of it: a penalty that trains nothing, or one of
several losses that is never learned. Nothing is raised.

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
fit = (w - 2.0).pow(2).sum()
penalty = 0.1 * w.abs().sum()
loss = fit + penalty.item()
loss.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
fit = (w - 2.0).pow(2).sum()
penalty = 0.1 * w.abs().sum()
loss = fit + penalty
loss.backward()
```

## Fix safety
Without the cut, other gradients are computed. No fix is applied automatically.

## Limits
Only what is added to the loss itself is looked at: a factor that is cut off only weighs its term, and what a square or
another function is taken of is no term any more. Gradients without a graph are looked for in all that the loss is computed
with behind the last layer, if an optimizer holds what they depend on. What operators without a gradient give counts where it
is added to the loss itself, not where elements are added that are reduced later, nor where the loss takes one tensor away from
another: it may be the margin between the two.

## References
- fixtures/grd128
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.events import ConstantTerm
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import UNCUT, Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

ADD_THE_TERM_ITSELF = Advice(
    "add the term itself to the loss, with its graph; or leave it out of what is differentiated"
)


WITH_PROBABILITIES = Advice(
    "compute the term from scores or probabilities, with a function that has a derivative; or leave it out of what is "
    "differentiated"
)
KEEP_A_LIST = Advice("keep the terms in a list, which can be gone through more than once")
TERM_ADVICE = (ADD_THE_TERM_ITSELF, UNCUT[CutKind.FIRST_ORDER], WITH_PROBABILITIES, KEEP_A_LIST)
_ADVICE = {
    CutKind.USED_UP: KEEP_A_LIST,
    CutKind.FIRST_ORDER: UNCUT[CutKind.FIRST_ORDER],
    CutKind.OPERATOR: WITH_PROBABILITIES,
}


_WHAT = {
    CutKind.OPERATOR: "passes no gradient, and is a term of the loss: it moves the loss, and no weight",
    CutKind.USED_UP: "adds nothing to the loss: the iterator of its terms was used up before",
}


@rule("loss-term-without-gradient", on=ConstantTerm, claims=Harm.WRONG_VALUE, advice=TERM_ADVICE)
def check(event: ConstantTerm) -> Diagnosis | None:
    """Report a term that surely has no gradient."""
    return None if event.premises else report(event)


def report(event: ConstantTerm) -> Diagnosis:
    """The report on a term that was cut off."""
    what = _WHAT.get(event.cut, "cuts off a term of the loss: it moves the loss, and no weight")
    return Diagnosis(
        event.place,
        f"`{{here}}` {what}{wording.assuming(event.premises)}",
        (
            wording.cut_mark(event.cut, event.place),
            TraceMark("read", event.added, "added to the loss here, as a constant"),
            *wording.read_mark(event.backward, "differentiated here, without it"),
        ),
        _ADVICE.get(event.cut, ADD_THE_TERM_ITSELF),
        event.premises,
    )
