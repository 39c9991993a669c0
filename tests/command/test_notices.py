"""What a person at a terminal is told beside the report, and programs are not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.command.running import CLEAN, PROVEN, check, gradsafe, notebook

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
NO_FILES = "no Python files found; what is excluded, or ignored by git, is left out"


def on_terminal(folder: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """What the command prints where both of its streams are terminals."""
    streams = [os.openpty() for _ in range(2)]
    command = [sys.executable, "-m", "flake8_gradsafe", *arguments]
    unset = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=streams[0][1],
        stderr=streams[1][1],
        env={**unset, "TERM": "xterm", **environment},
        timeout=120,
        check=False,
    )
    printed = []
    for ours, theirs in streams:
        # What was written before this is there already, and the terminal never comes to an end.
        os.write(theirs, b"\0")
        data = b""
        while not data.endswith(b"\0"):
            data += os.read(ours, 65536)
        os.close(ours)
        os.close(theirs)
        printed.append(data[:-1].decode().replace("\r\n", "\n"))
    return printed[0], printed[1]


def test_nothing_found_is_said_to_a_terminal_alone(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"m{number}.py").write_text(CLEAN)
    arguments = ("check", "--no-cache", "--isolated")
    # On a slow machine there is a bar before it.
    for paths, notice in ([], "No findings in 3 files.\n"), (["m1.py"], "No findings in 1 file.\n"):
        stdout, stderr = on_terminal(tmp_path, *arguments, *paths)
        assert (stdout, stderr[-len(notice) :]) == ("", notice)
    for silent in (["-q"], ["--format", "github"], ["--diff"]):
        stdout, stderr = on_terminal(tmp_path, *arguments, *silent)
        assert stdout == ""
        assert "No findings" not in stderr
    run = gradsafe(tmp_path, *arguments)
    assert (run.stdout, run.stderr) == ("", "")


def test_what_is_found_needs_no_notice(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROVEN)
    stdout, stderr = on_terminal(tmp_path, "check", "--no-cache", "--isolated")
    assert "1 finding in 1 file." in stdout
    assert "No findings" not in stderr


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        ([], f"gradsafe: warning: .: {NO_FILES}\n"),
        (["docs", "build"], f"gradsafe: warning: docs, build: {NO_FILES}\n"),
        (["--exclude", "a.py", "a.py"], f"gradsafe: warning: a.py: {NO_FILES}\n"),
        (["-q"], ""),
        (["notes.txt"], ""),
        (["a.py"], ""),
        (["absent.py"], "gradsafe: absent.py: no such file or folder\n"),
    ],
)
def test_where_there_is_no_python_file_a_warning_says_so(tmp_path: Path, arguments: list[str], warning: str) -> None:
    for name in ("docs", "build"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / "a.py").write_text("")
    (tmp_path / ".gitignore").write_text("a.py\n")
    run = check(tmp_path, "--isolated", *arguments)
    assert (run.stdout, run.stderr) == ("", warning)
    assert run.returncode == (2 if "absent.py" in arguments else 0)


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
    ],
)
def test_a_terminal_gets_colours_as_the_environment_says(
    tmp_path: Path, environment: dict[str, str], arguments: list[str], coloured: bool
) -> None:
    (tmp_path / "train.py").write_text(PROVEN)
    stdout, _ = on_terminal(tmp_path, "check", "--no-cache", "--isolated", *arguments, **environment)
    assert ("\x1b[" in stdout) == coloured


def test_colours_may_be_forced_into_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROVEN)
    for value, coloured in (("", False), ("1", True)):
        run = gradsafe(tmp_path, "check", "--no-cache", "--isolated", FORCE_COLOR=value, NO_COLOR="")
        assert ("\x1b[" in run.stdout) == coloured


BUGS = """\
import torch

w = torch.zeros(3, requires_grad=True)
h = torch.relu(w)
h.add_(1.0){comment}
h.sum().backward()

v = torch.zeros(3, requires_grad=True)
g = v.sigmoid()
g.data.zero_()
g.sum().backward()
"""


@pytest.mark.parametrize(
    ("comment", "codes"),
    [("", ["5:1: GRD141", "10:1: GRD211"]), ("  # noqa: GRD141", ["10:1: GRD211"])],
)
def test_an_error_hides_nothing(tmp_path: Path, comment: str, codes: list[str]) -> None:
    (tmp_path / "train.py").write_text(BUGS.format(comment=comment))
    for cache in ("fresh", "remembered"):
        run = gradsafe(tmp_path, "check", "--isolated", "--format", "concise")
        told = [line.partition("train.py:")[2] for line in run.stdout.splitlines() if line.startswith("train.py:")]
        assert [line[: len(code)] for line, code in zip(told, codes, strict=True)] == codes, cache
        assert (run.returncode, run.stderr) == (1, "")


def test_behind_an_error_nothing_is_proven(tmp_path: Path) -> None:
    text = BUGS.format(comment="")
    (tmp_path / "train.py").write_text(text)
    behind = gradsafe(tmp_path, "check", "--no-cache", "--isolated", "--select", "GRD2", "--format", "concise")
    (tmp_path / "train.py").write_text(text.replace("h.add_(1.0)", "h = h + 1.0"))
    mended = gradsafe(tmp_path, "check", "--no-cache", "--isolated", "--format", "concise")
    assert ("GRD211" in behind.stdout, "GRD111" in mended.stdout) == (True, True)


def test_an_error_in_a_function_of_a_notebook_hides_nothing_below_its_call(tmp_path: Path) -> None:
    step = "def step(w):\n    h = torch.relu(w)\n    h.add_(1.0)\n    h.sum().backward()\n"
    rest = "v = torch.ones(3, requires_grad=True)\ng = v.exp()\ng.data.zero_()\ng.sum().backward()"
    calls = "step(torch.ones(3, requires_grad=True))\n" + rest
    (tmp_path / "train.ipynb").write_text(notebook("import torch", step + calls, rest))
    run = gradsafe(tmp_path, "check", "--no-cache", "--isolated", "--format", "concise")
    assert [
        place for place in ("cell 2:3:5: GRD141", "cell 2:8:1: GRD111", "cell 3:3:1: GRD111") if place in run.stdout
    ] == [
        "cell 2:3:5: GRD141",
        "cell 2:8:1: GRD111",
        "cell 3:3:1: GRD111",
    ]
