"""What is said of the layout of results is what PyTorch does."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from flake8_gradsafe.knowledge.layouts import CONTIGUOUS, RESHAPING, TRANSPOSING

#: Operands that are not contiguous.
SQUARE = torch.rand(4, 4).t()
BATCH = torch.rand(4, 4, 4).transpose(0, 2)

CALLS: dict[str, Callable[[], Tensor]] = {
    "nn.functional.linear": lambda: functional.linear(BATCH, SQUARE),
    "Linear": lambda: nn.Linear(4, 2)(BATCH),
    "matmul": lambda: torch.matmul(BATCH, SQUARE),
    "__matmul__": lambda: SQUARE @ SQUARE,
    "mm": lambda: torch.mm(SQUARE, SQUARE),
    "bmm": lambda: torch.bmm(BATCH, BATCH),
    "addmm": lambda: torch.addmm(SQUARE, SQUARE, SQUARE),
    "softmax": lambda: SQUARE.softmax(0),
    "nn.functional.softmax": lambda: functional.softmax(BATCH, dim=-1),
    "Softmax": lambda: nn.Softmax(dim=-1)(BATCH),
    "log_softmax": lambda: SQUARE.log_softmax(0),
    "nn.functional.log_softmax": lambda: functional.log_softmax(BATCH, dim=-1),
    "LogSoftmax": lambda: nn.LogSoftmax(dim=-1)(BATCH),
    "cat": lambda: torch.cat([SQUARE, SQUARE]),
    "stack": lambda: torch.stack([SQUARE, SQUARE]),
    "LayerNorm": lambda: nn.LayerNorm(4)(BATCH),
    "nn.functional.layer_norm": lambda: functional.layer_norm(BATCH, (4,)),
    "Embedding": lambda: nn.Embedding(5, 3)(torch.tensor([[1, 2], [0, 1]]).t()),
    "nn.functional.embedding": lambda: functional.embedding(torch.tensor([[1, 2], [0, 1]]).t(), SQUARE),
    "cumsum": lambda: SQUARE.cumsum(0),
    "sum": lambda: BATCH.sum(0),
    "mean": lambda: BATCH.mean(1),
}


def test_each_is_tried() -> None:
    assert CALLS.keys() == CONTIGUOUS


@pytest.mark.parametrize("name", CALLS)
def test_results_are_contiguous(name: str) -> None:
    assert CALLS[name]().is_contiguous()


@pytest.mark.parametrize("name", sorted(RESHAPING))
def test_reshaping_copies_what_is_transposed_and_nothing_else(name: str) -> None:
    plain = torch.rand(4, 4)
    given = ((-1,),) if name == "reshape" else ()
    assert getattr(plain, name)(*given).data_ptr() == plain.data_ptr()
    assert getattr(plain.t(), name)(*given).data_ptr() != plain.data_ptr()


def test_transposing_views_are_not_contiguous() -> None:
    given = {"transpose": (0, 1), "permute": (1, 0), "movedim": (0, 1)}
    for name in TRANSPOSING:
        value = getattr(torch.rand(4, 3), name)
        view = value(*given.get(name, ())) if callable(value) and not isinstance(value, Tensor) else value
        assert not view.is_contiguous(), name
