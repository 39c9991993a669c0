"""Under which public names an operator can be called: found by calling them and comparing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from flake8_gradsafe.runtime.probe import Unusable, kept_names, same_values, seed, values_of
from flake8_gradsafe.runtime.samples import Operator, Sample
from flake8_gradsafe.runtime.subjects import CallSubject

NAMESPACES = {
    "torch": torch,
    "torch.nn.functional": torch.nn.functional,
    "torch.special": torch.special,
    "torch.linalg": torch.linalg,
    "torch.fft": torch.fft,
    "torch.masked": torch.masked,
}
DUNDERS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "true_divide": "truediv",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "pow": "pow",
    "matmul": "matmul",
    "float_power": "float_power",
    "neg": "neg",
    "abs": "abs",
    "__getitem__": "getitem",
    "positive": "pos",
}
COMPARED = 3
SEED = 42
"""The seed that op_db's own wrappers of random operators set."""
Spellings = dict[str, Any]


def spellings_of(row: Operator, samples: Sequence[Sample], claimed: dict[str, str]) -> Spellings:
    """Functions, methods, reflected dunders, in-place methods and `out=` of one row.

    `claimed` maps the dotted names that are another row's own to that row; they are left to it.
    """
    names = _last_names(row)
    for name in (row.name, *row.aliases):
        claimed.setdefault(f"torch.{name}", row.name)

    def is_free(spelling: str) -> bool:
        return claimed.setdefault(spelling, row.name) == row.name

    called = [s for s in samples if getattr(s.function, "__module__", "") != operator.truediv.__module__] or samples
    reference = [(s, _outcome(s.function, s)) for s in _spread(called, COMPARED)]
    functions = [
        dotted
        for dotted, function in _functions(names)
        if claimed.get(dotted, row.name) == row.name and _agrees(function, reference) and is_free(dotted)
    ]
    dunders = [f"__{DUNDERS[n]}__" for n in names if n in DUNDERS]
    reflected = [f"__r{DUNDERS[n]}__" for n in names if n in DUNDERS]
    return {
        "functions": sorted(functions),
        "methods": sorted(
            n
            for n in {*names, *dunders}
            if claimed.get(f".{n}", row.name) == row.name and _method_agrees(n, reference) and is_free(f".{n}")
        ),
        "reflected": sorted(n for n in reflected if _reflected_agrees(n, reference)),
        "inplace": sorted(s for s in _inplace_spellings(row, names, reference) if is_free(f"{s} in place")),
        "out": any(_accepts_out(s) for s in _spread(samples, COMPARED)),
    }


def own_functions(rows: Sequence[str]) -> dict[str, str]:
    """The public names that rows are named after: `torch.linalg.norm`, and `.norm` for the method."""
    functions = {f"torch.{name}": name for name in rows}
    methods = {f".{name}": name for name in rows if "." not in name}
    return functions | methods | {f"{name} in place": name for name in rows if name.endswith("_")}


def _last_names(row: Operator) -> list[str]:
    return sorted({name.split(".")[-1] for name in (row.name, *row.aliases)})


