"""What is found in a program: many tests ask it of the same fixtures, and each is analysed once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flake8_gradsafe.engine import check

if TYPE_CHECKING:
    from flake8_gradsafe import Finding


@cache
def findings_of(text: str) -> tuple[Finding, ...]:
    """What the engine finds where every code is wanted."""
    return tuple(check(text))
