"""A backward of what detach_() cut off: RuntimeError.

## What it does
Reports a `backward()` of a tensor all of whose graph was cut off by `detach_()`.

## Why it is unsafe
`detach_()` changes the tensor object itself, for everybody who holds it. What is computed from it afterwards does not
require grad, and PyTorch raises "element 0 of tensors does not require grad and does not have a grad_fn". `m =
m.detach()` would end in the same error: what is cut off needs a name of its own.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
m.detach_()
m.exp().sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
detached = m.detach()
m.exp().sum().backward()
```

## Fix safety
No fix is applied: which of the uses should be cut off, the linter cannot know.

## Limits
Reported only if it is known how each tensor that the loss is computed from was made.

## References
- fixtures/grd134
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import cuts, wording
from flake8_gradsafe.rules.advice import DETACH_UNDER_ANOTHER_NAME, Subject
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("detach_-then-backward", on=Raised, claims=ErrorKind.NO_GRAD, advice=(DETACH_UNDER_ANOTHER_NAME,))
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal whose newest cut is a detach_()."""
    cut = cuts.newest_of_refused(event)
    if event.premises or cut is None or cut.kind is not cuts.IN_PLACE:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` has no graph to go through, which detach_() took away: {wording.raised(ErrorKind.NO_GRAD)}",
        (*wording.cut_marks([cut]), *wording.read_mark(event.place, "refused here")),
        DETACH_UNDER_ANOTHER_NAME,
        subjects=(("tensor", Subject(cut.place)),),
    )
