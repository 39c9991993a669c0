"""A program under the guard runs as python runs it; what was found in it before is held against the run."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.runtime import guarded

WRONG = """import sys
import torch

x = torch.ones(3, requires_grad=True)
y = x.sigmoid()
y.data.zero_()
y.sum().backward()
print("done", sys.argv[1:], __name__, sys.path[0])
"""
#: Where this runs in the background, the signal may be ignored from the start.
INTERRUPTED = """import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
"""
IDLE = """import torch


def train(x):
    y = x.sigmoid()
    y.data.zero_()
    y.sum().backward()
"""


@pytest.fixture(autouse=True)
def _interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give back what a program that is run as the main module takes over."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.chdir(tmp_path)


def _run(program: str, *arguments: str, options: tuple[str, ...] = ()) -> int:
    Path("train.py").write_text(program)
    return guarded.main([*options, "train.py", *arguments])


def test_what_was_seen_is_printed_behind_the_program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run(WRONG, "--epochs", "3") == 0
    out, err = capsys.readouterr()
    assert out == f"done ['--epochs', '3'] __main__ {tmp_path}\n"
    assert err == (
        "gradsafe: train.py: 1 gradient is wrong or lost\n"
        "  `zero_` at train.py:6 has overwritten a tensor [torch.FloatTensor [3]] that `sigmoid` at train.py:5 saved for "
        "backward: the gradient that it gives on is wrong\n"
    )


def test_a_program_with_nothing_wrong_is_followed_by_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(IDLE, options=("--strict",)) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [("sys.exit(3)", 3, ""), ("sys.exit()", 0, ""), ("sys.exit('no data')", 1, "no data\n"), ("", 0, "")],
)
def test_the_exit_code_is_the_programs(capsys: pytest.CaptureFixture[str], end: str, code: int, said: str) -> None:
    assert _run(f"import sys\n{end}\n") == code
    assert capsys.readouterr().err == said


def test_strict_tells_by_the_exit_code() -> None:
    assert _run(WRONG, options=("--strict", "--quiet")) == 1


def test_an_error_is_shown_as_python_shows_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run("def fail():\n    raise ValueError('no')\n\n\nfail()\n") == 1
    shown = capsys.readouterr().err
    plain = subprocess.run([sys.executable, "train.py"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert shown.splitlines()[0] == "Traceback (most recent call last):"
    assert [line for line in shown.splitlines() if "^" not in line] == [
        line for line in plain.stderr.splitlines() if "^" not in line
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.py"], "gradsafe: error: absent.py: no such file\n"),
        (
            ["--findings", "absent.json", "train.py"],
            "gradsafe: error: [Errno 2] No such file or directory: 'absent.json'\n",
        ),
    ],
)
def test_what_cannot_be_run_is_named(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    Path("train.py").write_text(WRONG)
    assert guarded.main(arguments) == 2
    assert capsys.readouterr() == ("", said)


def test_another_file_is_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.json").write_text('[{"code": 1}]')
    assert _run(WRONG, options=("--findings", "other.json")) == 2
    assert "other.json: no report of `gradsafe check --format json`" in capsys.readouterr().err


def _finding(code: str, row: int, *trace: int) -> dict[str, object]:
    step = {"filename": "train.py", "cell": None}
    return {
        "code": code,
        **step,
        "location": {"row": row},
        "trace": [{**step, "location": {"row": line}} for line in trace],
    }


def test_findings_are_held_against_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    program = f"{WRONG}z = x * 2\nif x is None:\n    z.data.zero_()\n"
    found = [_finding("GRD111", 6, 5, 7), _finding("GRD211", 9), _finding("GRD278", 9), _finding("GRD211", 11)]
    Path("found.json").write_text(json.dumps(found))
    assert _run(program, options=("--findings", "found.json", "--report", "seen.json")) == 0
    told = capsys.readouterr().err.splitlines()[2:]
    assert [line.split(": ", 1)[1][:26] for line in told] == [
        "GRD111 confirmed: `zero_` ",
        "GRD211 reached and harmles",
        "GRD278 reached",
        "GRD211 not reached",
    ]
    seen = json.loads(Path("seen.json").read_text())
    assert [each["outcome"] for each in seen["reported"]] == [
        "confirmed",
        "reached and harmless",
        "reached",
        "not reached",
    ]
    assert seen["missed"] == []


def test_what_only_the_run_has_seen_is_a_missed_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    Path("found.json").write_text("[]")
    _run(WRONG, options=("--findings", "found.json"))
    assert "gradsafe: only seen in the run: `zero_` at train.py:6" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_an_interrupt_ends_it_as_it_ends_python(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(INTERRUPTED)
    command = [sys.executable, "-m", "flake8_gradsafe.runtime.guarded", "train.py"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == -signal.SIGINT
    assert run.stderr.endswith("KeyboardInterrupt\n")
