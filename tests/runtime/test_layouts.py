"""What is said of the layout of results is what PyTorch does."""

import pytest
import torch
from torch import Tensor

from flake8_gradsafe.knowledge.layouts import RESHAPING, TRANSPOSING


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
