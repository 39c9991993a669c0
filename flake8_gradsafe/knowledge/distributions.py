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

#: What the methods and properties of a distribution keep for backward, by reference: of what it is made of, by parameter, and
#: `value`, which they are given. "" is its construction. What is not listed here keeps nothing; of distributions that are not
#: listed nothing is known.
KEPT: dict[str, dict[str, str]] = {
    "Normal": {"log_prob": "scale", "entropy": "scale", "icdf": "scale", "perplexity": "scale", "variance": "scale"},
    "Laplace": {"log_prob": "scale", "cdf": "scale", "icdf": "scale", "variance": "scale"},
    "Gumbel": {"log_prob": "scale", "entropy": "scale", "perplexity": "scale"},
    "Cauchy": dict.fromkeys(["log_prob", "entropy", "cdf", "icdf", "perplexity"], "scale"),
    "LogNormal": {"log_prob": "scale value", "cdf": "value"}
    | dict.fromkeys(["entropy", "icdf", "perplexity", "mean", "stddev", "variance"], "scale"),
    "Uniform": {"icdf": "value"},
    "Exponential": {"log_prob": "rate value", "cdf": "value"}
    | dict.fromkeys(["rsample", "entropy", "icdf", "perplexity", "variance"], "rate"),
    "Poisson": {"log_prob": "rate value"},
    "Beta": {},
    "StudentT": dict.fromkeys(["rsample", "log_prob", "entropy", "perplexity"], "df scale"),
    "HalfNormal": dict.fromkeys(["log_prob", "entropy", "icdf", "perplexity", "stddev", "variance"], "scale"),
    "HalfCauchy": dict.fromkeys(["log_prob", "entropy", "cdf", "icdf", "perplexity"], "scale"),
    "Weibull": dict.fromkeys(
        ["rsample", "log_prob", "entropy", "cdf", "icdf", "perplexity", "mean", "stddev", "variance"], "scale"
    ),
    "VonMises": dict.fromkeys(["log_prob", "stddev", "variance"], "concentration"),
    "MultivariateNormal": dict.fromkeys(["log_prob", "entropy", "perplexity", "stddev", "variance"], "scale_tril"),
    "Categorical": {"": "probs logits", "log_prob": "value"},
    "OneHotCategorical": {"": "probs logits"},
    "OneHotCategoricalStraightThrough": {"": "probs logits"},
}
#: The parameters of these, in order; of those that keep views, see there.
PARAMETERS: dict[str, tuple[str, ...]] = VIEWS | {
    **dict.fromkeys(["LogNormal"], ("loc", "scale")),
    **dict.fromkeys(["HalfNormal", "HalfCauchy"], ("scale",)),
    **dict.fromkeys(["Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough"], ("probs", "logits")),
    "Beta": ("concentration1", "concentration0"),
    "StudentT": ("df", "loc", "scale"),
    "Weibull": ("scale", "concentration"),
    "VonMises": ("loc", "concentration"),
    "MultivariateNormal": ("loc", "covariance_matrix", "precision_matrix", "scale_tril"),
}

#: These give a distribution of the same tensors.
THEMSELVES = frozenset({"expand"})

#: Functions of two distributions.
DIVERGENCES = frozenset({"torch.distributions.kl_divergence", "torch.distributions.kl.kl_divergence"})


def is_distribution(path: str) -> bool:
    """Whether a full name is that of a class of distributions."""
    parts = path.removeprefix(PREFIX).split(".")
    return path.startswith(PREFIX) and parts[0] not in OTHERS and parts[-1][:1].isupper()
