"""A .data write to a tensor in a graph, or to what an operator saved, with one premise assumed.

## What it does
Reports a write through `.data`, or an assignment to `.data`, if there is evidence of harm and one premise is assumed.
The evidence is one of these:

- an operator saved the tensor, and a caller may differentiate the result, or the write may change a value that backward reads;
- the tensor is in a graph, and no backward in sight went through it before the write;
- a backward computes with a value that was changed before an operator saved it;
- what is written was computed of a gradient that was asked for with `create_graph=True`, and nothing else uses its graph.

## Why it is unsafe
Autograd does not see the write. If backward reads the memory, the gradient is silently wrong; if an operator computes
with the changed value, the gradient is that of another function than the one that was computed. (If an operator saved
the `.data` tensor itself, PyTorch sees the write and raises: that is GRD141.)

## Example
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def gate(x):
    out = torch.sigmoid(x * scale)
    out.data.mul_(0.5)
    return out
```

A caller that differentiates the result:
```python
gate(torch.tensor([1.0, 2.0, 3.0])).sum().backward()
```

## Use instead
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def gate(x):
    out = torch.sigmoid(x * scale)
    out = out * 0.5
    return out
```

## Fix safety
Safe where nobody reads the tensor after the write. Else unsafe: if a copy is written, the original no longer changes
with it; if the operator is written out of place, what is computed below is differentiated through the change too; if a
leaf is written under `no_grad`, a backward that was silently wrong then raises.

## Limits
Initialisation, manual steps after backward and moving averages are GRD911. A module's own parameters and buffers are
GRD214 where an operator saved them, else GRD911.

## References
- fixtures/grd211
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise, counted
from flake8_gradsafe.interpreter.events import Corrupted, DataWrite
from flake8_gradsafe.rules import advice, corrupted, wording
from flake8_gradsafe.rules.advice import Subject
from flake8_gradsafe.rules.corrupted import suspect
from flake8_gradsafe.rules.fix_kinds import COPY, NO_GRAD, OUT_OF_PLACE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "data-write",
    on=(Corrupted, DataWrite),
    claims=(Harm.WRONG_GRADIENT, Harm.WRONG_VALUE),
    advice=(*corrupted.COPIED_OR_MOVED, advice.UPDATE_UNDER_NO_GRAD),
    fixes=(
        COPY,
        OUT_OF_PLACE,
        NO_GRAD,
    ),
    fix_safety="either",
)
def check(event: Corrupted | DataWrite) -> Diagnosis | None:
    """Report a corruption with one premise, or a write to what is seen in a graph."""
    if isinstance(event, Corrupted):
        return _corrupted(event)
    if isinstance(event, DataWrite) and counted(event.premises) <= ({Premise.PATH} if event.computed else set()):
        return _untracked(event)
    return None


def _corrupted(event: Corrupted) -> Diagnosis | None:
    corruption = event.stale_save
    if event.state or not corrupted.is_unseen(event) or not suspect(event):
        return None
    return Diagnosis(
        corruption.write.place,
        f"`{{here}}` overwrites {wording.saved(corruption.node, corruption.save)}, unseen by autograd: "
        f"{wording.gradients(event.leaves)} may be silently wrong{wording.assuming(event.premises, corruption.node)}",
        wording.corruption_trace(corruption, event.place),
        corrupted.copied_or_moved(corruption.save),
        event.premises,
        corrupted.subjects(corruption.write, event.place),
    )


def _untracked(event: DataWrite) -> Diagnosis | None:
    drops = event.drops_second_order and event.computed and event.read_rightly
    excused = event.idiom.excuses_computed if event.computed else event.idiom.excuses
    if not event.in_graph or event.module_state or (excused and not drops):
        return None
    if drops:
        why = "the gradient with a graph that it is computed of, as `create_graph=True` asks, loses that graph"
    elif event.changed_before_use:
        why = "the gradient will be that of another function than the one computed"
    elif not event.read_rightly:
        why = "a backward through it would not see the change"
    else:
        return None
    assumed = event.premises | (frozenset({Premise.CHANGES_VALUE}) if event.may_keep_values else frozenset())
    return Diagnosis(
        event.place,
        f"`{{here}}` changes a tensor that is in a graph, unseen by autograd: {why}{wording.assuming(assumed)}",
        wording.hop_marks(event.hops),
        advice.WRITE_A_COPY if event.computed else advice.UPDATE_UNDER_NO_GRAD,
        frozenset({Premise.DIFFERENTIATED}) | assumed,
        (("tensor", Subject(event.hops[-1].place if event.hops else event.place)),),
    )
