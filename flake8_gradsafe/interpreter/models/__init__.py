"""Models of library calls, one file for each area of PyTorch, NumPy and Python. Each registers its own when it is imported."""

from flake8_gradsafe.interpreter.models import (
    backward,
    builtins,
    checkpoints,
    copies,
    custom_functions,
    distributions,
    einops,
    frameworks,
    library_writes,
    parametrizations,
    tensor_methods,
    tensors,
)

__all__ = [
    "backward",
    "builtins",
    "checkpoints",
    "copies",
    "custom_functions",
    "distributions",
    "einops",
    "frameworks",
    "library_writes",
    "parametrizations",
    "tensor_methods",
    "tensors",
]
