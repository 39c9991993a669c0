"""What is meant as a constant of a loss keeps the graph of a model that the same training step trains.

## What it does
Reports four things that reinforcement learning means as constants, where they keep their graph and come to a backward:

- a bootstrapped target, `reward + gamma * model(next_states)`, in a loss that compares it with what the same model predicts
- an advantage or a temporal-difference error that weighs a log probability, where it comes with the graph of a critic whose
  gradients are used
- the old log probability in `exp(new - old)`, where one model gives both
- the action in `log_prob(action)`, made by `rsample()`, where an advantage weighs that log probability

## Why it is unsafe
The target is differentiated as well as the prediction: the model is also trained to move the target to the prediction.
With an advantage that has its graph, the policy's loss trains the critic to predict what makes the policy's loss small. The
gradient of `exp(new - old)` has the old probabilities in it, and that of the log probability of a reparametrised action loses
the share of the mean. Backward runs, and each `.grad` has a plausible size. Nothing is raised.

## Example
```python
from torch.nn import functional as F


def update(critic, optimizer, states, rewards, next_states, gamma=0.99):
    targets = rewards + gamma * critic(next_states)
    loss = F.mse_loss(critic(states), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

A caller that trains a critic by it:
```python
import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Linear(2, 1)
optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
update(critic, optimizer, torch.ones(4, 2), torch.ones(4, 1), torch.ones(4, 2))
gradient = critic.bias.grad.clone()
```

## Use instead
```python
import torch
from torch.nn import functional as F


def update(critic, optimizer, states, rewards, next_states, gamma=0.99):
    with torch.no_grad():
        targets = rewards + gamma * critic(next_states)
    loss = F.mse_loss(critic(states), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

## Fix safety
Residual gradient methods differentiate the target on purpose. No fix is applied automatically.

## Limits
The roles are told by the spelling of one training step, with the functions of the file that it calls: a reward and a discount
make a target, a log probability and an advantage a policy's loss. The names of the file tell which models it trains: their
`parameters()` go to an optimizer, they are put into training mode, or what they compute is differentiated. What comes out of a
replay buffer or from code out of sight is taken for a constant. Nothing is reported of functions that call themselves
residual, or that freeze a model.

## References
- fixtures/grd227
- torch.no_grad
- torch.Tensor.detach
"""

from __future__ import annotations

from flake8_gradsafe.idioms.meant_constants import ADVANTAGE, OLD, REPARAMETRIZED, TARGET
from flake8_gradsafe.interpreter.events import ConstantDifferentiated
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule
from flake8_gradsafe.rules.suspicion import is_suspect

COMPUTE_WITHOUT_GRAD = Advice("compute the target under `torch.no_grad()`, or detach it before it is compared")
DETACH_THE_WEIGHT = Advice("detach what weighs the log probability where it does so: `….detach()`")
DETACH_THE_OLD = Advice("keep the old log probabilities without their graph: `….detach()`")
SAMPLE_THE_ACTION = Advice("draw the action by `sample()`, or detach it before `log_prob(…)`")

_HARM = {
    TARGET: "is the target of a loss and keeps the graph of `{model}`: the loss trains the target to meet the prediction",
    ADVANTAGE: "weighs a log probability and keeps the graph of `{model}`: the policy's loss trains that as well",
    OLD: "are the old log probabilities and keep the graph of `{model}`: they move with the new ones",
    REPARAMETRIZED: "draws an action with its graph, and an advantage weighs its log probability: the mean loses its gradient",
}
_ADVICE = {
    TARGET: COMPUTE_WITHOUT_GRAD,
    ADVANTAGE: DETACH_THE_WEIGHT,
    OLD: DETACH_THE_OLD,
    REPARAMETRIZED: SAMPLE_THE_ACTION,
}


@rule("target-keeps-its-graph", on=ConstantDifferentiated, claims=Harm.CONSTANT_TRAINED, advice=tuple(_ADVICE.values()))
def check(event: ConstantDifferentiated) -> Diagnosis | None:
    """Report a target, an advantage or an old log probability that is differentiated."""
    if not is_suspect(event.premises):
        return None
    trace = [TraceMark("saved", event.made, "computed here, with grad mode on")] if event.made is not None else []
    trace += [TraceMark("read", event.backward, "differentiated here")] if event.backward is not None else []
    return Diagnosis(
        event.place,
        f"`{{here}}` {_HARM[event.kind].format(model=event.model)}{wording.assuming(event.premises)}",
        tuple(trace),
        _ADVICE[event.kind],
        event.premises,
    )
