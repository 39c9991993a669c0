"""What is tried of many alike: some of them always, and all of them where slow tests are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark import ParameterSet


def every_other(names: Iterable[str]) -> list[str | ParameterSet]:
    """The names as parameters of a test, every other one of them slow."""
    return [pytest.param(name, marks=pytest.mark.slow) if number % 2 else name for number, name in enumerate(names)]
