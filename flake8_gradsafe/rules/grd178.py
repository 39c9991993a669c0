"""The values of a model are kept without a copy, and used after a step as those of before: they are those of now.

## What it does
Reports a `state_dict()` that is kept while an optimizer steps the model, and then loaded into the same model by
`load_state_dict()`. It also reports `p.detach()` and `p.data` that are kept over a step, and then subtracted from the
parameter, or written back to it. A model that is given its own state under another name is reported, and so is a parameter
that `p.data = q.data` gives the memory of one that is stepped: a target network made so is no copy.

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

from flake8_gradsafe.interpreter.events import (
    LoadedIntoItself,
    ModelShared,
    ParameterShared,
    RegisteredAgain,
    SnapshotMoved,
    SnapshotUse,
    ValuesShared,
)
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

COPY_THE_STATE = Advice("keep a copy of the state: `copy.deepcopy(…)` of it")
COPY_THE_VALUES = Advice("keep a copy of the values, made by `.detach().clone()`")
COPY_THE_MODEL = Advice(
    "make a second model for the copy: `copy.deepcopy(…)` of the model, or another instance of its class"
)
COPY_INTO_IT = Advice("copy the values into the parameter: `.data.copy_(…)`")
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


#: The events that tell of values, of a parameter or of a model that are taken for a copy.
ALIASES = (SnapshotMoved, LoadedIntoItself, ModelShared, ParameterShared, ValuesShared, RegisteredAgain)
Alias = SnapshotMoved | LoadedIntoItself | ModelShared | ParameterShared | ValuesShared | RegisteredAgain
ADVICE = (COPY_THE_STATE, COPY_THE_VALUES, COPY_THE_MODEL, COPY_INTO_IT)


@rule("snapshot-is-an-alias", on=ALIASES, claims=Harm.NOT_RESTORED, advice=ADVICE)
def check(event: Alias) -> Diagnosis | None:
    """Report what is taken for a copy and shares the memory of parameters that are stepped."""
    return None if event.premises else report(event)


def report(event: Alias) -> Diagnosis:
    """The report on values, on a model or on a parameter that is taken for a copy."""
    if isinstance(event, LoadedIntoItself):
        return _report_model(event)
    if isinstance(event, ModelShared):
        return _report_shared(event)
    if isinstance(event, RegisteredAgain):
        return _report_registered(event)
    if isinstance(event, ValuesShared):
        return _report_kept(event)
    return _report_parameter(event) if isinstance(event, ParameterShared) else _report_values(event)


def _report_model(event: LoadedIntoItself) -> Diagnosis:
    return Diagnosis(
        event.place,
        "`{here}` loads a model into itself: both names stand for one module, so that each step changes what is meant to "
        f"be a copy of it as well{wording.assuming(event.premises)}",
        (TraceMark("read", event.place, "loaded here, from the same module"),),
        COPY_THE_MODEL,
        event.premises,
    )


def _report_shared(event: ModelShared) -> Diagnosis:
    told = "`{here}` makes no copy: both names stand for one module, so that each step changes both"
    trace = [TraceMark("aliased", event.place, "from here on, two names for one module")]
    if event.frozen is not None:
        told = "`{here}` copies no parameter: the model that it is made from is frozen with it"
        trace = [
            TraceMark("aliased", event.place, "shares all parameters"),
            TraceMark("read", event.frozen, "frozen here, with the model itself"),
        ]
    return Diagnosis(event.place, told + wording.assuming(event.premises), tuple(trace), COPY_THE_MODEL, event.premises)


def _report_parameter(event: ParameterShared) -> Diagnosis:
    step = [] if event.step is None else [TraceMark("written", event.step, "changed here, with the other parameter")]
    return Diagnosis(
        event.place,
        "`{here}` gives a parameter the memory of another one: each step of that one changes it as well"
        f"{wording.assuming(event.premises)}",
        (TraceMark("aliased", event.place, "shared from here on, without a copy"), *step),
        COPY_INTO_IT,
        event.premises,
    )


def _report_kept(event: ValuesShared) -> Diagnosis:
    told = "each update of the average changes the model itself"
    trace = [
        TraceMark("aliased", event.place, "taken here, without a copy"),
        TraceMark("written", event.changed, "changed here, with the parameters"),
    ]
    if event.read is not None:
        told = "the write that follows changes both, and writing it back restores nothing"
        trace.append(TraceMark("read", event.read, "written back here"))
    return Diagnosis(
        event.place,
        f"`{{here}}` shares the memory of the parameters: {told}{wording.assuming(event.premises)}",
        tuple(trace),
        COPY_THE_VALUES,
        event.premises,
    )


def _report_registered(event: RegisteredAgain) -> Diagnosis:
    changed = [] if event.changed is None else [TraceMark("written", event.changed, "changed here, both of them")]
    told = "a write to one of them" if event.changed is not None else "each step"
    return Diagnosis(
        event.place,
        f"`{{here}}` gives `{event.second}` the memory of `{event.first}`: {told} changes both"
        f"{wording.assuming(event.premises)}",
        (TraceMark("aliased", event.place, "shared from here on, without a copy"), *changed),
        COPY_THE_VALUES,
        event.premises,
    )


def _report_values(event: SnapshotMoved) -> Diagnosis:
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
