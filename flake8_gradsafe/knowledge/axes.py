"""How many axes results have, and for how many axes an operator keeps the very object that it is given.

For any other number it keeps a view: PyTorch flattens the tensor first, or adds an axis. Measured with torch 2.13:
`tests/runtime/test_axes.py` asks PyTorch again.
"""

from __future__ import annotations

#: With so many axes the object itself is kept.
KEPT_ITSELF = {
    "Linear": 2,
    "nn.functional.linear": 2,
    "Conv1d": 3,
    "Conv2d": 4,
    "Conv3d": 5,
}

#: Products, which keep both operands themselves if both are matrices.
PRODUCTS = frozenset({"matmul", "__matmul__"})

#: Their results have as many axes as what they are given.
PRESERVING = frozenset(KEPT_ITSELF) | frozenset(
    "softmax nn.functional.softmax log_softmax nn.functional.log_softmax nn.functional.dropout dropout clone contiguous "
    "cumsum transpose permute t LayerNorm Dropout BatchNorm1d BatchNorm2d Softmax ReLU Tanh Sigmoid GELU SiLU LeakyReLU "
    "nn.functional.relu nn.functional.gelu nn.functional.layer_norm nn.functional.silu".split()
)
