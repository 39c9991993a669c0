"""Reads PyTorch code and says, before it runs, where its gradients will be silently wrong, silently lost, or refused."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from flake8_gradsafe.api import check
    from flake8_gradsafe.finding import Finding, Location, Step

__all__ = ["Finding", "Location", "Step", "__version__", "check"]

# flake8 imports this package in every run, and most files need nothing of it.
_HOMES = {"check": "api", "Finding": "finding", "Location": "finding", "Step": "finding"}


def __getattr__(name: str) -> object:
    """One of the public names, imported when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
