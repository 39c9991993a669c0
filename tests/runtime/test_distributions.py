"""What is said of torch.distributions is what PyTorch does."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import distributions as dist

from flake8_gradsafe.knowledge.distributions import (
    ALSO,
    DIFFERENTIABLE,
    DIVERGENCES,
    KEPT,
    PARAMETERS,
    PROPERTIES,
    SAMPLERS,
    VIEWS,
    is_distribution,
)

POSITIVE = torch.tensor([0.6, 0.9, 1.4])
MADE: dict[str, Callable[[torch.Tensor], dist.Distribution]] = {
    "Normal": lambda leaf: dist.Normal(leaf, leaf.exp()),
    "Categorical": lambda leaf: dist.Categorical(logits=leaf),
    "Bernoulli": lambda leaf: dist.Bernoulli(logits=leaf),
    "Beta": lambda leaf: dist.Beta(leaf, leaf + 1.0),
    "Dirichlet": lambda leaf: dist.Dirichlet(leaf),
    "Exponential": lambda leaf: dist.Exponential(leaf),
    "Gamma": lambda leaf: dist.Gamma(leaf, leaf),
    "Laplace": lambda leaf: dist.Laplace(leaf, leaf),
    "LogNormal": lambda leaf: dist.LogNormal(leaf, leaf),
    "MultivariateNormal": lambda leaf: dist.MultivariateNormal(leaf, torch.diag(leaf)),
    "Independent": lambda leaf: dist.Independent(dist.Normal(leaf, leaf), 1),
}


@pytest.fixture(params=MADE)
def made(request: pytest.FixtureRequest) -> tuple[dist.Distribution, torch.Tensor]:
    """A distribution, and the leaf that it is made of."""
    leaf = POSITIVE.clone().requires_grad_()
    return MADE[request.param](leaf), leaf


def test_samples_have_no_graph(made: tuple[dist.Distribution, torch.Tensor]) -> None:
    for name in SAMPLERS - {"sample_n"}:
        assert not getattr(made[0], name)().requires_grad


def test_what_is_differentiable_reaches_what_it_is_made_of(made: tuple[dist.Distribution, torch.Tensor]) -> None:
    distribution, leaf = made
    for name in sorted(DIFFERENTIABLE):
        try:
            given = (distribution.sample(),) if name in {"log_prob", "cdf"} else ()
            result = getattr(distribution, name)(*given) if name != "icdf" else distribution.icdf(torch.tensor(0.3))
            (gradient,) = torch.autograd.grad(result.sum(), leaf, retain_graph=True)
        except (NotImplementedError, AttributeError):  # not every distribution has each, nor each a derivative
            continue
        assert gradient is not None, name


def test_properties_are_computed_from_it(made: tuple[dist.Distribution, torch.Tensor]) -> None:
    distribution, leaf = made
    for name in sorted(PROPERTIES):
        try:
            value = getattr(distribution, name)
        except (NotImplementedError, AttributeError):
            continue
        undefined = bool(value.isnan().all())  # the mean of categories
        assert (
            undefined or torch.autograd.grad(value.sum(), leaf, allow_unused=True, retain_graph=True)[0] is not None
        ), name


def test_names() -> None:
    assert is_distribution("torch.distributions.Normal")
    assert is_distribution("torch.distributions.normal.Normal")
    assert not is_distribution("torch.distributions.transforms.TanhTransform")
    assert not is_distribution("torch.distributions.kl_divergence")
    assert {name.rpartition(".")[2] for name in DIVERGENCES} <= set(dir(dist))


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_what_distributions_keep_are_views(kind: str) -> None:
    given = [torch.rand(3) + 0.2 + place for place, _ in enumerate(VIEWS[kind])]
    given = [each / 4 for each in given] if kind == "Bernoulli" else given
    made = getattr(torch.distributions, kind)(*given)
    for name, tensor in zip(VIEWS[kind], given, strict=True):
        assert getattr(made, name).data_ptr() == tensor.data_ptr()
        if (kind, name) in ALSO:
            assert getattr(made, ALSO[kind, name]).data_ptr() == tensor.data_ptr()


#: Tensors that a parameter may be, by its name.
_GIVEN = {
    "loc": lambda: torch.randn(4, 3),
    "high": lambda: torch.rand(4, 3) + 5.0,
    "probs": lambda: torch.rand(4, 3) * 0.8 + 0.1,
    "logits": lambda: torch.randn(4, 3),
    "df": lambda: torch.rand(4, 3) + 3.0,
    "covariance_matrix": lambda: torch.eye(3) * 2 + 0.1,
    "scale_tril": lambda: torch.tril(torch.eye(3) * 2 + 0.1),
}
#: Parameters of which a distribution takes one.
_ALTERNATIVES = {"probs", "logits", "covariance_matrix", "precision_matrix", "scale_tril"}


def _choices(kind: str) -> list[list[str]]:
    """The parameters that a distribution is made of, in each way that it can be."""
    fixed = [name for name in PARAMETERS[kind] if name not in _ALTERNATIVES]
    either = [name for name in PARAMETERS[kind] if name in _ALTERNATIVES & _GIVEN.keys()]
    return [[*fixed, name] for name in either] or [fixed]


def _kept(given: dict[str, torch.Tensor], compute: Callable[[], object]) -> set[str]:
    """The names of the tensors whose memory is saved for backward by what is computed."""
    memory = {tensor.untyped_storage().data_ptr(): name for name, tensor in given.items()}
    kept: set[str] = set()

    def pack(saved: torch.Tensor) -> torch.Tensor:
        kept.update(name for pointer, name in memory.items() if pointer == saved.untyped_storage().data_ptr())
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        compute()
    return kept


def _methods_kept(kind: str, names: list[str]) -> dict[str, set[str]]:
    """What each method and property of a distribution keeps, for those that it has; "" is its construction."""
    found: dict[str, set[str]] = {}
    for method in sorted(DIFFERENTIABLE | {"mean", "stddev", "variance"}):
        given = {name: _GIVEN.get(name, lambda: torch.rand(4, 3) + 0.3)().requires_grad_() for name in names}
        make = partial(getattr(dist, kind), **given)
        found[""] = _kept(given, make)
        made = make()
        value = torch.rand(4, 3).clamp(0.1, 0.9) if method == "icdf" else made.sample().detach()
        given["value"] = value.requires_grad_() if value.is_floating_point() else value
        with contextlib.suppress(NotImplementedError, ValueError):  # not every distribution has each
            found[method] = _kept(given, partial(_use, made, method, given["value"]))
    return found


def _use(distribution: dist.Distribution, method: str, value: torch.Tensor) -> None:
    found = getattr(distribution, method)
    if method not in PROPERTIES:
        found(*((value,) if method in {"log_prob", "cdf", "icdf"} else ()))


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_what_distributions_keep_for_backward(kind: str) -> None:
    measured: dict[str, set[str]] = {}
    for names in _choices(kind):
        for method, kept in _methods_kept(kind, names).items():
            measured[method] = measured.get(method, set()) | kept
    told = {method: set(KEPT[kind].get(method, "").split()) for method in measured}
    assert measured == told
