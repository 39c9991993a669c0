"""A backward of what has no graph: RuntimeError.

## What it does
Reports a `backward()` of a loss that was computed under `no_grad` or `inference_mode`, or through an operator that no
gradient passes (`argmax`, `argsort`, a comparison, a conversion to integers), or from tensors none of which requires
grad.

## Why it is unsafe
The loss has no graph: PyTorch raises "element 0 of tensors does not require grad and does not have a grad_fn".

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with torch.no_grad():
    loss = a.exp().sum()
loss.backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
loss = a.exp().sum()
loss.backward()
```

An accuracy, such as `(scores.argmax(dim=1) == labels).float().mean()`, has no gradient: differentiate a loss that has
one, such as `cross_entropy(scores, labels)`. (`round()` and `sign()` have one, and it is zero everywhere.)

## Fix safety
Which of the tensors should require grad, or with which loss to train, the linter cannot know. No fix is applied
automatically.

## Limits
Reported only if it is known how each tensor that the loss is computed from was made.

## References
- fixtures/grd151
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.advice import Advice, Subject
from flake8_gradsafe.rules.rule import Diagnosis, rule

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Cut


WITH_GRAD_MODE_ON = Advice("compute the loss with grad mode on, outside of `no_grad` and `inference_mode`")
WITH_A_DIFFERENTIABLE_OPERATOR = Advice(
    "compute the loss from `{tensor}` itself, with a differentiable function such as `cross_entropy`",
    "compute the loss with differentiable functions alone, such as `cross_entropy` of the scores",
)
LET_SOMETHING_REQUIRE_GRAD = Advice(
    "let what is trained require grad, by `requires_grad_()`, before the loss is computed from it"
)
_LET_IT_REQUIRE_GRAD = Advice("let it require grad, by `requires_grad_()`, before the loss is computed from it")


@rule(
    "backward-without-graph",
    on=Raised,
    claims=(ErrorKind.NO_GRAD, ErrorKind.INPUT_NO_GRAD),
    advice=(WITH_GRAD_MODE_ON, WITH_A_DIFFERENTIABLE_OPERATOR, LET_SOMETHING_REQUIRE_GRAD, _LET_IT_REQUIRE_GRAD),
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal of a loss that no detach() or `.data` explains, or of a gradient by what requires none."""
    if event.error.kind is ErrorKind.INPUT_NO_GRAD and not event.premises:
        return _by_what_requires_none(event)
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on a loss without a graph that no detach() or `.data` explains; None for any other event."""
    if event.error.kind is not ErrorKind.NO_GRAD:
        return None
    cut = cuts.newest(event.error.cuts)
    if cut is not None and cut.kind not in {cuts.GRAD_OFF, cuts.NO_GRADIENT}:
        return None
    why, advice = _explained(cut)
    return Diagnosis(
        event.place,
        f"`{{here}}` has no graph to go through: {why}. {wording.raised(ErrorKind.NO_GRAD)}"
        f"{wording.assuming(event.premises)}",
        (*wording.cut_marks([] if cut is None else [cut]), *wording.read_mark(event.place, "refused here")),
        advice,
        event.premises,
        subjects=() if cut is None else (("tensor", Subject(cut.place)), ("cut", Subject(cut.place, whole=True))),
    )


def _explained(cut: Cut | None) -> tuple[str, Advice]:
    if cut is None:
        return "nothing that the loss was computed from requires grad", LET_SOMETHING_REQUIRE_GRAD
    if cut.kind is cuts.GRAD_OFF:
        return "the loss was computed with grad mode off", WITH_GRAD_MODE_ON
    return "the loss was computed through {cut}, which no gradient passes", WITH_A_DIFFERENTIABLE_OPERATOR


def _by_what_requires_none(event: Raised) -> Diagnosis:
    trace = wording.made_trace(event.error, event.place, "it requires no grad")
    return Diagnosis(
        event.place,
        f"`{{here}}` asks for the gradient of a tensor that requires none: {wording.raised(ErrorKind.INPUT_NO_GRAD)}",
        (*wording.cut_marks(event.error.cuts), *trace),
        _LET_IT_REQUIRE_GRAD,
    )
