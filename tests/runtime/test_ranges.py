"""What is said of the bounds of results is what PyTorch gives."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from flake8_gradsafe.knowledge.ranges import ANY, FACTORIES, Range, compared, of_operator

FUNCTIONS = {
    name: getattr(torch, name) for name in "exp tanh sqrt square abs neg sigmoid relu sin cos log softmax".split()
}
FUNCTIONS |= {"softplus": functional.softplus, "relu6": functional.relu6, "log_softmax": torch.log_softmax}
TWO: dict[str, Callable[..., torch.Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
}
GIVEN = [Range(-3.0, -0.5), Range(-2.0, 4.0), Range(0.25, 5.0), Range(0.0, 1.0), Range(2.0, 2.0)]


def _within(given: Range) -> torch.Tensor:
    return torch.linspace(given.low, given.high, 201, dtype=torch.float64)


def _holds(found: Range, values: torch.Tensor) -> bool:
    known = values[~values.isnan()]
    return bool(((known >= found.low - 1e-12) & (known <= found.high + 1e-12)).all())


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("given", GIVEN)
def test_operators_of_one(name: str, given: Range) -> None:
    dim = (0,) if "softmax" in name else ()
    assert _holds(of_operator(name, [given], same=False), FUNCTIONS[name](_within(given), *dim))


@pytest.mark.parametrize("name", sorted(TWO))
@pytest.mark.parametrize("one", GIVEN)
@pytest.mark.parametrize("other", GIVEN)
def test_operators_of_two(name: str, one: Range, other: Range) -> None:
    found = of_operator(name, [one, other], same=False)
    assert _holds(found, TWO[name](_within(one)[:, None], _within(other)[None, :]))


@pytest.mark.parametrize("given", [*GIVEN, ANY])
def test_a_tensor_times_itself(given: Range) -> None:
    values = _within(given) if given != ANY else torch.randn(100, dtype=torch.float64)
    assert _holds(of_operator("mul", [given, given], same=True), values * values)


def test_factories() -> None:
    for name, bounds in FACTORIES.items():
        made = getattr(torch, name)(torch.zeros(50) if name.endswith("_like") else 50)
        assert _holds(bounds, made.double())


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("number", [-3.0, -0.5, 0.0, 1.0, 2.0, 7.0])
def test_comparisons(given: Range, number: float) -> None:
    values = _within(given)
    for test, mask in (
        ("<", values < number),
        ("<=", values <= number),
        (">", values > number),
        (">=", values >= number),
    ):
        held = compared(test, given, number)
        assert held is None or bool(mask.all()) is held
        assert held is not False or not bool(mask.any())
