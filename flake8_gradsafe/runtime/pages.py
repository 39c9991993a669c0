"""The programs on a rule's page: its example, the caller that differentiates it, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flake8_gradsafe.rules import pages

_PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Programs:
    """`caller` runs in the globals of the example, and of what is used instead; it is empty where they need none."""

    example: str
    caller: str
    instead: str


def programs(code: str) -> Programs:
    """The programs of a rule's page. Raises ValueError where the page has too few of them, or too many."""
    rule = pages.find(code)
    if rule is None:
        raise ValueError(f"no rule: {code}")
    sections = pages.page(rule).sections
    example, *callers = _PROGRAM.findall(sections["Example"])
    (instead,) = _PROGRAM.findall(sections["Use instead"])
    if len(callers) > 1:
        raise ValueError(f"{code}: an example has one caller at most")
    return Programs(example, "".join(callers), instead)
