"""What is said of the objects that operators keep is what PyTorch does."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from flake8_gradsafe.knowledge.axes import KEPT_ITSELF

MADE: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, ...]]] = {
    "Linear": (nn.Linear(4, 2), (5, 4)),
    "nn.functional.linear": (lambda given: nn.functional.linear(given, torch.rand(2, 4, requires_grad=True)), (5, 4)),
    "Conv1d": (nn.Conv1d(2, 3, 2), (5, 2, 6)),
    "Conv2d": (nn.Conv2d(2, 3, 2), (5, 2, 6, 6)),
    "Conv3d": (nn.Conv3d(2, 3, 2), (5, 2, 6, 6, 6)),
}


def _is_kept_itself(function: Callable[[Tensor], Tensor], *shape: int) -> bool:
    """Whether backward refuses what was detached in place, which it does if it holds the object itself."""
    given = torch.rand(shape, requires_grad=True) * 1.0
    result = function(given)
    given.detach_()  # noqa: GRD931
    try:
        torch.autograd.backward(result.sum())
    except RuntimeError as error:
        return "detached in-place" in str(error)
    return False


def test_each_is_tried() -> None:
    assert MADE.keys() == KEPT_ITSELF.keys()


@pytest.mark.parametrize("name", MADE)
def test_the_object_is_kept_for_one_number_of_axes(name: str) -> None:
    function, shape = MADE[name]
    assert len(shape) == KEPT_ITSELF[name]
    assert _is_kept_itself(function, *shape)
    assert not _is_kept_itself(function, *shape[1:])


def test_products_of_matrices_keep_both() -> None:
    other = torch.rand(4, 4, requires_grad=True)
    assert _is_kept_itself(lambda given: given @ other, 3, 4)
    assert _is_kept_itself(lambda given: other @ given, 4, 3)
    assert not _is_kept_itself(lambda given: given @ other, 2, 3, 4)
