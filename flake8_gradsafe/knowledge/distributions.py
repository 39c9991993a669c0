"""What the distributions of torch.distributions give, by the names of their methods and properties.

Measured with the distributions of torch 2.13: `tests/runtime/test_distributions.py` asks PyTorch again.
"""

from __future__ import annotations

#: Where they are.
PREFIX = "torch.distributions."
#: What is there besides them.
OTHERS = frozenset({"transforms", "constraints", "constraint_registry", "utils"})

#: Their samples have no graph.
SAMPLERS = frozenset({"sample", "sample_n"})

#: The results of these have one, from what the distribution is made of and from what they are given.
DIFFERENTIABLE = frozenset({"rsample", "log_prob", "entropy", "cdf", "icdf", "perplexity"})

#: These are computed from what the distribution is made of.
PROPERTIES = frozenset({"mean", "stddev", "variance", "probs", "logits", "loc", "scale", "covariance_matrix"})

#: Distributions that keep views of the tensors that they are made of, which they are given in this order; and what else one of
#: these goes by.
VIEWS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(["Normal", "Laplace", "Gumbel", "Cauchy"], ("loc", "scale")),
    "Uniform": ("low", "high"),
    "Gamma": ("concentration", "rate"),
    "Exponential": ("rate",),
    "Poisson": ("rate",),
    "Bernoulli": ("probs",),
}
ALSO = {("Normal", "loc"): "mean", ("Laplace", "loc"): "mean"}

#: These give a distribution of the same tensors.
THEMSELVES = frozenset({"expand"})

#: Functions of two distributions.
DIVERGENCES = frozenset({"torch.distributions.kl_divergence", "torch.distributions.kl.kl_divergence"})


def is_distribution(path: str) -> bool:
    """Whether a full name is that of a class of distributions."""
    parts = path.removeprefix(PREFIX).split(".")
    return path.startswith(PREFIX) and parts[0] not in OTHERS and parts[-1][:1].isupper()
