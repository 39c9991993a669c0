"""A model that is trained out of sight may be in reach of no backward, though nothing cuts it off.

## What it does
Reports what GRD172 reports, where that assumes something: that a model which is made out of sight is trained, or that the
program takes a path. Where such a model is frozen by a function that is to evaluate it, and trained on afterwards, that is
reported as well: PyTorch may raise "element 0 of tensors does not require grad" at the next backward.

## Why it is unsafe
The `.grad` of its parameters stays None, and `step()` passes over them without a word. The loss may still go down, because
the other parameters do learn.

## Example
```python
import torch
from torch.nn import functional as F


class Trainer:
    def __init__(self, encoder, decoder, classifier):
        self.encoder, self.decoder, self.classifier = encoder, decoder, classifier
        self.optimizer = torch.optim.SGD(
            [*encoder.parameters(), *decoder.parameters(), *classifier.parameters()], lr=0.1
        )

    def step(self, images, labels):
        codes = self.encoder(images)
        loss = F.mse_loss(self.decoder(codes), images)
        label_loss = F.cross_entropy(self.classifier(codes), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item() + label_loss.item()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

encoder, decoder, classifier = nn.Linear(4, 2), nn.Linear(2, 4), nn.Linear(2, 3)
trainer = Trainer(encoder, decoder, classifier)
trainer.step(torch.ones(5, 4), torch.zeros(5, dtype=torch.long))
weight = classifier.weight
```

## Use instead
```python
import torch
from torch.nn import functional as F


class Trainer:
    def __init__(self, encoder, decoder, classifier):
        self.encoder, self.decoder, self.classifier = encoder, decoder, classifier
        self.optimizer = torch.optim.SGD(
            [*encoder.parameters(), *decoder.parameters(), *classifier.parameters()], lr=0.1
        )

    def step(self, images, labels):
        codes = self.encoder(images)
        loss = F.mse_loss(self.decoder(codes), images)
        label_loss = F.cross_entropy(self.classifier(codes), labels)
        self.optimizer.zero_grad()
        (loss + label_loss).backward()
        self.optimizer.step()
        return loss.item() + label_loss.item()
```

## Fix safety
Whether the loss or the optimizer's list is wrong the linter cannot know. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported.

## References
- fixtures/grd272
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import OutOfReach
from flake8_gradsafe.rules import grd172
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule("parameter-may-be-out-of-reach", on=OutOfReach, claims=Harm.NEVER_TRAINED, advice=grd172.REACH_ADVICE)
def check(event: OutOfReach) -> Diagnosis | None:
    """Report where the way of a parameter ends, if what is assumed holds."""
    return grd172.report(event) if is_suspect(event.premises) else None
