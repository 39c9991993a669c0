"""Join the observations of one form into a fact, and number equal facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flake8_gradsafe.runtime.probe import Observation, Save

Fact = dict[str, Any]
_STRENGTH = {"shape": 0, "sign": 1, "magnitude": 2, "value": 3}
_BY_STRENGTH = {"alias": 0, "handle": 1, "reference": 2}


class FactTable:
    """Facts in order of first use, each listed once."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._numbers: dict[str, int] = {}

    def number_of(self, fact: Fact) -> int:
        """The index of an equal fact, which is added if there is none."""
        text = json.dumps(fact, sort_keys=True)
        if text not in self._numbers:
            self._numbers[text] = len(self.facts)
            self.facts.append(fact)
        return self._numbers[text]


def merge(observations: Sequence[Observation], always_list: bool) -> Fact:
    """One fact for all samples of a form.

    `always_list` says that the operator's results differ in number, so that they share one description.
    """
    kind = _outputs_kind(observations, always_list)
    seen = [_collapsed(o) if kind == "list" else o for o in observations]
    fact: Fact = {
        "outputs": kind,
        "differentiable": sorted(set[int]().union(*(o.differentiable for o in seen))),
        "needs": sorted(set[str]().union(*(o.needs for o in seen))),
        "saves": [_merged_save(what, seen) for what in _all_names(o.saves for o in seen)],
        "frees": _merged_frees(seen),
        "aliases": _merged_aliases(seen),
        "multi_view": any(o.multi_view for o in seen),
        "writes": [
            {"what": what, "seen": any(o.writes.get(what, False) for o in seen)}
            for what in _all_names(o.writes for o in seen)
        ],
    }
    frees_when = sorted(set[str]().union(*(o.frees_when for o in seen)))
    if fact["frees"] and frees_when != fact["needs"]:
        fact["frees_when"] = frees_when
    shapes = _merged_shapes(observations)
    if shapes:
        fact["shape"] = shapes
    axes = _merged_axes(observations) if kind in {"tensor", "tuple"} else None
    if axes is not None:
        fact["axes"] = list(axes)
    stored = _merged_storing(observations) if kind == "tensor" else ""
    if stored:
        fact["stored"] = stored
    kinds = _merged_kinds(seen)
    if kinds:
        fact["kinds"] = kinds
    passes = _merged_passes(seen)
    if passes:
        fact["passes"] = passes
    if kind == "tuple":
        fact["count"] = max(o.count for o in seen)
    return fact


def renamed(fact: Fact, names: dict[str, str]) -> Fact:
    """The same fact for a caller who writes other parameter names."""
    copy: Fact = json.loads(json.dumps(fact))
    for row in (*copy["saves"], *copy["writes"]):
        row["what"] = names.get(row["what"], row["what"])
    for save in copy["saves"]:
        for key in save.keys() & {"when", "readers"}:
            save[key] = sorted(names.get(name, name) for name in save[key])
    for alias in copy["aliases"]:
        alias["input"] = names.get(alias["input"], alias["input"])
    if "axes" in copy:
        copy["axes"][0] = names.get(copy["axes"][0], copy["axes"][0])
    for key in ("needs", "frees_when", "passes"):
        if key in copy:
            copy[key] = sorted(names.get(name, name) for name in copy[key])
    return copy


def _all_names(tables: Iterable[Iterable[str]]) -> list[str]:
    return sorted({name for table in tables for name in table})


def _outputs_kind(observations: Sequence[Observation], always_list: bool) -> str:
    kinds = {o.outputs for o in observations}
    if kinds == {"tensor"}:
        return "tensor"
    if kinds <= {"sequence", "named"}:
        return "list" if always_list else "tuple"
    return "other"


def _collapsed(observation: Observation) -> Observation:
    """Every element of a list described as output 0."""
    saves: dict[str, Save] = {}
    for what, save in observation.saves.items():
        saves.setdefault("output.0" if what.startswith("output.") else what, save)
    return Observation(
        outputs="sequence",
        count=1,
        differentiable={0} if observation.differentiable else set(),
        needs=observation.needs,
        saves=saves,
        frees=observation.frees,
        frees_when=observation.frees_when,
        aliases={(0, name, kind) for _, name, kind in observation.aliases},
        multi_view=observation.multi_view,
        writes=observation.writes,
        passes=observation.passes,
        kinds=observation.kinds[:1] if len(set(observation.kinds)) == 1 else (),
    )


