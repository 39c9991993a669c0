"""A .data write to a tensor in a graph, or to what an operator saved, with one premise assumed.

## What it does
Reports a write through `.data`, or an assignment to it, where there is positive evidence of harm and one premise is assumed:
the tensor is seen in a graph and no backward in sight reads it rightly; or an operator saved it and a caller may differentiate
the result; or a backward reads a value that was changed before an operator saved it.

## Why it is unsafe
Autograd does not see the write. If backward reads the memory, the gradient is silently wrong; if an operator uses the changed
value, the gradient is that of another function than the one that was computed.

## Example
```python
import torch

x = torch.randn(3, requires_grad=True)
y = x * 2
y.data.zero_()
```

## Use instead
```python
import torch

x = torch.randn(3, requires_grad=True)
y = x * 2
y = torch.zeros_like(y)
```

## Fix safety
Safe where nobody reads the tensor after the write; else unsafe: of a copy, the original no longer changes with it; of an
operator written out of place, what is computed below is differentiated through the change too; of a leaf's write under
`no_grad`, a backward that was silently wrong then raises.

## Limits
Initialisation, manual steps after backward and moving averages are GRD911. A module's own parameters and buffers are GRD214
where an operator saved them, else GRD911.

## References
- fixtures/grd211
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted, Event, Untracked
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.corrupted import suspect
from flake8_gradsafe.rules.remedies import COPY, NO_GRAD, OUT_OF_PLACE
from flake8_gradsafe.rules.rule import Report, Rule

_DATA = frozenset({Via.DATA, Via.SET_DATA})


def check(event: Event) -> Report | None:
    """Report a corruption with one premise, or a write to what is seen in a graph."""
    if isinstance(event, Corrupted):
        return _corrupted(event)
    if isinstance(event, Untracked) and not event.premises:
        return _untracked(event)
    return None


def _corrupted(event: Corrupted) -> Report | None:
    corruption = event.corruption
    if event.state or corruption.write.via not in _DATA or not suspect(event):
        return None
    return Report(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, unseen by autograd: "
        f"{wording.gradients(event.leaves)} may be silently wrong{wording.assuming(event.premises)}",
        wording.corruption_trace(corruption, event.place),
        wording.WRITE_A_COPY,
        event.premises,
    )


def _untracked(event: Untracked) -> Report | None:
    excused = event.idiom.excuses_computed if event.computed else event.idiom.excuses
    if not event.in_graph or event.module_state or excused:
        return None
    if event.changed_before_use:
        why = "the gradient will be that of another function than the one computed"
    elif not event.read_rightly:
        why = "a backward through it would not see the change"
    else:
        return None
    return Report(
        event.place,
        f"`{{here}}` changes a tensor that is in a graph, unseen by autograd: {why}",
        wording.hop_marks(event.hops),
        wording.WRITE_A_COPY,
        frozenset({Premise.DIFFERENTIATED}),
    )


RULE = Rule(
    code="GRD211",
    name="data-write",
    summary="A .data write to a tensor in a graph, or to what an operator saved, with one premise assumed.",
    check=check,
    fix_safety="either",
    remedies=(
        COPY,
        OUT_OF_PLACE,
        NO_GRAD,
    ),
)
