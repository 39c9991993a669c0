"""An attribute is set that PyTorch has under another name: it is a plain attribute, and changes nothing.

## What it does
Reports `p.require_grad = False`, `p.requires_grads = True` and other misspellings of `requires_grad` and `grad`, where `p` is a
tensor, and of `requires_grad` and `training`, where it is a module. And it reports `x.requires_grad_ = True` and
`net.train = False`, which overwrite a method.

## Why it is unsafe
Tensors and modules take attributes of any name, and nothing is raised. What was meant to be frozen goes on training, and what
was meant to be trained stays frozen.

## Example
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2)
head = nn.Linear(2, 1)
for p in encoder.parameters():
    p.require_grad = False
head(encoder(torch.ones(3, 2))).sum().backward()
```

## Use instead
```python
import torch
from torch import nn

encoder = nn.Linear(2, 2)
head = nn.Linear(2, 1)
for p in encoder.parameters():
    p.requires_grad = False
head(encoder(torch.ones(3, 2))).sum().backward()
```

## Fix safety
The training may have been tuned with the flags as they are. No fix is applied automatically.

## Limits
Classes of the file that read or define the attribute are passed over. `requires_grad` itself, set on a module, is GRD163. What
is made out of sight is GRD265.

## References
- torch.Tensor.requires_grad
- fixtures/grd165
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Misspelt
from flake8_gradsafe.rules.advice import FLAG_OF_PARAMETERS, Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_SPELL_IT = Advice("set `{meant}`, spelled like this")
_SWITCH_IT = Advice("call `train()` or `eval()` of the module")
SPELLING_ADVICE = (_SPELL_IT, _SWITCH_IT, FLAG_OF_PARAMETERS)


@rule("misspelt-flag", on=Misspelt, claims=Harm.NO_EFFECT, advice=SPELLING_ADVICE)
def check(event: Misspelt) -> Diagnosis | None:
    """Report an attribute that a tensor or a module surely has under another name."""
    return None if event.premises else report(event)


def report(event: Misspelt, assumed: str = "") -> Diagnosis:
    """What is said of such an attribute; `assumed` stands at the end of the message."""
    does = "overwrites a method" if event.overwrites else "sets a plain attribute that PyTorch does not know"
    whose = f"`{event.meant}` stays as it is"
    if event.of_module and event.meant == "requires_grad":
        whose = "the parameters of the module keep their `requires_grad`"
    advice = _SPELL_IT
    if event.of_module:
        advice = FLAG_OF_PARAMETERS if event.meant == "requires_grad" else _SWITCH_IT
    return Diagnosis(
        event.place,
        f"`{{here}}` {does}: {whose}{assumed}",
        advice=advice,
        premises=event.premises,
        subjects=(("meant", event.meant),),
    )
