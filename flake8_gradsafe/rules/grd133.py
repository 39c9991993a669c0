"""detach_() on a tensor that an operator saved as its input: RuntimeError at backward.

## What it does
Reports `m.detach_()` where an operator saved `m` itself as an input, and a backward in sight goes through that
operator.

## Why it is unsafe
`detach_()` takes the saved tensor out of its graph. Backward raises "Trying to use a saved tensor that has been
detached in-place", far from the call that is to blame. An operator that saved only its output has kept another tensor
object, and is not affected.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
loss = (m**2).sum()
m.detach_()
loss.backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
loss = (m**2).sum()
m = m.detach()
loss.backward()
```

## Fix safety
Safe where the name alone holds the tensor: `m = m.detach()` leaves the saved object alone. Else unsafe, for whoever
else holds it keeps its graph.

## Limits
Only a backward in sight is reported.

## References
- fixtures/grd133
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "detach_-on-saved-tensor",
    on=Raised,
    claims=ErrorKind.SAVED_DETACHED,
    advice=(USE_DETACH,),
    fixes=(REBIND_DETACHED,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven refusal that a detach_() is to blame for."""
    if event.premises or event.error.kind is not ErrorKind.SAVED_DETACHED:
        return None
    refusal = event.error
    if refusal.node is None or refusal.save is None or not refusal.cuts:
        return None
    (cut, *_) = refusal.cuts
    return Diagnosis(
        cut.place,
        f"`{{here}}` detaches {wording.saved(refusal.node, refusal.save)}: "
        f"backward will raise {wording.raised(ErrorKind.SAVED_DETACHED)}",
        (
            wording.save_mark(refusal.node, refusal.save),
            *wording.cut_marks([cut]),
            *wording.read_mark(event.place, "refused here"),
        ),
        USE_DETACH,
    )
