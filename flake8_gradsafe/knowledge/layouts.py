"""Which operators give a view of a contiguous tensor and a copy of a transposed one, and which transpose.

Measured with torch 2.13: `tests/runtime/test_layouts.py` asks PyTorch again. Which results are contiguous is measured as well
(`operators.json`).
"""

from __future__ import annotations

#: Views whose axes stand in another order than their elements do in memory.
TRANSPOSING = frozenset({"t", "T", "mT", "H", "mH", "transpose", "permute", "movedim"})

#: Of these, those that swap two axes.
SWAPPING = frozenset({"transpose", "mT"})

#: They give a view where that can be, else a copy.
RESHAPING = frozenset({"reshape", "flatten", "contiguous", "ravel"})
