"""The calls that are measured: PyTorch's own operator samples, and a table of what people write besides."""

from __future__ import annotations

import itertools
import operator
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch
from torch import Tensor
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten

from flake8_gradsafe.runtime.sample_calls import CALLS, INPLACE_CALLS

SAMPLES_PER_OPERATOR = 40
SAMPLES_GENERATED = 400
REFLECTED: dict[str, tuple[str, Callable[..., Any]]] = {
    "__radd__": ("add", operator.add),
    "__rsub__": ("sub", operator.sub),
    "__rmul__": ("mul", operator.mul),
    "__rdiv__": ("div", operator.truediv),
    "__rmod__": ("remainder", operator.mod),
    "__rpow__": ("pow", operator.pow),
    "__rmatmul__": ("matmul", operator.matmul),
}
"""op_db's entries for the right operand, measured as `left op right` in the operator's own row."""


@dataclass(frozen=True)
class Sample:
    """One call: `function(*args, **kwargs)`."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass
class Operator:
    """Everything that is sampled of one row of operators.json."""

    name: str
    aliases: set[str] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    inplace: Callable[..., Any] | None = None
    inplace_samples: list[Sample] = field(default_factory=list)


def collect() -> tuple[dict[str, Operator], dict[str, str]]:
    """Rows by name, and the op_db entries that cannot be sampled, with the reason."""
    rows: dict[str, Operator] = {}
    skipped: dict[str, str] = {}
    for info in op_db:
        if re.match(r"_[^_]|torch\.ops\.", info.name):
            skipped.setdefault(info.name, "private")
        elif not info.supports_autograd:
            skipped.setdefault(info.name, "no autograd support")
        elif not info.supports_dtype(torch.float64, "cpu"):
            skipped.setdefault(info.name, "no float64 on CPU")
        else:
            _add_entry(rows, skipped, info)
    namespace = sample_tensors()
    for name, calls in _table(CALLS):
        row = rows.setdefault(name, Operator(name))
        row.samples += [_extra_sample(name, call, namespace) for call in calls]
    for name, calls in _table(INPLACE_CALLS):
        row = rows.setdefault(name, Operator(name))
        row.inplace_samples += [_extra_sample(_written(name), call, namespace) for call in calls]
    for row in rows.values():
        row.samples = _without_wrappers(row.samples)
        skipped.pop(row.name, None)
    return rows, skipped


def _add_entry(rows: dict[str, Operator], skipped: dict[str, str], info: Any) -> None:
    seed()
    try:
        inputs = list(
            itertools.islice(info.sample_inputs("cpu", torch.float64, requires_grad=False), SAMPLES_GENERATED)
        )
    except Exception as error:  # a sample generator may need what this machine lacks
        skipped.setdefault(info.name, f"no samples: {type(error).__name__}")
        return
    samples = [Sample(info.op, (s.input, *s.args), dict(s.kwargs)) for s in inputs]
    usable = _spread([s for s in samples if _is_plain(s)])
    if not usable:
        skipped.setdefault(info.name, "no samples with dense real tensors")
        return
    if info.name in REFLECTED:
        name, symbol = REFLECTED[info.name]
        row = rows.setdefault(name, Operator(name))
        row.samples += [Sample(symbol, s.args[::-1], {}) for s in usable if len(s.args) == 2 and not s.kwargs]
        return
    row = rows.setdefault(info.name, Operator(info.name))
    row.aliases |= {alias.name for alias in info.aliases}
    row.samples += usable
    if callable(info.inplace_variant):
        row.inplace = info.inplace_variant


def _without_wrappers(samples: list[Sample]) -> list[Sample]:
    """Samples of the operator itself, if there are any: op_db's lambdas take arguments of their own."""
    direct = [s for s in samples if getattr(s.function, "__name__", "") != "<lambda>"]
    return direct or samples


