"""Programs cut into several files: no line is lost, PyTorch runs them as before, and the same is found."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from textwrap import dedent

import pytest

from tests.source_fuzz.cut_compare import (
    CutComparison,
    compare_cut,
    compare_many_cut,
    described,
    outcome,
    runs_alike,
)
from tests.source_fuzz.cutting import MAIN, WAYS, Plan, cut, plan_of
from tests.source_fuzz.structures import AUTHORS, programs_of

_KINDS = tuple(AUTHORS)
_PREFIX = re.compile(r"\b(their_(pieces|base|blocks)\.|their_|(pkg\.)?(pieces|base|blocks)\.|pkg\.)")
_SOURCE = dedent(
    """\
    import torch
    from torch import nn

    RATE = 0.5


    def scaled(x):
        return x * RATE


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self, x):
            out = scaled(x * self.weight).sigmoid()
            out.data.mul_(2.0)
            return out


    def train():
        net = Net()
        net(torch.rand(3)).sum().backward()


    train()
    """
)


def _plan(way: str, *, files: tuple[str, str] = ("pkg/base.py", "pkg/blocks.py"), export: str = "") -> Plan:
    placing = dict(zip(files, (frozenset({"scaled", "RATE"}), frozenset({"Net"})), strict=True))
    pairs = [(files[1], files[0]), (MAIN, files[0]), (MAIN, files[1])]
    return Plan(placing, dict.fromkeys(pairs, (way,)), export, lists_all=False)


def _compared(count: int, seed: int) -> list[CutComparison]:
    programs = islice(programs_of(_KINDS, seed), count)
    plans = [(index, program.source, plan_of(program.source, index)) for index, program in enumerate(programs)]
    return [compare_cut(source, index, plan) for index, source, plan in plans if plan is not None]


def test_cutting_loses_no_line() -> None:
    ways: Counter[str] = Counter()
    for index, program in enumerate(islice(programs_of(_KINDS, 1), 240)):
        plan = plan_of(program.source, index)
        if plan is None:
            continue
        pieces = cut(program.source, plan)
        ways.update(pieces.spellings)
        lines = program.source.splitlines()
        where = Counter(pieces.origins.values())
        for number, line in enumerate(lines, 1):
            assert where[number] == 1 or not line or (where[number] and "import" in line), (index, line)
        for (file, number), origin in pieces.origins.items():
            line = pieces.files[file].splitlines()[number - 1]
            assert _PREFIX.sub("", line) == _PREFIX.sub("", lines[origin - 1]), (index, line)
    assert ways.keys() == WAYS.keys()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_import(way: str) -> None:
    export = "from .{m} import {names}"
    inside = compare_cut(_SOURCE, 0, _plan(way, export=export))
    beside = compare_cut(_SOURCE, 0, _plan(way, files=("pieces.py", "pkg/blocks.py"), export=export))
    assert way in inside.cut.spellings | beside.cut.spellings
    for comparison in (inside, beside):
        assert ("GRD111", 18) in comparison.whole
        assert comparison.equal, described(comparison)
        assert not comparison.kinds, described(comparison)
        assert runs_alike(comparison)


def test_a_cut_program_by_hand() -> None:
    pieces = cut(_SOURCE, _plan("module as"))
    assert pieces.files["pkg/__init__.py"] == ""
    assert pieces.files["pkg/base.py"].split() == ["RATE", "=", "0.5", *"def scaled(x): return x * RATE".split()]
    assert "import pkg.base as their_base\n" in pieces.files["pkg/blocks.py"]
    assert "out = their_base.scaled(x * self.weight).sigmoid()\n" in pieces.files["pkg/blocks.py"]
    assert pieces.files[MAIN].startswith("import torch\nimport pkg.blocks as their_blocks\n")
    number = pieces.files["pkg/blocks.py"].splitlines().index("        out.data.mul_(2.0)") + 1
    assert pieces.origins["pkg/blocks.py", number] == 18


def test_what_reads_a_variable_of_the_module_stays() -> None:
    source = "import torch\nx = torch.ones(2)\ndef f():\n    return x\ndef g():\n    return f()\nprint(g())\n"
    assert plan_of(source, 0) is None


def test_running_tells_programs_apart() -> None:
    other = {MAIN: _SOURCE.replace("RATE = 0.5", "RATE = 0.6")}
    refused = {MAIN: _SOURCE.replace("out.data.mul_", "out.mul_")}
    outcomes = [repr(outcome({MAIN: _SOURCE})), repr(outcome(other)), repr(outcome(refused))]
    assert len(set(outcomes)) == 3
    assert "modified by an inplace operation" in outcomes[2]


@pytest.mark.parametrize("seed", [3])
def test_the_same_is_found(seed: int) -> None:
    comparisons = _compared(60, seed)
    assert len(comparisons) >= 40
    assert sum(bool(each.whole) for each in comparisons) >= 15
    for comparison in comparisons:
        assert comparison.equal, described(comparison)
        assert not comparison.otherwise, described(comparison)
    assert all(map(runs_alike, comparisons[::8]))


def test_differences_are_reported_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.source_fuzz.cut_compare.FileImports", lambda path, sources: None)
    report = compare_many_cut(8, 3, _KINDS)
    assert report.share < 1
    assert any("lost" in line for line in report.figures())
    report.differing = [compare_cut(_SOURCE, 0, _plan("from"))]
    example = "\n".join(report.examples())
    assert "--- lost GRD111, seed 0" in example
    assert "out.data.mul_(2.0)" in example
