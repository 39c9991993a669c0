"""A second backward through a graph that the first one freed: RuntimeError.

## What it does
Reports a `backward()` through a node whose saved tensors an earlier backward in sight freed, because it was not told to retain
the graph.

## Why it is unsafe
PyTorch raises "Trying to backward through the graph a second time". In a loop this is a graph kept over rounds: a hidden
state or a running loss that is not detached.

## Example
```python
import torch

a = torch.ones(3, requires_grad=True)
loss = a.exp().sum()
loss.backward()
loss.backward()
```

## Use instead
```python
import torch

a = torch.ones(3, requires_grad=True)
loss = a.exp().sum()
loss.backward(retain_graph=True)
loss.backward()
```

## Fix safety
Whether the graph should be retained or cut between the two is the author's to say. No fix is applied automatically.

## Limits
A node that saved nothing (a sum, an addition) can be gone through any number of times, and is.

## References
- torch.Tensor.backward, `retain_graph`
- fixtures/grd152
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Mark, Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven second backward."""
    if not isinstance(event, Refused) or event.premises or event.refusal.reason is not Reason.FREED:
        return None
    node = event.refusal.node
    trace = () if node is None else (Mark("saved", node.place, f"{wording.operator(node)} made its node here"),)
    return Report(
        event.place,
        "`{here}` goes through a graph that an earlier backward freed: RuntimeError (a second time)",
        (*trace, *wording.read_mark(event.place, "refused here")),
        "compute the loss anew, detach what is carried over, or pass retain_graph=True to the earlier backward",
    )


RULE = Rule(
    code="GRD152",
    name="backward-twice",
    summary="A second backward through a graph that the first one freed: RuntimeError.",
    check=check,
)
