"""`requires_grad` is set on a module: that is a plain attribute, and its parameters keep theirs.

## What it does
Reports `module.requires_grad = False`, and the same with True, where `module` is a module of torch.nn or of a class of the file
that derives from one.

## Why it is unsafe
`nn.Module` has no flag of this name: Python makes an attribute of it, and nothing raises. What was meant to be frozen goes on
training, and what was meant to be trained again stays frozen.

## Example
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2)
head = nn.Linear(2, 1)
encoder.requires_grad = False
head(encoder(torch.ones(3, 2))).sum().backward()
```

## Use instead
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2)
head = nn.Linear(2, 1)
encoder.requires_grad_(False)
head(encoder(torch.ones(3, 2))).sum().backward()
```

## Fix safety
The training may have been tuned with the parameters as they are. No fix is applied automatically.

## Limits
Modules that are made out of sight are passed over, and classes that read or define `requires_grad` themselves.

## References
- fixtures/grd163
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Discarded
from flake8_gradsafe.rules.advice import FLAG_OF_PARAMETERS
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("requires-grad-of-module", on=Discarded, claims=Harm.NO_EFFECT, advice=(FLAG_OF_PARAMETERS,))
def check(event: Discarded) -> Diagnosis | None:
    """Report a flag that is set on a module."""
    if event.premises or event.what != "flag":
        return None
    message = "`{here}` sets a plain attribute of the module: its parameters keep their `requires_grad`"
    return Diagnosis(event.place, message, advice=FLAG_OF_PARAMETERS)
