"""What is said of the objects that operators keep is what PyTorch does."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from flake8_gradsafe.knowledge.axes import FIXED, KEPT_ITSELF, of_equation, of_product
from flake8_gradsafe.knowledge.axes import MADE as MADE_AXES

MADE: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, ...]]] = {
    "Linear": (nn.Linear(4, 2), (5, 4)),
    "nn.functional.linear": (lambda given: nn.functional.linear(given, torch.rand(2, 4, requires_grad=True)), (5, 4)),
    "Conv1d": (nn.Conv1d(2, 3, 2), (5, 2, 6)),
    "Conv2d": (nn.Conv2d(2, 3, 2), (5, 2, 6, 6)),
    "Conv3d": (nn.Conv3d(2, 3, 2), (5, 2, 6, 6, 6)),
    "nn.functional.conv1d": (
        lambda given: nn.functional.conv1d(given, torch.rand(3, 2, 2, requires_grad=True)),
        (5, 2, 6),
    ),
    "nn.functional.conv2d": (
        lambda given: nn.functional.conv2d(given, torch.rand(3, 2, 2, 2, requires_grad=True)),
        (5, 2, 6, 6),
    ),
    "nn.functional.conv3d": (
        lambda given: nn.functional.conv3d(given, torch.rand(3, 2, 2, 2, 2, requires_grad=True)),
        (5, 2, 6, 6, 6),
    ),
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


SIZES = {0: (), 1: (4,), 2: (4, 4), 3: (2, 4, 4), 4: (3, 2, 4, 4)}


@pytest.mark.parametrize("one", [1, 2, 3, 4])
@pytest.mark.parametrize("other", [1, 2, 3, 4])
def test_products(one: int, other: int) -> None:
    assert of_product([one, other]) == (torch.rand(SIZES[one]) @ torch.rand(SIZES[other])).dim()


@pytest.mark.parametrize("equation", ["ij,jk->ik", "bij,bj->b i", "ij->", "ii->i"])
def test_equations(equation: str) -> None:
    operands = [torch.rand(SIZES[len(part)]) for part in equation.partition("->")[0].split(",")]
    operands = [torch.rand(4, 4, 4) if each.dim() == 3 else each for each in operands]
    operands = [torch.rand([4] * each.dim()) for each in operands]
    assert of_equation(equation) == torch.einsum(equation, *operands).dim()


def test_operators_of_matrices_and_vectors_alone() -> None:
    given = {
        "addmm": (SIZES[2], SIZES[2], SIZES[2]),
        "baddbmm": ((2, 4, 4), (2, 4, 4), (2, 4, 4)),
        "mv": (SIZES[2], SIZES[1]),
        "outer": (SIZES[1], SIZES[1]),
        "dot": (SIZES[1], SIZES[1]),
        "mm": (SIZES[2], SIZES[2]),
        "bmm": ((2, 4, 4), (2, 4, 4)),
    }
    assert given.keys() == FIXED.keys()
    for name, sizes in given.items():
        assert getattr(torch, name)(*map(torch.rand, sizes)).dim() == FIXED[name]


def test_factories_of_one_kind() -> None:
    given = {"linspace": (0, 1, 4), "logspace": (0, 1, 4)}
    for name, count in MADE_AXES.items():
        assert getattr(torch, name)(*given.get(name, (4,))).dim() == count
