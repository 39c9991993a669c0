"""The model of autograd against PyTorch: the same verdict on every backward of random programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from tests.differential.counterexamples import COUNTEREXAMPLES
from tests.differential.model import compare_many, difference, hidden, predict, resolve
from tests.differential.oracle import describe, judge
from tests.differential.programs import Backward, Data, Leaf, Op, Program, Write

_PROGRAMS_OF_EACH_SEED = 2000
_SEEDS = (11, 12, pytest.param(13, marks=pytest.mark.slow))
_MOST_LEFT_OPEN = 0.03
_MOST_MEASURED_MAYBES = 0.02
_MOST_HIDDEN_BY_CHANCE = 0.015


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.long
@pytest.mark.parametrize("seed", _SEEDS)
def test_model_and_pytorch_agree(seed: int, record_property: Callable[[str, object], None]) -> None:
    report = compare_many(_PROGRAMS_OF_EACH_SEED, seed)
    record_property("report", str(report))
    print(report)
    found = [f"{describe(program)}# {difference}" for program, difference in report.differences]
    assert not found, "\n".join(found[:3])
    assert report.programs >= 0.9 * _PROGRAMS_OF_EACH_SEED
    shares = {kind: report.kinds[kind] / report.verdicts for kind in ("right", "error", "wrong")}
    assert min(shares.values()) >= 0.2, shares
    assert report.measured_maybes / report.verdicts < _MOST_MEASURED_MAYBES
    assert (report.uncertain - report.measured_maybes) / report.verdicts < _MOST_LEFT_OPEN
    assert sum(report.hidden.values()) / report.verdicts < _MOST_HIDDEN_BY_CHANCE


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_counterexample(name: str) -> None:
    program = COUNTEREXAMPLES[name]
    judgement = judge(program)
    assert not judgement.degenerate
    predictions = [resolve(each, program, judgement) for each in predict(program)]
    assert difference(predictions, judgement) is None, describe(program)
    assert not any(map(hidden, predictions, judgement.verdicts)), "nothing may be left to chance here"


_WRONG: Program = (
    Leaf("a", (4,), True, 0),
    Op("c", "exp", ("a",)),
    Data("d", "c"),
    Write("d", "mul_", (2.0,)),
    Op("loss", "sum", ("c",)),
    Backward("loss", False),
)


def test_comparison_notices_a_model_that_sees_less() -> None:
    judgement = judge(_WRONG)
    blind = predict((*_WRONG[:3], Data("e", "d"), *_WRONG[4:]))
    assert difference(predict(_WRONG), judgement) is None
    assert difference(blind, judgement) is not None


def test_comparison_notices_a_model_that_sees_more() -> None:
    harmless = (*_WRONG[:3], Data("e", "d"), *_WRONG[4:])
    assert difference(predict(_WRONG), judge(harmless)) is not None


def test_comparison_notices_another_error() -> None:
    refused = (*_WRONG[:3], Write("c", "mul_", (2.0,)), *_WRONG[4:])
    leaf_written = (*_WRONG[:3], Write("a", "mul_", (2.0,)), *_WRONG[4:])
    assert difference(predict(refused), judge(refused)) is None
    assert difference(predict(refused), judge(leaf_written)) is not None
    assert difference(predict(refused), judge(_WRONG)) is not None
