"""What is said of the bounds of results is what PyTorch gives."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from flake8_gradsafe.autograd.tensor import Effect
from flake8_gradsafe.knowledge.effects import RECTIFIERS, REFLECTIONS, effect_of_rectifier
from flake8_gradsafe.knowledge.ranges import ANY, FACTORIES, Range, compared, of_operator

FUNCTIONS = {
    name: getattr(torch, name) for name in "exp tanh sqrt square abs neg sigmoid relu sin cos log softmax".split()
}
FUNCTIONS |= {"softplus": functional.softplus, "relu6": functional.relu6, "log_softmax": torch.log_softmax}
FUNCTIONS |= {
    name: getattr(torch, name)
    for name in "rsqrt reciprocal log1p expm1 erf sum cumsum prod cumprod mean amax amin median max min reshape flatten "
    "sign atan asin acos cosh norm var std".split()
}
FUNCTIONS |= {
    "softmin": functional.softmin,
    "hardsigmoid": functional.hardsigmoid,
    "logsigmoid": functional.logsigmoid,
    "softsign": functional.softsign,
    "dropout": functional.dropout,
    "normalize": functional.normalize,
}
TWO: dict[str, Callable[..., torch.Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "hypot": torch.hypot,
    "cat": lambda one, other: torch.cat([one.flatten(), other.flatten()]),
    "where": lambda one, other: torch.where(one > other, one, other),
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
    dim = {"cumsum": (0,), "cumprod": (0,), "softmin": (0,), "normalize": (2, 0), "reshape": ((-1,),)}.get(name, ())
    dim = (0,) if "softmax" in name else dim
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


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("limits", GIVEN)
def test_what_is_held_within_bounds(given: Range, limits: Range) -> None:
    assert _holds(given.within(limits), _within(given).clamp(*limits))
    assert given.holds(limits) is _holds(given, _within(limits))
    assert given.join(limits).holds(given)
    assert given.join(limits).holds(limits)


@pytest.mark.parametrize("method", sorted(RECTIFIERS | REFLECTIONS))
@pytest.mark.parametrize("given", GIVEN)
def test_rectifiers(method: str, given: Range) -> None:
    before = _within(given)
    after = _called(method, before.clone())
    if effect_of_rectifier(method, given) is Effect.NOTHING and method in RECTIFIERS:
        assert torch.equal(before, after)
    if method in REFLECTIONS and given.low >= 0:
        assert torch.equal(before, after)


def _called(method: str, given: torch.Tensor) -> torch.Tensor:
    if hasattr(given, method):
        return torch.as_tensor(getattr(given, method)())
    if method == "relu6_":
        return functional.relu6(given, inplace=True)
    return torch.as_tensor(getattr(functional, method)(given))
