"""A backward of what has no graph: RuntimeError.

## What it does
Reports a `backward()` of a loss that was computed under `no_grad`, or from tensors none of which requires grad.

## Why it is unsafe
PyTorch raises "element 0 of tensors does not require grad and does not have a grad_fn".

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

## Fix safety
No fix is applied.

## Limits
A closed world is needed: each tensor that the loss is made of must have been seen being made.

## References
- fixtures/grd151
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven refusal of a loss that no cut but no_grad explains, or of a gradient by what requires none."""
    if isinstance(event, Refused) and event.refusal.reason is Reason.INPUT_NO_GRAD and not event.premises:
        return _by_what_requires_none(event)
    refused = cuts.without_graph(event)
    if refused is None:
        return None
    cut = cuts.newest(refused.refusal.cuts)
    if cut is not None and cut.kind not in {cuts.GRAD_OFF, cuts.NO_GRADIENT}:
        return None
    grad_off = cut is not None and cut.kind is cuts.GRAD_OFF
    why = "the loss was computed with grad mode off" if grad_off else "none of the tensors in it requires grad"
    return Report(
        event.place,
        f"`{{here}}` has no graph to go through: {why}. RuntimeError (does not require grad)",
        (*wording.cut_marks([] if cut is None else [cut]), *wording.read_mark(event.place, "refused here")),
        "compute the loss with grad mode on, from at least one tensor that requires grad",
    )


def _by_what_requires_none(event: Refused) -> Report:
    trace = wording.made_trace(event.refusal, event.place, "it requires no grad")
    return Report(
        event.place,
        "`{here}` asks for the gradient with respect to a tensor that requires none: RuntimeError (does not require grad)",
        (*wording.cut_marks(event.refusal.cuts), *trace),
        "let the tensor require grad before it is used: x.requires_grad_()",
    )


RULE = Rule(
    code="GRD151",
    name="backward-without-graph",
    summary="A backward of what has no graph: RuntimeError.",
    check=check,
)
