"""When a finding that assumes something is worth a suspicion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import counted

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import Premise


def is_suspect(premises: frozenset[Premise], granted: int = 1) -> bool:
    """Whether something is assumed, but no more than is granted."""
    return bool(premises) and len(counted(premises)) <= granted
