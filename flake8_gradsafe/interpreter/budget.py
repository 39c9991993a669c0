"""Bounds on searches that grow with the whole file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """How much may still be looked at: tensors and objects, to see which paths are the same; leaves, to name them."""

    left: int
