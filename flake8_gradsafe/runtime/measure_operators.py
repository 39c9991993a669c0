"""Measure every sampled operator: its names, its forms, and what each form saves, aliases and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import NoneType
from typing import Any

import torch
from torch import Tensor

from flake8_gradsafe.runtime.facts import Fact, FactTable, merge, renamed
from flake8_gradsafe.runtime.layouts import axes_of, storing_of
from flake8_gradsafe.runtime.probe import Observation, Unusable, observe
from flake8_gradsafe.runtime.samples import Operator, Sample, collect, degeneracy, elements, resolve
from flake8_gradsafe.runtime.shapes import shapes_of
from flake8_gradsafe.runtime.signatures import (
    Bound,
    Signature,
    bind,
    form_key,
    index_kind,
    parameters_of,
    signatures_of,
)
from flake8_gradsafe.runtime.spellings import own_functions, spellings_of
from flake8_gradsafe.runtime.subjects import CallSubject

SAMPLES_PER_FORM = 12
PROBED_PER_FORM = 4
SMALL = 64
LARGE = 2000
Calls = list[tuple[Sample, Bound]]


def measure_operators(table: FactTable, chosen: Callable[[str], bool]) -> tuple[dict[str, Any], dict[str, str]]:
    """Rows by name of the operators that are chosen, and the operators left out, with the reason."""
    operators, skipped = collect()
    claimed = own_functions(list(operators))
    rows: dict[str, Any] = {}
    for name in filter(chosen, sorted(operators)):
        try:
            rows[name] = _row(operators[name], claimed, table)
        except Unusable as error:
            skipped[name] = str(error)
    return rows, skipped


def _row(operator: Operator, claimed: dict[str, str], table: FactTable) -> dict[str, Any]:
    signatures = signatures_of(operator.name, resolve(operator.name))
    samples = [*operator.samples, *operator.inplace_samples]
    parameters = _parameters(signatures, samples)
    lists = any(s.returns_list for s in signatures)
    forms = _forms(operator.samples, parameters, signatures, lists, table)
    spellings = spellings_of(operator, operator.samples, claimed)
    written = _inplace_samples(operator) if spellings["inplace"] or operator.inplace_samples else []
    inplace_forms = _forms(written, parameters, signatures, False, table)
    if not forms and not inplace_forms:
        raise Unusable("no sample runs")
    return {
        "parameters": parameters,
        **spellings,
        "forms": forms,
        "inplace_forms": inplace_forms,
    }


def _parameters(signatures: Sequence[Signature], samples: Sequence[Sample]) -> list[str]:
    matched = [s for s in (_overload(signatures, sample) for sample in samples) if s is not None]
    known = parameters_of(_distinct(matched))
    if not known:
        longest = max((len(s.args) for s in samples), default=1)
        known = ["input", *(f"arg{i}" for i in range(1, longest))]
    rest = sorted({name for s in samples for name in s.kwargs} - set(known))
    return [*known, *(["*"] if rest and "*" not in known else []), *rest]


def _distinct(signatures: Sequence[Signature]) -> list[Signature]:
    return list({id(s): s for s in signatures}.values())


def _overload(signatures: Sequence[Signature], sample: Sample) -> Signature | None:
    """The overload with the fewest parameters that takes the sample's arguments."""
    fitting = [s for s in signatures if s.accepts(sample.args, sample.kwargs)]
    return min(fitting, key=lambda s: len(s.positional) + len(s.keyword_only), default=None)


def _inplace_samples(operator: Operator) -> list[Sample]:
    last = operator.name.split(".")[-1]
    written = last if last.endswith("_") else f"{last}_"
    method = resolve(operator.name) if last.endswith("__") else getattr(torch.Tensor, written, None)
    method = method or operator.inplace
    own = operator.inplace_samples
    if method is None:
        return []
    shared = [] if operator.name.endswith("_") else operator.samples
    return [Sample(method, s.args, s.kwargs) for s in (*own, *shared) if _has_receiver(s)]


def _has_receiver(sample: Sample) -> bool:
    return bool(sample.args) and isinstance(sample.args[0], Tensor)


def _forms(
    samples: Sequence[Sample],
    parameters: Sequence[str],
    signatures: Sequence[Signature],
    lists: bool,
    table: FactTable,
) -> dict[str, int]:
    grouped: dict[str, Calls] = {}
    for sample in samples:
        bound = bind(parameters, sample.args, sample.kwargs)
        grouped.setdefault(_key(bound), []).append((sample, bound))
    observed = {key: _observe_form(calls) for key, calls in grouped.items()}
    counts = {o.count for group in observed.values() for o, _ in group if o.outputs == "sequence"}
    always_list = lists or len(counts) > 1
    facts: dict[str, list[Observation]] = {}
    for key, group in observed.items():
        if group:
            facts[key] = [o for o, _ in group]
    for spelling in (_without_defaults, _any_numbers):
        extra: dict[str, list[Observation]] = {}
        for group in observed.values():
            for observation, (sample, bound) in group:
                key = _key(spelling(bound, _overload(signatures, sample)))
                if key not in facts:
                    extra.setdefault(key, []).append(observation)
        facts.update(extra)
    merged = {key: merge(group, always_list) for key, group in facts.items()}
    operands = {part.rpartition(":")[0] for key in merged for part in key.split(",") if part.endswith(":T")}
    for key, fact in merged.items():
        if not _gives_operands_alone(key, operands):
            fact.pop("shape", None)
        if "axes" in fact and not _shows_axes(key, fact, facts[key], operands):
            del fact["axes"]
    _agree_on_storing(merged.values())
    merged |= _renamed_forms(observed, merged, parameters, signatures)
    return {key: table.number_of(merged[key]) for key in sorted(merged)}