def _spread(samples: list[Sample]) -> list[Sample]:
    """At most SAMPLES_PER_OPERATOR of them, from the whole list: neighbours tend to be alike."""
    return samples[:: max(1, -(-len(samples) // SAMPLES_PER_OPERATOR))]


def seed() -> None:
    """Seed every source of randomness that sample generators draw from."""
    random.seed(1)
    numpy.random.seed(1)
    torch.manual_seed(1)


def _is_plain(sample: Sample) -> bool:
    return all(t.layout == torch.strided and not t.is_complex() and not t.is_nested for t in tensors_of(sample))


def tensors_of(sample: Sample) -> list[Tensor]:
    """Every tensor among the arguments."""
    return [t for t in tree_flatten((sample.args, sample.kwargs))[0] if isinstance(t, Tensor)]


def elements(sample: Sample) -> int:
    """The size of the largest tensor among the arguments."""
    return max((t.numel() for t in tensors_of(sample)), default=0)


def degeneracy(sample: Sample) -> int:
    """2 if some tensor is empty, 1 if some has one element only, else 0: what is empty proves nothing."""
    smallest = min((t.numel() for t in tensors_of(sample)), default=1)
    return 2 if smallest == 0 else 1 if smallest == 1 else 0


def _table(text: str) -> Iterator[tuple[str, list[str]]]:
    """Rows of sample_calls.py: the operator's name and its calls."""
    for row in text.strip().replace("\n ", " ").splitlines():
        name, _, calls = row.partition(":")
        yield name, [call.strip() for call in calls.split(" ;")]


def sample_tensors() -> dict[str, Any]:
    """The names that the calls in EXTRA may use; values are generic, none is zero."""
    seed()

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, dtype=torch.float64)

    def positive(*shape: int) -> Tensor:
        return torch.rand(shape, dtype=torch.float64) * 0.7 + 0.2

    def turned(*shape: int) -> Tensor:
        return torch.randn(shape, dtype=torch.complex128)

    return {
        "torch": torch,
        "x": normal(3, 4),
        "y": normal(3, 4),
        "z": normal(3, 4),
        "xt": normal(4, 3).t(),
        "p": positive(3, 4),
        "q": positive(3, 4),
        "m": normal(4, 2),
        "sq": normal(4, 4),
        "v": normal(4),
        "w": normal(4),
        "u": normal(3),
        "one": normal(1)[0] + 2,
        "b": normal(2, 3, 4),
        "bt": normal(2, 4, 3).transpose(1, 2),
        "c": normal(2, 4, 2),
        "im": normal(2, 3, 5, 5),
        "sig": normal(2, 3, 8),
        "k1": normal(4, 3, 3),
        "k2": normal(4, 3, 3, 3),
        "lw": normal(2, 4),
        "lb": normal(2),
        "mean": normal(4),
        "var": positive(4),
        "mask": torch.tensor([[True, False, True, True], [False, True, False, True], [True, True, False, False]]),
        "rows": torch.tensor([2, 0]),
        "cols": torch.tensor([3, 0]),
        "idx": torch.tensor([[2, 0, 1, 1], [0, 2, 0, 2], [1, 1, 2, 0]]),
        "t": torch.tensor([3, 0, 2]),
        "single": normal(3, 4).float(),
        "at": numpy.s_,
        "cz": turned(3, 4),
        "cz2": turned(3, 4),
        "czm": turned(4, 2),
        "czb": turned(2, 3, 4),
        "czc": turned(2, 4, 2),
        "pair": normal(3, 4, 2),
        "wave": normal(2, 20),
        "window": positive(8),
        "spectrum": turned(2, 5, 6),
        "theta": normal(2, 2, 3),
        "blocks": normal(2, 12, 9),
    }


def _extra_sample(name: str, call: str, namespace: dict[str, Any]) -> Sample:
    """The call that a text of sample_calls.py spells."""
    spelling, bar, arguments = call.rpartition("|")
    function = resolve(spelling if bar else name)
    if function is None:
        raise LookupError(f"no callable for {name}: {call}")
    args, kwargs = eval(f"__capture({arguments})", {**namespace, "__capture": lambda *a, **k: (a, k)})
    return Sample(function, args, kwargs)


def resolve(name: str) -> Callable[..., Any] | None:
    """The public callable of an operator's name: of torch, of Tensor, or a property of Tensor."""
    if name in ("__getitem__", "__setitem__"):
        return _get_item if name == "__getitem__" else _set_item
    first, _, last = name.rpartition(".")
    place: Any
    for place in _namespaces(first):
        found = getattr(place, last, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
        if found is not None and place is torch.Tensor:
            return operator.attrgetter(last)
    return None


def _namespaces(dotted: str) -> list[Any]:
    if not dotted:
        return [torch, torch.Tensor]
    if dotted in ("Tensor", "operator"):
        return [torch.Tensor if dotted == "Tensor" else operator]
    place: Any = torch
    for part in dotted.split("."):
        place = getattr(place, part, None)
    return [place]


def _get_item(input: Tensor, index: Any) -> Tensor:
    return input[index]


def _set_item(input: Tensor, index: Any, value: Any) -> Tensor:
    input[index] = value
    return input


def _written(name: str) -> str:
    return name if name.endswith("_") else f"{name}_"
