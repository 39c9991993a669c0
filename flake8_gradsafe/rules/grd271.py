"""A module holds parameters that it does not register, or an object's optimizer does not hold them: they are never trained.

## What it does
Reports layers that the constructor of an `nn.Module` keeps in a plain list, tuple or dict, and tensors that it computes from
a new `nn.Parameter`: `nn.Parameter(...).cuda()`, `nn.Parameter(...) / 3`. A plain tensor is reported that requires grad and
has a parameter's name: `self.bias = torch.zeros(3, requires_grad=True)`. It also reports what GRD171 reports where that
assumes something, such as that no other code gives an object's parameters to an optimizer: an optimizer that has the name of
one network and the parameters of another, which has an optimizer of its own, and parameters that are added to a list when an
optimizer has taken it.

## Why it is unsafe
A module registers what is bound to its attributes itself. It does not look into containers, and a tensor that was computed from
a parameter is no parameter. `parameters()`, `to()`, `state_dict()` and `train()` pass over what is not registered: an optimizer
never sees it, a checkpoint does not have it, and nothing is raised.

## Example
```python
from torch import nn


class Net(nn.Module):
    def __init__(self, features, depth):
        super().__init__()
        self.layers = [nn.Linear(features, features) for _ in range(depth)]
        self.head = nn.Linear(features, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).tanh()
        return self.head(x)
```

A caller that trains a model by it:
```python
import torch

net = Net(2, 1)
weight = net.layers[0].weight
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.ones(4, 2)).mean().backward()
optimizer.step()
```

## Use instead
```python
from torch import nn


class Net(nn.Module):
    def __init__(self, features, depth):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(features, features) for _ in range(depth)])
        self.head = nn.Linear(features, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).tanh()
        return self.head(x)
```

## Fix safety
Whether they are meant to be trained, the linter cannot know. No fix is applied automatically.

## Limits
Code of another file may register them, or give them to an optimizer itself. Names such as teacher, target and frozen say that
nothing is to be trained. Containers that a method other than the constructor makes are not looked into.

## References
- fixtures/grd271
- torch.nn.ModuleList, torch.nn.ParameterList
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import NotHeld, NotRegistered
from flake8_gradsafe.rules import grd171
from flake8_gradsafe.rules.advice import CONVERT_FIRST, IN_A_MODULE_LIST, MAKE_IT_A_PARAMETER
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "parameter-not-registered",
    on=(NotRegistered, NotHeld),
    claims=Harm.NEVER_TRAINED,
    advice=(
        IN_A_MODULE_LIST,
        CONVERT_FIRST,
        MAKE_IT_A_PARAMETER,
        grd171.MAKE_IT_AFTERWARDS,
        grd171.GIVE_IT_ALL,
        grd171.GIVE_THEM_OR_FREEZE,
    ),
)
def check(event: NotRegistered | NotHeld) -> Diagnosis | None:
    """Report parameters that a module does not register, or that may be meant for an optimizer."""
    if not is_suspect(event.premises):
        return None
    return grd171.report(event) if isinstance(event, NotHeld) else grd171.report_unregistered(event)
