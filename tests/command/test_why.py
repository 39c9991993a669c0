"""`gradsafe why`: what is known at a line, and why it is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.inquiry import inquire
from tests.command.running import ADVISORY, PROVEN, SUSPECT, gradsafe, notebook

if TYPE_CHECKING:
    from pathlib import Path

FORWARD = """\
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Parameter(torch.ones(3))

    def forward(self, x):
        h = torch.relu(x * self.embed)
        h.add_(1)
        if False:
            x.data.mul_(2)
        return h
"""


def ask(folder: Path, text: str, line: int, *arguments: str) -> list[str]:
    """What the command answers of a line."""
    (folder / "train.py").write_text(text)
    run = gradsafe(folder, "why", "--isolated", f"train.py:{line}", *arguments)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def test_a_reported_line_names_the_finding_and_what_is_known(tmp_path: Path) -> None:
    answer = ask(tmp_path, PROVEN, 5)
    assert answer[0] == "train.py:5: out.data.zero_()"
    assert answer[2].startswith("train.py:5:1: GRD111 `out.data.zero_()` overwrites the output that sigmoid saved")
    assert answer[3:] == [
        "  It is reported.",
        "",
        "out:",
        "  - in the graph, computed by sigmoid (line 4)",
        "  - sigmoid saved it for its backward (line 4); the backward of line 6 reads it",
        "  - overwritten since sigmoid saved it, unseen by autograd (line 5)",
    ]


def test_a_line_of_a_trace_names_the_finding_that_it_belongs_to(tmp_path: Path) -> None:
    answer = ask(tmp_path, PROVEN, 4)
    assert "Part of GRD111 in line 5: saved here: sigmoid keeps its output for backward" in answer
    assert "  - a leaf that requires grad (line 3)" in answer


def test_aliases_are_named(tmp_path: Path) -> None:
    text = SUSPECT.replace("x.data.add_(1)", "y = x.detach()\nz = x.data\nprint(x, y, z)")
    answer = ask(tmp_path, text, 6)
    first = answer.index("x:")
    assert answer[first + 2 : first + 4] == [
        "  - shares the memory and the version counter with y",
        "  - shares the memory but not the version counter with z",
    ]
    assert "  - cut off from the graph, by .data (line 5)" in answer


def test_advice_says_how_it_is_turned_on(tmp_path: Path) -> None:
    answer = ask(tmp_path, ADVISORY, 5)
    assert answer[2].startswith("train.py:5:5: GRD911 ")
    assert answer[3] == "  It is advice, and off unless --extend-select GRD9 turns it on."


def test_what_is_silenced_says_by_what(tmp_path: Path) -> None:
    answer = ask(tmp_path, SUSPECT.replace("add_(1)", "add_(1)  # noqa"), 4)
    assert answer[3] == "  It is silenced by a comment."
    (tmp_path / "setup.cfg").write_text("[flake8]\nper-file-ignores = train.py:GRD2\n")
    run = gradsafe(tmp_path, "why", "train.py:4")
    assert run.stdout.splitlines()[3] == "  It is off by the options or the configuration."


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            PROVEN.replace("out.data.zero_()\nout.sum().backward()", "out.sum().backward()\na.add_(0)"),
            1,
            "nothing here",
        ),
        (
            "import torch\n\na = torch.ones(3, requires_grad=True)\nb = a * 2\nb.add_(1)\nb.sum().backward()\n",
            5,
            "no operator in sight saved what stands here",
        ),
        (
            "import torch\n\na = torch.ones(3, requires_grad=True)\nb = a.exp()\nb.sum().backward()\nb.mul_(2)\n",
            6,
            "what was overwritten is not read by a backward afterwards",
        ),
        (
            "import torch\n\nw = torch.ones(3, requires_grad=True)\n\n\ndef f(x, w):\n    x.data.mul_(2)\n"
            "    y = (x @ w).relu()\n    y += 1\n    return y\n",
            9,
            "a RuntimeError may follow, but only assuming that a caller differentiates it",
        ),
    ],
)
def test_a_silent_line_says_why(tmp_path: Path, text: str, line: int, reason: str) -> None:
    assert ask(tmp_path, text, line)[-1].startswith(f"Nothing is reported here: {reason}")


def test_a_file_without_torch_says_so(tmp_path: Path) -> None:
    assert ask(tmp_path, "x = 1\n", 1) == [
        "train.py holds nothing that autograd could be wrong about: it was not analysed."
    ]


def test_attributes_are_known_by_their_names() -> None:
    known = inquire(FORWARD, 10)
    assert known.followed
    assert any(fact.startswith("a leaf that requires grad") for fact in known.facts["self.embed"])
    assert any("in the graph, computed by relu" in fact for fact in known.facts["h"])


def test_every_line_of_a_program_can_be_asked_for() -> None:
    for line in range(1, FORWARD.count("\n") + 1):
        inquire(FORWARD, line)


@pytest.mark.parametrize(
    ("place", "content", "complaint"),
    [
        ("train.py", "", "train.py: expected FILE:LINE, as train.py:12"),
        ("train.py:0", "", "train.py:0: expected FILE:LINE, as train.py:12"),
        ("train.py:x", "", "train.py:x: expected FILE:LINE"),
        ("absent.py:3", "", "absent.py: no such file or directory"),
        (".:3", "", ".: is a directory"),
        ("train.py:99", SUSPECT, "train.py:99: the file has 4 lines"),
        ("train.py:1", SUSPECT + "def f(:\n", "train.py:5: not analysed: no valid Python"),
        ("train.ipynb:1", notebook(SUSPECT), "train.ipynb: a line of a notebook cannot be asked for"),
    ],
)
def test_a_bad_place_is_named(tmp_path: Path, place: str, content: str, complaint: str) -> None:
    for name in ("train.py", "train.ipynb"):
        (tmp_path / name).write_text(content)
    run = gradsafe(tmp_path, "why", place)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(f"gradsafe: error: {complaint}")
    assert len(run.stderr.splitlines()) == 1
