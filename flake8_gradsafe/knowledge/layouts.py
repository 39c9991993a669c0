"""Which results are contiguous in memory: `reshape` of such a tensor is a view, of a transposed one it is a copy.

Measured with torch 2.13: `tests/runtime/test_layouts.py` asks PyTorch again.
"""

from __future__ import annotations

#: Their results are contiguous, however their operands are stored.
CONTIGUOUS = frozenset(
    "nn.functional.linear Linear matmul __matmul__ mm bmm addmm softmax nn.functional.softmax Softmax log_softmax "
    "nn.functional.log_softmax LogSoftmax cat stack LayerNorm nn.functional.layer_norm Embedding nn.functional.embedding "
    "cumsum sum mean".split()
)

#: Views whose axes stand in another order than their elements do in memory.
TRANSPOSING = frozenset({"t", "T", "mT", "H", "mH", "transpose", "permute", "movedim"})

#: They give a view where that can be, else a copy.
RESHAPING = frozenset({"reshape", "flatten", "contiguous", "ravel"})
