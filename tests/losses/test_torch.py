"""What tables say of parameters is what PyTorch does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from flake8_gradsafe.explain_line import inquire
from flake8_gradsafe.loss_report import Answer, GradientState, Kind, LossReport, ParameterRow, Verdict
from flake8_gradsafe.project.imports import imports_of
from tests.losses.instrumented import Moment, Visit, visits
from tests.losses.programs import NETS, PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from torch import Tensor

PLACES = [
    (name, number)
    for name, (text, _) in PROGRAMS.items()
    for number, line in enumerate(text.splitlines(), 1)
    if "=" in line or ".backward(" in line or ".step(" in line or ".zero_grad(" in line
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that has the other file."""
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "nets.py").write_text(NETS)
    return tmp_path


def reports(folder: Path, text: str, line: int) -> tuple[LossReport, ...]:
    """What is told of a line of a program."""
    path = folder / "program.py"
    path.write_text(text)
    return inquire(text, line, imports=imports_of(str(path))).losses


@pytest.mark.parametrize(("name", "line"), PLACES)
def test_a_table_says_what_happens(folder: Path, name: str, line: int) -> None:
    text, behind = PROGRAMS[name]
    for report in reports(folder, text, line):
        seen = visits(text, behind, line, [row.name for row in report.rows], folder)
        assert seen
        for row in report.rows:
            _compare(report.kind, row, seen)


def _compare(kind: Kind, row: ParameterRow, seen: list[Visit]) -> None:
    moments = [visit.before if kind is Kind.STEP else visit.after for visit in seen]
    counts = {len(moment.gradients[row.name]) for moment in moments}
    assert row.count is None or counts == {row.count} or (row.may_be_more and min(counts) >= row.count)
    _compare_answer(row.requires_grad, [flag for moment in moments for flag in moment.require_grad[row.name]])
    _compare_holders(row, [holders for moment in moments for holders in moment.holders[row.name]])
    if kind in {Kind.LOSS, Kind.BACKWARD} and seen[0].given and "not among" not in str(row.reached):
        given = [gradient is not None for visit in seen for gradient in visit.given[row.name]]
        _compare_answer(row.reached, given)
    _compare_gradients(row.name, row.gradient, moments[:1])
    _compare_gradients(row.name, row.later or row.gradient, moments[1:])
    if kind is Kind.BACKWARD:
        _compare_sums(row, seen)


def _compare_holders(row: ParameterRow, seen: list[set[str]]) -> None:
    foretold = {name for name in row.optimizers if not name.startswith("perhaps ")}
    for holders in seen:
        assert holders >= foretold
        assert row.others_may or holders <= {
            name.removeprefix("perhaps ") for name in (*row.optimizers, *row.sometimes)
        }


def _compare_answer(answer: Answer, seen: Iterable[bool]) -> None:
    seen = set(seen)
    if answer.verdict is Verdict.YES:
        assert seen == {True}
    elif answer.verdict is Verdict.NO:
        assert seen == {False}
    elif answer.verdict is Verdict.SOME:
        assert seen == {True, False}


def _compare_gradients(name: str, states: tuple[GradientState, ...], moments: list[Moment]) -> None:
    if any(
        state.is_assumed or state.may_be_older or not (state.is_known and (state.exists or state.is_in_sight))
        for state in states
    ):
        return
    foretold = {state.exists for state in states}
    assert {gradient is not None for moment in moments for gradient in moment.gradients[name]} <= foretold


def _compare_sums(row: ParameterRow, seen: list[Visit]) -> None:
    """What is fresh is what this backward gives, and what is accumulated is more."""
    for states, part in ((row.gradient, seen[:1]), (row.later or row.gradient, seen[1:])):
        if row.reached.verdict is not Verdict.YES or len(states) != 1:
            continue
        (state,) = states
        is_sum = len(state.backwards) > 1 or state.is_repeated or state.assigned is not None
        for visit in part:
            pairs = zip(visit.given[row.name], visit.after.gradients[row.name], strict=True)
            assert all(_are_equal(given, kept) for given, kept in pairs) is not is_sum


def _are_equal(given: Tensor | None, kept: Tensor | None) -> bool:
    assert given is not None
    assert kept is not None
    return torch.allclose(given, kept)


def test_every_program_has_tables(folder: Path) -> None:
    for name, (text, _) in PROGRAMS.items():
        found = [reports(folder, text, line) for each, line in PLACES if each == name]
        assert sum(map(len, found)) > 2