def _merged_kinds(observations: Sequence[Observation]) -> list[str]:
    """The kinds of the outputs, where they are told and all samples agree."""
    kinds = {o.kinds for o in observations}
    return list(kinds.pop()) if len(kinds) == 1 else []


def _merged_frees(observations: Sequence[Observation]) -> bool | str:
    frees = {o.frees for o in observations}
    return "maybe" if len(frees) > 1 else frees == {True}


def _merged_save(what: str, observations: Sequence[Observation]) -> dict[str, Any]:
    seen = [(o, o.saves[what]) for o in observations if what in o.saves]
    saves = [save for _, save in seen]
    when = set[str]().union(*(s.when for s in saves))
    probed = [s for s in saves if s.checked is not None]
    reads = {s.reads for s in probed if s.reads is not None} or {"value"}
    # What a sample does not give, or what takes no part in its graph, cannot be what it was kept for.
    agreed = all(s.sure and s.when == when & o.needs for o, s in seen) and len({s.checked for s in probed}) <= 1
    row: dict[str, Any] = {
        "what": what,
        "by": max((s.by for s in saves), key=lambda by: _BY_STRENGTH[by]),
        "when": sorted(when),
        "checked": any(s.checked for s in probed) if probed else True,
        "reads": max(reads, key=lambda r: _STRENGTH[r]),
        "region": "whole" if all(s.whole is not False for s in probed) and reads != {"shape"} else "part",
        "sure": agreed and len(saves) == len(observations),
    }
    readers = set[str]().union(*(s.readers for s in saves if s.readers is not None))
    if readers and readers < when:
        row["readers"] = sorted(readers)
    if len({s.by for s in saves}) > 1:
        row["by_sure"] = False
    if not reads <= {"value", "magnitude"} and len(reads) > 1:
        row["reads_sure"] = False
    return row


def _merged_shapes(observations: Sequence[Observation]) -> str:
    """How the result's shape follows from the operands', where all samples agree on one way; else empty."""
    agreed = set.intersection(*(o.shapes for o in observations))
    return agreed.pop() if len(agreed) == 1 else ""


def _merged_axes(observations: Sequence[Observation]) -> tuple[str, int] | None:
    """How the number of axes follows from that of a parameter, where the samples agree on it: the first one, if it does."""
    agreed = set.intersection(*(o.axes for o in observations))
    if ("", 0) in agreed:  # of operands without any axis this says nothing
        return None if ("*", 0) in agreed else ("", 0)
    of_parameters = {each for each in agreed if each[0] not in {"", "*"}}
    of_input = {each for each in of_parameters if each[0] == "input"}
    of_most = {each for each in agreed if each[0] == "*"}
    chosen = of_input or (of_parameters if len(of_parameters) == 1 else of_most)
    return min(chosen, default=None)


def _merged_storing(observations: Sequence[Observation]) -> str:
    """Whether the result is contiguous always, or where the operands are; empty where that is not so, or was not seen."""
    told = [o.stored for o in observations if o.stored is not None]
    agreed = set.intersection(*told) if told else set[str]()
    return "always" if "always" in agreed else "kept" if "kept" in agreed else ""


def _merged_passes(observations: Sequence[Observation]) -> list[str]:
    """The parameters whose gradient shared memory with the incoming one wherever that could be told."""
    names = _all_names(o.passes for o in observations)
    return [name for name in names if all(o.passes.get(name, True) for o in observations)]


def _merged_aliases(observations: Sequence[Observation]) -> list[dict[str, Any]]:
    pairs = sorted({(output, name) for o in observations for output, name, _ in o.aliases})
    rows = []
    for output, name in pairs:
        kinds = {kind for o in observations for at, of, kind in o.aliases if (at, of) == (output, name)}
        present = sum(any(a[:2] == (output, name) for a in o.aliases) for o in observations)
        views = kinds <= {"view", "part"}
        kind = next(kind for kind in ("part", "view", "memory", "same") if kind in kinds)
        sure = present == len(observations) and (views or len(kinds) == 1)
        rows.append({"output": output, "input": name, "kind": kind, "sure": sure})
    return rows
