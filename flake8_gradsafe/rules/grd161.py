"""An in-place operator on a copy that nobody holds: it changes nothing.

## What it does
Reports a statement such as `x.clone().masked_fill_(mask, 0)`: an in-place operator on a tensor that was made in the
same statement, and that is dropped at its end.

## Why it is unsafe
The write goes to the copy, which nobody can read afterwards: `x` stays as it was, and nothing is raised.

## Example
```python
import torch

scores = torch.tensor([-1.0, 0.5, 2.0])
scores.clone().clamp_(0, 1)
```

## Use instead
```python
import torch

scores = torch.tensor([-1.0, 0.5, 2.0])
scores = scores.clamp(0, 1)
```

## Fix safety
Whether the copy or the original was meant, the linter cannot know. No fix is applied automatically.

## Limits
Only operators that surely copy are reported; `contiguous()`, `reshape()` and `to()` may give the tensor itself.

## References
- fixtures/grd161
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Discarded
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_BIND_OR_WRITE = Advice(
    "bind the result to a name, `{tensor} = …`; or write to `{tensor}` itself",
    "bind the result to a name; or write to the tensor itself",
)


@rule("write-to-a-copy", on=Discarded, claims=Harm.NO_EFFECT, advice=(_BIND_OR_WRITE,))
def check(event: Discarded) -> Diagnosis | None:
    """Report a write to a copy that is dropped."""
    if event.premises or event.what != "copy":
        return None
    return Diagnosis(
        event.place,
        "`{here}` writes to a copy that is dropped at once: it changes nothing",
        advice=_BIND_OR_WRITE,
    )