def _agree_on_storing(facts: Iterable[Fact]) -> None:
    """What is not always contiguous in one form of an operator is not taken to be always so in another."""
    stored = {fact.get("stored") for fact in facts}
    for fact in facts:
        if fact.get("stored") == "always" and stored != {"always"}:
            fact["stored"] = "kept"


def _shows_axes(form: str, fact: Fact, observations: Sequence[Observation], operands: set[str]) -> bool:
    """Whether samples show how many axes a result has, not only what it had for these sizes and so many dimensions."""
    if _gives_operands_alone(form, operands) or tuple(fact["axes"]) == ("", 0):
        return True
    if fact["axes"][1] != 0 and any(part.endswith((":t", ":s")) for part in form.split(",")):
        return False
    return not any(each[0] == "" for each in set.intersection(*(o.axes for o in observations)))


def _gives_operands_alone(form: str, operands: set[str]) -> bool:
    """Whether all that a form gives are floating operands, masks, or numbers in an operand's place.

    What else it gives, such as a dimension, may shape the result in a way that a few samples do not show.
    """
    parts = (part.rpartition(":") for part in form.split(","))
    return all(kind in {"T", "B"} or name in operands for name, _, kind in parts)


def _renamed_forms(
    observed: dict[str, list[tuple[Observation, tuple[Sample, Bound]]]],
    merged: dict[str, Fact],
    parameters: Sequence[str],
    signatures: Sequence[Signature],
) -> dict[str, Fact]:
    """Forms once more under the names of the overload that was meant: `max(x, other=y)`."""
    rows: dict[str, Fact] = {}
    for key, group in observed.items():
        for _, (sample, bound) in group:
            overload = _overload(signatures, sample)
            if overload is None:
                continue
            names = dict(zip(parameters, overload.positional[: len(sample.args)], strict=False))
            changed = {old: new for old, new in names.items() if old != new}
            if changed:
                renamed_key = _key({names.get(name, name): value for name, value in bound.items()})
                if renamed_key not in merged:
                    rows.setdefault(renamed_key, renamed(merged[key], changed))
    return rows


def _without_defaults(bound: Bound, overload: Signature | None) -> Bound:
    """The same call with every argument left out that only repeats its default."""
    if overload is None:
        return bound
    defaults = overload.defaults
    return {
        name: value
        for name, value in bound.items()
        if not (name in defaults and isinstance(value, (bool, int, float, str)) and value == defaults[name])
    }


def _any_numbers(bound: Bound, _: Signature | None) -> Bound:
    """The same call with its numbers unknown."""
    return {
        name: 7 if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        for name, value in bound.items()
    }


def _key(bound: Bound) -> str:
    key = form_key(bound)
    if isinstance(bound.get("index", 0), (tuple, list, NoneType)):
        key = ",".join(
            f"{name}:{index_kind(value)}" if name == "index" else form_key({name: value})
            for name, value in bound.items()
        )
    return key


def _observe_form(calls: Calls) -> list[tuple[Observation, tuple[Sample, Bound]]]:
    """Observations of the most telling samples of one form, none where all fail."""
    found: list[tuple[Observation, tuple[Sample, Bound]]] = []
    for sample, bound in _most_telling(calls):
        subject = CallSubject(sample, bound)
        try:
            observation = observe(subject, probe_reads=len(found) < PROBED_PER_FORM)
        except (Unusable, RuntimeError, NotImplementedError):
            continue
        observation.shapes = shapes_of(subject)
        observation.axes, observation.stored = axes_of(subject), storing_of(subject)
        found.append((observation, (sample, bound)))
    return found


def _most_telling(calls: Calls) -> Calls:
    """Samples without empty or one-element tensors, if there are any; small ones first."""
    rank: Callable[[tuple[Sample, Bound]], int] = lambda call: degeneracy(call[0])  # noqa: E731
    best = min(map(rank, calls))
    chosen = [call for call in calls if rank(call) == best]
    chosen.sort(key=lambda call: elements(call[0]) > SMALL)
    large = sum(elements(sample) > LARGE for sample, _ in chosen)
    return chosen[: max(1, min(SAMPLES_PER_FORM, len(chosen) - large))]
