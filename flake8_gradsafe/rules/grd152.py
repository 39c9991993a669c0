"""A second backward through a graph that the first one freed: RuntimeError.

## What it does
Reports a `backward()` through a node whose saved tensors an earlier backward in sight freed, because it was not told to
retain the graph.

## Why it is unsafe
PyTorch raises "Trying to backward through the graph a second time". In a loop, the graph of an earlier round is mostly
reached through a hidden state or a running loss that was not detached.

## Example
```python
import torch

w = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
h = torch.ones(3)
for _ in range(2):
    h = torch.tanh(h * w)
    h.sum().backward()
```

## Use instead
In a loop that carries a state from round to round, detach the state at the end of each round:
```python
import torch

w = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
h = torch.ones(3)
for _ in range(2):
    h = torch.tanh(h * w)
    h.sum().backward()
    h = h.detach()
```

Where one loss is differentiated twice, differentiate it once, or compute it anew. `loss.backward(retain_graph=True)`
keeps the graph for a second backward, but only as long as no optimizer steps between the two: after a step, the second
backward is refused (GRD144).

## Fix safety
Whether the graph should be retained, cut or made anew between the two, the linter cannot know. No fix is applied
automatically.

## Limits
An operator that saved nothing (a sum, an addition) can be differentiated any number of times, and is not reported.

## References
- torch.Tensor.backward, `retain_graph`
- fixtures/grd152
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import COMPUTE_ANEW, Advice
from flake8_gradsafe.rules.graph_of_earlier_round import DETACH_EACH_ROUND, advice_to_detach, with_names_to_detach
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

ANEW_OR_RETAIN = Advice(
    "differentiate the sum of the losses once, or compute the loss anew; or pass `retain_graph=True` to the earlier backward"
)


@rule(
    "backward-twice",
    on=Raised,
    claims=ErrorKind.FREED,
    advice=(DETACH_EACH_ROUND, COMPUTE_ANEW, ANEW_OR_RETAIN),
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven second backward."""
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on a second backward through one graph; None for any other event."""
    if event.error.kind is not ErrorKind.FREED:
        return None
    node = event.error.node
    trace = () if node is None else (TraceMark("saved", node.place, f"{wording.operator(node)} made its node here"),)
    made = Diagnosis(
        event.place,
        f"`{{here}}` goes through a graph that an earlier backward freed: {wording.raised(ErrorKind.FREED)}"
        f"{wording.assuming(event.premises)}",
        (*trace, *wording.read_mark(event.place, "refused here")),
        advice_to_detach(event) or (COMPUTE_ANEW if event.stepped else ANEW_OR_RETAIN),
        event.premises,
    )
    return with_names_to_detach(made, event)
