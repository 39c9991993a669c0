"""Every fix, safe or unsafe, is run: PyTorch computes with it what the given program means, however that is spelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.fixing import Fixed
from flake8_gradsafe.runtime.harness import fixture_folders
from tests.fix_runs.__main__ import described
from tests.fix_runs.intended import run_as_given, run_as_intended
from tests.fix_runs.judging import Trial
from tests.fix_runs.runs import FIXTURES, Given, fixtures, generated, in_other_spellings, trials
from tests.fix_runs.spellings import SPELLINGS
from tests.sampling import one_in

FOLDERS = fixture_folders(FIXTURES)
#: Programs that are spelled in other ways here; `python -m tests.fix_runs spellings` takes all fixtures.
SPELLED = (
    "grd111/wrong/gate_scaled_before_backward.py",
    "grd111/wrong/slice_of_data_filled.py",
    "grd112/wrong/prediction_zeroed_as_array.py",
    "grd121/wrong/noise_added_to_state.py",
    "grd141/wrong/residual_added_to_relu.py",
    "grd141/wrong/in_place_relu_then_shift.py",
    "grd142/wrong/layer_weight_scaled.py",
    "grd143/wrong/item_of_unbind_scaled.py",
    "grd162/wrong/detach_in_training_loop.py",
    "grd241/wrong/activation_shifted.py",
)
GENERATED = 40


def _wrong(program: Given, folder: Path) -> tuple[int, list[str]]:
    """How many of a program's fixes were held against its values, and what went wrong."""
    judged, wrong = 0, []
    for trial in trials(program, folder):
        faults = trial.faults()
        judged += trial.judged
        if faults:
            wrong.append(described(program, trial, faults))
    return judged, wrong


@pytest.mark.parametrize("folder", one_in(6, FOLDERS), ids=FOLDERS)
def test_the_fixes_of_fixtures_do_what_is_meant(folder: str, tmp_path: Path) -> None:
    for program in fixtures(folder):
        assert _wrong(program, tmp_path)[1] == []


@pytest.mark.parametrize("name", SPELLED)
def test_the_fixes_of_other_spellings_do_what_is_meant(name: str, tmp_path: Path) -> None:
    path = Path(name)
    judged = 0
    for program in in_other_spellings(each for each in fixtures(str(path.parent)) if each.name == path.stem):
        number, wrong = _wrong(program, tmp_path)
        assert not wrong, wrong[0]
        judged += number
    assert judged


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
def test_the_fixes_of_generated_programs_do_what_is_meant(seed: int, tmp_path: Path) -> None:
    judged = 0
    for program in generated(seed, GENERATED):
        number, wrong = _wrong(program, tmp_path)
        assert not wrong, wrong[0]
        judged += number
    assert judged


# -- the judge -----------------------------------------------------------------------------------------------------------

LEAF = "import torch\n\nx = torch.ones(2, 3, requires_grad=True)\n"


def _outcome(given: str, mended: str) -> Fixed:
    """A text with the first finding of another one, as if that had been mended in it."""
    return Fixed(mended, (next(finding for finding in check(given, fixes=True) if finding.fix),), 1)


@pytest.mark.parametrize(
    ("given", "right", "wrong", "word"),
    [
        ("h = x.exp()\nh.mul_(2)\nh.sum().backward()\n", "h = h.mul(2)", "h.mul(2)", "h is"),
        ("h = x.exp()\nh.mul_(2)\nh.sum().backward()\n", "h = h.mul(2)", "h = h.mul(torch.ones(7))", "raises"),
        ("h = x.exp()\nh.mul_(2)\nh.sum().backward()\n", "h = h.mul(2)", "h = h.mul(2) + (x - x.detach())", "x.grad"),
        ("h = x.exp()\nh.data.mul_(2)\nh.sum().backward()\n", "h = h.mul(2)", "h.data.mul_(2)", ""),
    ],
)
def test_the_judge_notices_what_is_not_meant(given: str, right: str, wrong: str, word: str, tmp_path: Path) -> None:
    line = given.splitlines()[1]

    def faults(instead: str) -> list[str]:
        mended = LEAF + given.replace(line, instead)
        return Trial("program", LEAF + given, _outcome(LEAF + given, mended), None, tmp_path).faults()

    assert faults(right) == []
    if word:
        assert any(word in sentence for sentence in faults(wrong))


def test_a_copy_that_loses_the_write_is_noticed(tmp_path: Path) -> None:
    text = LEAF + "out = x.sigmoid()\nc = out.detach()\nc.zero_()\nprint(c)\nout.sum().backward()\n"
    dropped = text.replace("out.detach()", "out.detach().clone()").replace("c.zero_()", "c.clone().zero_()")
    outcome = _outcome(text, dropped)
    assert Trial("program", text, outcome, None, tmp_path).faults() == []
    other = text.replace("out.detach()", "out.detach().clone()").replace("c.zero_()", "c.add_(1)")
    assert any("c is" in each for each in Trial("program", text, _outcome(text, other), None, tmp_path).faults())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("x.mul_(2)\ny = x.sum()\n", 12.0),
        ("a, b = (x * 1).chunk(2)\na.mul_(2)\ny = (a + b).sum()\n", 9.0),
        ("h = x * 1\nfor row in h:\n    row.mul_(2)\ny = h.sum()\n", 12.0),
        ("h = x * 1\nwith torch.no_grad():\n    v = h[0]\nv.mul_(2)\ny = h.sum()\n", 9.0),
        ("h = x.exp()\nh.zero_()\ny = h.sum()\ny.backward()\n", 0.0),
    ],
)
def test_as_it_is_meant_every_write_takes_effect(body: str, value: float, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(LEAF + body, encoding="utf-8")
    assert run_as_given(program, None).outcome.error is not None
    meant = run_as_intended(program, None)
    assert meant.outcome.error is None
    assert float(meant.outcome.namespace["y"].detach()) == value


def test_every_spelling_is_made_of_some_program_and_means_the_same(tmp_path: Path) -> None:
    text = LEAF + "h = x.exp()\nh.mul_(2)\nprint(h)\nh.sum().backward()\n"
    made = list(in_other_spellings([Given("program", text)]))
    assert {program.spelling for program in made} == set(SPELLINGS)
    for program in made:
        compile(program.text, program.spelling, "exec")
