"""A loss is added up with its graph: the graph of each round is kept, and memory grows.

## What it does
Reports a loss that a loop differentiates, and adds to a sum, or hands to a meter of the project that adds it up, as it is:
`total += loss`. The sum is begun outside of the loop, and is not differentiated itself.

## Why it is unsafe
A sum of losses is computed from them: it has a graph, which leads to the graphs of all that was added. None of these can be let
go while the sum is there. Memory grows with each round, and what is done with the sum later, as to differentiate it by mistake,
goes through all of them. Nothing is raised before memory runs out.

## Example
```python
import torch
from torch import nn


def nodes_of(node):
    return 0 if node is None else 1 + sum(nodes_of(before) for before, _ in node.next_functions)


model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total = 0
for _ in range(3):
    optimizer.zero_grad()
    loss = model(torch.ones(4, 2)).pow(2).mean()
    loss.backward()
    optimizer.step()
    total += loss
nodes = torch.tensor(nodes_of(getattr(total, "grad_fn", None)))
```

## Use instead
```python
import torch
from torch import nn


def nodes_of(node):
    return 0 if node is None else 1 + sum(nodes_of(before) for before, _ in node.next_functions)


model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total = 0
for _ in range(3):
    optimizer.zero_grad()
    loss = model(torch.ones(4, 2)).pow(2).mean()
    loss.backward()
    optimizer.step()
    total += loss.item()
nodes = torch.tensor(nodes_of(getattr(total, "grad_fn", None)))
```

## Fix safety
`item()` waits for the device, and gives a number instead of a tensor. No fix is applied automatically.

## Limits
Losses in a list are not reported: they may be differentiated together. Neither is a sum that comes to a loss, nor one that is
begun anew in each round. A loop over items that are written out, as in `for batch in [first, second]`, has few rounds: it is
not reported either.

## References
- fixtures/grd253
- torch.Tensor.item
- torch.Tensor.detach
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import LossKept
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import is_suspect

ADD_THE_VALUE = Advice("add the value without its graph: `.item()`, or `.detach()` if it is to stay a tensor")


@rule("graph-of-each-round-kept", on=LossKept, claims=Harm.GRAPH_KEPT, advice=(ADD_THE_VALUE,))
def check(event: LossKept) -> Diagnosis | None:
    """Report a loss that is added up with its graph."""
    if not is_suspect(event.premises):
        return None
    what = "hands the loss to a meter that adds it up" if event.meter else "adds up the loss"
    return Diagnosis(
        event.place,
        f"`{{here}}` {what} with its graph: the graph of each round is kept, and memory grows"
        f"{wording.assuming(event.premises)}",
        (TraceMark("read", event.backward, "differentiated here, in each round by itself"),),
        ADD_THE_VALUE,
        event.premises,
    )
