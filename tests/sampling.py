"""What is tried of many alike: some of them always, and all of them where slow tests are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark import ParameterSet


_What = TypeVar("_What")


def one_in(every: int, names: Iterable[_What]) -> list[_What | ParameterSet]:
    """The names as parameters of a test, all of them slow but one in so many."""
    return [pytest.param(name, marks=pytest.mark.slow) if number % every else name for number, name in enumerate(names)]
