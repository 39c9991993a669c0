"""The state of a model is kept without a copy, changed by a step, and loaded again: nothing is restored.

## What it does
Reports a `state_dict()` that is kept while an optimizer steps the model, and then loaded into the same model by
`load_state_dict()`.

## Why it is unsafe
`state_dict()` gives no copies: its tensors share the memory of the parameters. Each `step()` changes them as well, so that what
is loaded in the end is what the model has already. Nothing is raised, and the last weights are taken for the best.

## Example
```python
import torch
from torch import nn

model = nn.Linear(2, 1, bias=False)
nn.init.ones_(model.weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
before = model.state_dict()
model(torch.ones(1, 2)).sum().backward()
optimizer.step()
model.load_state_dict(before)
```

## Use instead
```python
import copy

import torch
from torch import nn

model = nn.Linear(2, 1, bias=False)
nn.init.ones_(model.weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
before = copy.deepcopy(model.state_dict())
model(torch.ones(1, 2)).sum().backward()
optimizer.step()
model.load_state_dict(before)
```

## Fix safety
A copy takes memory, and may be made in another place. No fix is applied automatically.

## Limits
What is only saved to a file, or compared, is not reported, and neither is a state that another model is given.

## References
- fixtures/grd178
- torch.nn.Module.state_dict
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import SnapshotMoved
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

COPY_THE_STATE = Advice("keep a copy of the state: `copy.deepcopy(…)` of it")


@rule("snapshot-is-an-alias", on=SnapshotMoved, claims=Harm.NOT_RESTORED, advice=(COPY_THE_STATE,))
def check(event: SnapshotMoved) -> Diagnosis | None:
    """Report a state that is kept without a copy and loaded after a step."""
    return None if event.premises else report(event)


def report(event: SnapshotMoved) -> Diagnosis:
    """The report on a state that is kept without a copy and loaded after a step."""
    return Diagnosis(
        event.place,
        "`{here}` shares the memory of the parameters: the steps since then have changed it as well, and loading it restores "
        f"nothing{wording.assuming(event.premises)}",
        (
            TraceMark("aliased", event.place, "taken here, without a copy"),
            TraceMark("written", event.step, "changed here, with the parameters"),
            TraceMark("read", event.loaded, "loaded here"),
        ),
        COPY_THE_STATE,
        event.premises,
    )
