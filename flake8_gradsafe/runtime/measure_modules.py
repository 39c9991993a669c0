"""Measure every module of torch.nn that PyTorch's own tests can build."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn
from torch.testing._internal.common_modules import module_db

from flake8_gradsafe.runtime.facts import FactTable, merge
from flake8_gradsafe.runtime.layouts import axes_of, storing_of
from flake8_gradsafe.runtime.probe import Observation, Unusable, observe
from flake8_gradsafe.runtime.samples import Sample, degeneracy, seed
from flake8_gradsafe.runtime.subjects import ModuleSubject

SAMPLES_PER_FORM = 3
PROBED_PER_FORM = 2
LARGE = 12
Constructor = tuple[tuple[Any, ...], dict[str, Any]]
Samples = Callable[[bool], Iterator[tuple[Constructor, Sample]]]
EXTRA_MODULES: dict[str, tuple[tuple[Any, ...], list[tuple[int, ...]]]] = {
    "AlphaDropout": ((0.4,), [(3, 4)]),
    "ChannelShuffle": ((2,), [(2, 4, 3, 3)]),
    "CosineSimilarity": ((), [(3, 4), (3, 4)]),
    "Dropout": ((0.4,), [(3, 4)]),
    "Dropout1d": ((0.4,), [(2, 3, 5)]),
    "Dropout2d": ((0.4,), [(2, 3, 4, 4)]),
    "Dropout3d": ((0.4,), [(2, 3, 2, 2, 2)]),
    "FeatureAlphaDropout": ((0.4,), [(2, 3, 4, 4)]),
    "Flatten": ((), [(2, 3, 4)]),
    "Fold": (((4, 4), (2, 2)), [(2, 12, 9)]),
    "Hardsigmoid": ((), [(3, 4)]),
    "Identity": ((), [(3, 4)]),
    "PairwiseDistance": ((), [(3, 4), (3, 4)]),
    "PixelShuffle": ((2,), [(2, 4, 3, 3)]),
    "PixelUnshuffle": ((2,), [(2, 3, 4, 4)]),
    "RReLU": ((), [(3, 4)]),
    "Softmax2d": ((), [(2, 3, 4, 4)]),
    "TripletMarginLoss": ((), [(3, 4), (3, 4), (3, 4)]),
    "Unflatten": ((1, (2, 2)), [(3, 4)]),
    "Unfold": ((2,), [(2, 3, 4, 4)]),
    "Upsample": ((None, 2), [(2, 3, 4, 4)]),
    "UpsamplingBilinear2d": ((None, 2), [(2, 3, 4, 4)]),
    "UpsamplingNearest2d": ((None, 2), [(2, 3, 4, 4)]),
    "ZeroPad2d": ((1,), [(2, 3, 4, 4)]),
}
"""Constructor arguments and input shapes of classes that module_db lacks."""


def measure_modules(table: FactTable, chosen: Callable[[str], bool]) -> tuple[dict[str, Any], dict[str, str]]:
    """Rows by name of the classes that are chosen, and the modules left out, with the reason."""
    rows: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    for module_class, samples in _module_samples():
        name = module_class.__name__
        if not chosen(name):
            continue
        if issubclass(module_class, nn.modules.lazy.LazyModuleMixin):
            skipped[f"nn.{name}"] = "turns into another class at its first call"
            continue
        try:
            rows[name] = _row(module_class, samples, table)
        except Unusable as error:
            skipped[f"nn.{name}"] = str(error)
    return rows, skipped


def _module_samples() -> Iterator[tuple[type[nn.Module], Samples]]:
    """Every class, by name, with what builds and calls it: PyTorch's own samples, and EXTRA_MODULES."""
    known: dict[str, tuple[type[nn.Module], Samples]] = {
        info.module_cls.__name__: (info.module_cls, functools.partial(_info_samples, info))
        for info in module_db
        if torch.float64 in info.dtypes
    }
    for name in EXTRA_MODULES:
        known.setdefault(name, (getattr(nn, name), functools.partial(_extra_samples, name)))
    yield from (known[name] for name in sorted(known))