def _spread(samples: Sequence[Sample], count: int) -> list[Sample]:
    """A few samples, far apart in the list: neighbours tend to be alike."""
    step = max(1, -(-len(samples) // count))
    return list(samples[::step])


def _functions(names: Sequence[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for prefix, namespace in NAMESPACES.items():
        for name in names:
            function = getattr(namespace, name, None)
            if callable(function):
                yield f"{prefix}.{name}", function


Outcome = tuple[list[Tensor], dict[str, str]]


def _outcome(function: Callable[..., Any], sample: Sample) -> Outcome | None:
    """Values, and what is kept for backward; None where the call fails."""
    args, kwargs = _copied(sample)
    seed(SEED)
    try:
        result = function(*args, **kwargs)
        subject = CallSubject(Sample(function, sample.args, sample.kwargs), _numbered(sample))
        kept = _kept(subject)
    except Exception:  # a candidate may refuse the call in any way
        return None
    return values_of(result), kept


def _kept(subject: CallSubject) -> dict[str, str]:
    try:
        return kept_names(subject, frozenset(subject.names))
    except Unusable:  # not every input may require grad: running statistics, targets
        return kept_names(subject, frozenset(subject.names[:1]))


def _copied(sample: Sample) -> tuple[list[Any], dict[str, Any]]:
    def copy(value: Any) -> Any:
        return value.clone() if isinstance(value, Tensor) else value

    return [tree_map(copy, a) for a in sample.args], {k: tree_map(copy, v) for k, v in sample.kwargs.items()}


def _numbered(sample: Sample) -> dict[str, Any]:
    return {f"arg{i}": a for i, a in enumerate(sample.args)} | sample.kwargs


def _agrees(function: Callable[..., Any], reference: Sequence[tuple[Sample, Outcome | None]]) -> bool:
    compared = 0
    for sample, expected in reference:
        found = _outcome(function, sample)
        if expected is None or found is None:
            continue
        compared += 1
        if not _equal_values(found[0], expected[0]) or found[1] != expected[1]:
            return False
    return compared > 0


def _equal_values(left: Sequence[Tensor], right: Sequence[Tensor]) -> bool:
    return len(left) == len(right) and all(same_values(a, b) for a, b in zip(left, right, strict=True))


def _method_agrees(name: str, reference: Sequence[tuple[Sample, Outcome | None]]) -> bool:
    method = getattr(torch.Tensor, name, None)
    tensor_first = [(s, o) for s, o in reference if s.args and isinstance(s.args[0], Tensor)]
    if method is None or not tensor_first:
        return False
    if not callable(method):
        return _agrees(lambda t: getattr(t, name), tensor_first)
    return _agrees(method, tensor_first)


def _reflected_agrees(name: str, reference: Sequence[tuple[Sample, Outcome | None]]) -> bool:
    method = getattr(torch.Tensor, name, None)
    usable = [(s, o) for s, o in reference if len(s.args) == 2 and isinstance(s.args[1], Tensor) and not s.kwargs]
    return method is not None and _agrees(lambda left, right: method(right, left), usable)


def _inplace_spellings(
    row: Operator, names: Sequence[str], reference: Sequence[tuple[Sample, Outcome | None]]
) -> set[str]:
    """Tensor methods and dunders by name, functions such as `torch.relu_` by dotted name."""
    candidates: dict[str, Callable[..., Any]] = {}
    for name in names:
        written = name if name.endswith("_") else f"{name}_"
        dunder = f"__i{DUNDERS[name]}__" if name in DUNDERS else written
        for spelling in (written, dunder):
            method = getattr(torch.Tensor, spelling, None)
            if method is not None and not (spelling.startswith("__") and spelling == written):
                candidates[spelling] = method
        candidates.update(_functions([written]))
    if row.name.endswith("_"):
        return set(candidates)
    return {spelling for spelling, call in candidates.items() if _writes_receiver(call, reference)}


def _writes_receiver(function: Callable[..., Any], reference: Sequence[tuple[Sample, Outcome | None]]) -> bool:
    """Whether the receiver comes back with the out-of-place result in it."""
    agreed = 0
    for sample, expected in reference:
        if expected is None:
            continue
        args, kwargs = _copied(sample)
        seed(SEED)
        try:
            result = function(*args, **kwargs)
        except Exception:  # broadcasting, dtypes and unknown keywords differ in place
            continue
        if result is not args[0] or not _equal_values(values_of(result), expected[0]):
            return False
        agreed += 1
    return agreed > 0


def _accepts_out(sample: Sample) -> bool:
    args, kwargs = _copied(sample)
    try:
        result = sample.function(*args, **kwargs)
        if isinstance(result, Tensor):
            out: Any = torch.empty_like(result)
        else:
            out = tuple(torch.empty_like(t) for t in result)
        sample.function(*args, **kwargs, out=out)
    except Exception:  # most operators refuse out= in their own words
        return False
    return True
