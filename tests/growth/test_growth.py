"""Programs that repeat one construct many times come to an end, with what is found in them."""

from __future__ import annotations

import ast

import pytest

from tests.bench.growth import Growth
from tests.growth.__main__ import DEFAULT
from tests.growth.cost import cost
from tests.growth.programs import GROWTHS

#: Those that once never ended, or cost the square of their length.
_ONCE_TOO_MUCH = ("wrappers", "ladder", "partials", "boolean", "chain", "retained", "hidden")
_GROWTHS = [
    pytest.param(
        growth,
        id=growth.what,
        marks=() if any(word in growth.what for word in _ONCE_TOO_MUCH) else pytest.mark.slow,
    )
    for growth in GROWTHS
]


@pytest.mark.parametrize("growth", _GROWTHS)
def test_program_comes_to_an_end(growth: Growth) -> None:
    text = growth.program(growth.first << 1)
    ast.parse(text)
    assert cost(text, DEFAULT) is not None
