"""What is said of torch.distributions is what PyTorch does."""

from collections.abc import Callable

import pytest
import torch
from torch import distributions as dist

from flake8_gradsafe.knowledge.distributions import (
    ALSO,
    DIFFERENTIABLE,
    DIVERGENCES,
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
