"""The commands that run the user's program: `run` and `prove`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.command.running import gradsafe

if TYPE_CHECKING:
    from pathlib import Path

WRONG = """import torch

x = torch.ones(3, requires_grad=True)
y = x.sigmoid()
y.data.zero_()
y.sum().backward()
"""
NEVER_CALLED = """import torch


def train(x: torch.Tensor) -> None:
    y = (x * torch.nn.Parameter(torch.ones(3))).sigmoid()
    y.data.zero_()
    y.sum().backward()
"""
WITHOUT_DATA = WRONG.replace("import torch\n", "import torch\n\nopen('absent.csv')\n", 1)


def test_run_takes_the_programs_place(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(WRONG + "print('trained')\nraise SystemExit(7)\n")
    command = [sys.executable, "-m", "flake8_gradsafe", "run", "train.py"]  # the process becomes the program's
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (7, "trained\n")
    assert run.stderr.startswith(
        "gradsafe: train.py: 1 gradient is wrong or lost\n  `zero_` at train.py:5 has overwritten"
    )


@pytest.mark.parametrize(
    ("program", "line", "code", "said"),
    [
        (WRONG, 5, 0, "train.py:5: GRD111 confirmed: `zero_` at train.py:5 has overwritten a tensor"),
        (NEVER_CALLED, 6, 1, "train.py:6: GRD111 not reproduced: the program as it stands does not come to the line"),
        (WITHOUT_DATA, 7, 1, "train.py:7: GRD111 cannot be run to its end, because of FileNotFoundError"),
    ],
    ids=["confirmed", "not_reached", "cannot_be_run"],
)
def test_prove_runs_the_file(tmp_path: Path, program: str, line: int, code: int, said: str) -> None:
    (tmp_path / "train.py").write_text(program)
    run = gradsafe(tmp_path, "prove", "--isolated", f"train.py:{line}")
    assert run.stdout.startswith(said)
    assert (run.returncode, run.stderr) == (code, "")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("train.py:1", "train.py:1: nothing is reported there, so there is nothing to prove"),
        ("train.py:99", "train.py:99: the file has 6 lines"),
        ("absent.py:1", "absent.py: no such file or folder"),
    ],
)
def test_prove_says_why_there_is_nothing_to_prove(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "train.py").write_text(WRONG)
    run = gradsafe(tmp_path, "prove", "--isolated", place)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", f"gradsafe: error: {said}\n")


TESTS = """import pytest
import torch


def train():
    x = torch.ones(3, requires_grad=True)
    y = x.sigmoid()
    y.data.zero_()
    y.sum().backward()


def test_plain():
    train()


@pytest.mark.gradsafe
def test_marked():
    train()
"""


@pytest.mark.parametrize(
    ("options", "failed"), [((), ["test_marked"]), (("--gradsafe",), ["test_plain", "test_marked"])]
)
def test_tests_are_run_under_the_guard(tmp_path: Path, options: tuple[str, ...], failed: list[str]) -> None:
    (tmp_path / "test_train.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert [line.split("::")[1].split()[0] for line in run.stdout.splitlines() if line.startswith("FAILED")] == failed
    assert "GradientError: `zero_` at" in run.stdout
