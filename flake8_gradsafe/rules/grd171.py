"""A backward computes the gradient of a parameter that no optimizer holds: it is never stepped.

## What it does
Reports an optimizer that steps some of the parameters of a loss, where others of them are held by no optimizer at all: they
were made after it, did not require grad when it was made, or were not given to it. Where the reason is that a module does not
register them, the place is reported where the module gets them. What is not given to any optimizer is reported if something
speaks for it being meant to be trained: it belongs to a loss, or is the decoder of an encoder, or nothing else is trained.

## Why it is unsafe
An optimizer takes the parameters that exist when it is made. What comes later, in their place or beside them, gets gradients
that nothing uses. Nothing is raised, and the loss may go down all the same, since the others do learn.

## Example
```python
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net[2] = nn.Linear(3, 1, bias=False)
nn.init.ones_(net[2].weight)
loss = net(torch.ones(4, 2)).pow(2).mean()
loss.backward()
optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 10))
net[2] = nn.Linear(3, 1, bias=False)
nn.init.ones_(net[2].weight)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
loss = net(torch.ones(4, 2)).pow(2).mean()
loss.backward()
optimizer.step()
```

## Fix safety
Where the optimizer should be made, and whether they are meant to be trained, the linter cannot know. No fix is applied
automatically.

## Limits
All optimizers of the program have to be in sight, and all that they are given. Parameters in eval mode, those that stored
values were loaded into, those whose `.grad` the program reads itself, and those that are called teacher, target or frozen are
taken to be left out on purpose, and so is the rest of a model of which an optimizer was given a part.

## References
- fixtures/grd171
- torch.optim.Optimizer.add_param_group
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import NotHeld, NotRegistered, Omission
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import CONVERT_FIRST, IN_A_MODULE_LIST, MAKE_IT_A_PARAMETER, Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

MAKE_IT_AFTERWARDS = Advice("make the optimizer after them, or give it the new ones by its `add_param_group(…)`")
GIVE_IT_ALL = Advice(
    "give the optimizer all that is trained at some time, what is frozen at first as well; or add it by `add_param_group(…)` "
    "when it is to be trained"
)
GIVE_THEM_OR_FREEZE = Advice(
    "give them to an optimizer; if they are meant to stay as they are, freeze them by `requires_grad_(False)`"
)
_ADVICE = {
    Omission.MADE_LATER: MAKE_IT_AFTERWARDS,
    Omission.FROZEN_THEN: GIVE_IT_ALL,
    Omission.LEFT_OUT: GIVE_THEM_OR_FREEZE,
    Omission.LISTED_LATER: MAKE_IT_AFTERWARDS,
}
_SINCE = {
    Omission.MADE_LATER: "made here, after the optimizer",
    Omission.FROZEN_THEN: "told to require grad here, after the optimizer was made",
    Omission.LEFT_OUT: "made here",
    Omission.LISTED_LATER: "added to the list here, of which the optimizer holds a copy",
}
_NAMED = 3


@rule(
    "parameter-not-in-optimizer",
    on=(NotHeld, NotRegistered),
    claims=Harm.NOT_STEPPED,
    advice=(MAKE_IT_AFTERWARDS, GIVE_IT_ALL, GIVE_THEM_OR_FREEZE, IN_A_MODULE_LIST, CONVERT_FIRST, MAKE_IT_A_PARAMETER),
)
def check(event: NotHeld | NotRegistered) -> Diagnosis | None:
    """Report parameters that get gradients and that no optimizer holds."""
    if event.premises:
        return None
    return report(event) if isinstance(event, NotHeld) else report_unregistered(event)


def report(event: NotHeld) -> Diagnosis:
    """The report on parameters that no optimizer holds, although a loss that is stepped with has their gradients."""
    them, gradients = ("it", "its gradient") if len(event.names) == 1 else ("them", "their gradients")
    return Diagnosis(
        event.place,
        f"`{{here}}` leaves out {_whom(event.names)}, and no other optimizer holds {them}: backward computes {gradients}, and "
        f"no step uses {them}{wording.assuming(event.premises)}",
        (
            TraceMark("made", event.since, _SINCE[event.omission]),
            *wording.read_mark(event.backward, "the gradients are computed here"),
            *wording.read_mark(event.step, "stepped here, without them"),
        ),
        _ADVICE[event.omission],
        event.premises,
    )


def report_unregistered(event: NotRegistered) -> Diagnosis:
    """The report on parameters that a module holds and does not register."""
    tensor = event.computed or event.plain
    what, them = ("is no parameter: the module", "it") if tensor else ("holds layers that the module", "them")
    advice = MAKE_IT_A_PARAMETER if event.plain else CONVERT_FIRST if event.computed else IN_A_MODULE_LIST
    return Diagnosis(
        event.place,
        f"`self.{event.attribute}` {what} does not register: no optimizer is given {them}, and nothing trains {them}"
        f"{wording.assuming(event.premises)}",
        (),
        advice,
        event.premises,
    )


def _whom(names: tuple[str, ...]) -> str:
    if not names:
        return "parameters of this loss"
    more = len(names) - _NAMED
    return wording.listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
