"""The values of a model are kept without a copy, and used after a step as those of before: they are those of now.

## What it does
Reports a `state_dict()` that is kept while an optimizer steps the model, and then loaded into the same model by
`load_state_dict()`. It also reports `p.detach()` and `p.data` that are kept over a step, and then subtracted from the
parameter, or written back to it.

## Why it is unsafe
`state_dict()`, `detach()` and `.data` give no copies: their tensors share the memory of the parameters. Each `step()` changes
them as well. What is loaded in the end is what the model has already, and a term that is to hold the weights near the old
ones is always zero. Nothing is raised.

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
What is only saved to a file, or compared by `torch.equal`, is not reported, and neither is a state that another model is given.

## References
- fixtures/grd178
- torch.nn.Module.state_dict
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import SnapshotMoved, SnapshotUse
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

COPY_THE_STATE = Advice("keep a copy of the state: `copy.deepcopy(…)` of it")
COPY_THE_VALUES = Advice("keep a copy of the values, made by `.detach().clone()`")
_VAIN = {
    SnapshotUse.LOADED: "loading it restores nothing",
    SnapshotUse.COMPARED: "the difference is always zero",
    SnapshotUse.WRITTEN_BACK: "writing it back restores nothing",
}
_READ = {
    SnapshotUse.LOADED: "loaded here",
    SnapshotUse.COMPARED: "compared here",
    SnapshotUse.WRITTEN_BACK: "written back here",
}


@rule("snapshot-is-an-alias", on=SnapshotMoved, claims=Harm.NOT_RESTORED, advice=(COPY_THE_STATE, COPY_THE_VALUES))
def check(event: SnapshotMoved) -> Diagnosis | None:
    """Report values that are kept without a copy and used after a step."""
    return None if event.premises else report(event)


def report(event: SnapshotMoved) -> Diagnosis:
    """The report on values that are kept without a copy and used after a step."""
    return Diagnosis(
        event.place,
        "`{here}` shares the memory of the parameters: the steps since then have changed it as well, and "
        f"{_VAIN[event.use]}{wording.assuming(event.premises)}",
        (
            TraceMark("aliased", event.place, "taken here, without a copy"),
            TraceMark("written", event.step, "changed here, with the parameters"),
            TraceMark("read", event.read, _READ[event.use]),
        ),
        COPY_THE_STATE if event.of_module else COPY_THE_VALUES,
        event.premises,
    )
