"""How many axes results have that arguments decide, and for how many axes an operator keeps the very object that it is given.

For any other number it keeps a view: PyTorch flattens the tensor first, or adds an axis. Measured with torch 2.13:
`tests/runtime/test_axes.py` asks PyTorch again. How many axes other results have is measured (`operators.json`).
"""

from __future__ import annotations

#: With so many axes the object itself is kept.
KEPT_ITSELF = {
    "Linear": 2,
    "nn.functional.linear": 2,
    "Conv1d": 3,
    "Conv2d": 4,
    "Conv3d": 5,
    "nn.functional.conv1d": 3,
    "nn.functional.conv2d": 4,
    "nn.functional.conv3d": 5,
}

#: Their results are views of what they have computed first, always, or unless the input has so many axes: linear layers with a
#: bias flatten what is contiguous.
VIEWING = frozenset({"einsum", "nn.functional.max_pool1d", "nn.functional.avg_pool1d", "MaxPool1d", "AvgPool1d"})
VIEWING_UNLESS = {
    "Linear": 2,
    "nn.functional.linear": 2,
    "Conv1d": 3,
    "Conv2d": 4,
    "Conv3d": 5,
    "nn.functional.conv1d": 3,
    "nn.functional.conv2d": 4,
    "nn.functional.conv3d": 5,
}
BIASED = frozenset({"Linear", "nn.functional.linear"})

#: Their results have as many axes as their input, whatever numbers they are given.
PRESERVING = frozenset(
    f"nn.functional.{name}"
    for name in "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d "
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
    "adaptive_max_pool2d interpolate pad".split()
)

#: Layers whose first result has as many axes as the sequence that they are given.
SEQUENCES = frozenset({"LSTM", "GRU", "RNN", "MultiheadAttention"})

#: Products, which keep both operands themselves if both are matrices.
PRODUCTS = frozenset({"matmul", "__matmul__"})

#: They take tensors of so many axes alone.
FIXED = {"mm": 2, "addmm": 2, "bmm": 3, "baddbmm": 3, "mv": 1, "outer": 2, "dot": 0}

#: They are told the sizes of what they give, or the order of its axes, or how often each is repeated.
SIZED = frozenset({"view", "reshape", "expand", "permute", "repeat"})

#: They take away the axes that they are told, in a tuple.
REDUCING = frozenset({"sum", "mean", "amax", "amin", "var", "std", "logsumexp"})

#: They pick a part of a tensor that has elements, as long as the tensor has some.
PICKING = frozenset({"select", "diagonal"})

#: Each element of their results is one of their input's.
SELECTING = frozenset(
    "max_pool1d max_pool2d max_pool3d MaxPool1d MaxPool2d MaxPool3d adaptive_max_pool1d adaptive_max_pool2d "
    "AdaptiveMaxPool1d AdaptiveMaxPool2d max min sort topk gather index_select take_along_dim median kthvalue cummax "
    "cummin".split()
)

#: Factories that are told sizes: by so many arguments at most, None for all.
SIZED_FACTORIES: dict[str, int | None] = {
    **dict.fromkeys(["empty", "ones", "zeros", "rand", "randn", "new_empty", "new_ones", "new_zeros"]),
    **dict.fromkeys(["full", "new_full"], 1),
}

#: Factories that are told their sizes last, in one tuple.
SIZED_BY_THE_LAST = frozenset({"randint", "normal"})

#: Factories that give tensors of so many axes.
MADE = {"arange": 1, "linspace": 1, "logspace": 1, "eye": 2, "randperm": 1}


def of_product(given: list[int | None]) -> int | None:
    """How many axes a product has of two operands that have so many: a vector's axis goes, those of batches stay."""
    match given:
        case [int(one), int(other)]:
            return max(one, other) if one > 1 and other > 1 else max(0, max(one, other) - 1)
    return None


def of_equation(equation: object) -> int | None:
    """How many axes the result of `einsum` has by its equation."""
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return None
    return len(equation.partition("->")[2].replace(" ", ""))