def _extra_samples(name: str, training: bool) -> Iterator[tuple[Constructor, Sample]]:
    seed()
    args, shapes = EXTRA_MODULES[name]
    inputs = tuple(torch.randn(shape, dtype=torch.float64) for shape in shapes)
    yield (args, {}), Sample(getattr(nn, name), inputs, {})


def _row(module_class: type[nn.Module], samples: Samples, table: FactTable) -> dict[str, Any]:
    observed: dict[str, list[Observation]] = {}
    state: set[str] = set()
    reason = "no samples"
    for training in (True, False):
        for constructor, sample in _in_place_too(module_class, samples(training)):
            keys = _form_keys(module_class, constructor, training)
            wanted = [key for key in keys if len(observed.get(key, [])) < SAMPLES_PER_FORM]
            if not wanted:
                continue
            try:
                module = _built(module_class, constructor, training)
                if len(list(module.parameters())) > LARGE:
                    reason = f"a composition with more than {LARGE} parameters"
                    continue
                subject = ModuleSubject(module, Sample(module, sample.args, sample.kwargs))
                probed = any(len(observed.get(key, [])) < PROBED_PER_FORM for key in wanted)
                observation = observe(subject, probed)
                observation.axes, observation.stored = axes_of(subject), storing_of(subject)
            except (Unusable, RuntimeError, NotImplementedError, TypeError) as error:
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:80]
                continue
            state |= {n.removeprefix("self.") for n in subject.names if n.startswith("self.")}
            for key in wanted:
                observed.setdefault(key, []).append(observation)
    if not observed:
        raise Unusable(reason)
    forms = {key: table.number_of(merge(group, False)) for key, group in sorted(observed.items())}
    return {"state": sorted(state), "forms": forms}


def _info_samples(info: Any, training: bool) -> Iterator[tuple[Constructor, Sample]]:
    seed()
    inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=training)
    for entry in inputs:
        given, forward = entry.constructor_input, entry.forward_input
        if forward is not None:
            sample = Sample(info.module_cls, tuple(forward.args), dict(forward.kwargs))
            yield (tuple(given.args), dict(given.kwargs)), sample


def _in_place_too(
    module_class: type[nn.Module], samples: Iterable[tuple[Constructor, Sample]]
) -> Iterator[tuple[Constructor, Sample]]:
    """The most telling samples first, and each once more with inplace=True where the class knows it."""
    has_inplace = "inplace" in inspect.signature(module_class).parameters
    for constructor, sample in sorted(samples, key=lambda pair: degeneracy(pair[1])):
        yield constructor, sample
        if has_inplace and "inplace" not in constructor[1]:
            yield (constructor[0], {**constructor[1], "inplace": True}), sample


def _built(module_class: type[nn.Module], constructor: Constructor, training: bool) -> nn.Module:
    torch.manual_seed(14)
    args, kwargs = constructor
    kwargs = {name: value for name, value in kwargs.items() if name not in ("device", "dtype")}
    return module_class(*args, **kwargs).to(torch.float64).train(training)


def _form_keys(module_class: type[nn.Module], constructor: Constructor, training: bool) -> list[str]:
    """The form as it was written, and the form without the flags that only repeat their default."""
    args, kwargs = constructor
    signature = _signature(module_class)
    try:
        given = signature.bind(None, *args, **kwargs).arguments
    except TypeError:
        given = kwargs
    flags = {name: value for name, value in given.items() if isinstance(value, bool)}
    unusual = {
        name: value
        for name, value in flags.items()
        if name not in signature.parameters or signature.parameters[name].default is not value
    }
    mode = "train" if training else "eval"
    return list(dict.fromkeys(_key(mode, chosen) for chosen in (flags, unusual)))


def _signature(module_class: type[nn.Module]) -> inspect.Signature:
    """Of the first class that spells its arguments out."""
    for owner in module_class.__mro__:
        signature = inspect.signature(owner.__init__)  # type: ignore[misc]
        kinds = {p.kind for p in signature.parameters.values()}
        if not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            return signature
    return inspect.signature(module_class)


def _key(mode: str, flags: dict[str, bool]) -> str:
    return ",".join([mode, *(f"{name}:{flags[name]}" for name in sorted(flags))])
