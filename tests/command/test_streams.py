"""Standard streams that are closed or take nothing: one line on the other, exit 2, and no file is harmed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.command.running import PROVEN

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")

_CHECK = "check --isolated --no-cache"
_PRINTING = [
    *(f"{_CHECK} --format {form} train.py" for form in ("text", "concise", "json", "sarif", "github")),
    f"{_CHECK} --quiet train.py",
    f"{_CHECK} --statistics --quiet --quiet train.py",
    f"{_CHECK} --diff --unsafe-fixes train.py",
    f"{_CHECK} --fix -",
    "why --isolated train.py:5",
    "explain GRD111",
    "explain",
    "rules",
    "rules --format json",
    "--version",
    "--help",
    "check --help",
]
#: This has an unsafe fix.
_FIXABLE = PROVEN + "h = torch.relu(a)\nh.add_(1.0)\nh.sum().backward()\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file in which something is found."""
    (tmp_path / "train.py").write_text(_FIXABLE)
    return tmp_path


def run(folder: Path, arguments: str, redirections: str) -> subprocess.CompletedProcess[str]:
    """Run the command with its streams as a shell makes them."""
    command = f"{shlex.quote(sys.executable)} -m flake8_gradsafe {arguments} {redirections}"
    return subprocess.run(
        command, shell=True, cwd=folder, input=_FIXABLE, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("arguments", _PRINTING)
def test_a_full_disk_is_told(folder: Path, arguments: str) -> None:
    ended = run(folder, arguments, ">/dev/full")
    assert ended.returncode == 2
    assert ended.stderr == "gradsafe: error: the output: no space left on device\n"


@pytest.mark.parametrize("arguments", [f"{_CHECK} train.py", "explain GRD111", "--version"])
def test_a_closed_output_is_told(folder: Path, arguments: str) -> None:
    ended = run(folder, arguments, ">&-")
    assert ended.returncode == 2
    assert ended.stderr == "gradsafe: error: the output: bad file descriptor\n"
    assert run(folder, arguments, ">&- 2>&-").returncode == 2


def test_silence_needs_no_output(folder: Path) -> None:
    assert run(folder, f"{_CHECK} --select GRD2 train.py", ">&- 2>&- <&-").returncode == 0


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_what_stderr_does_not_take_is_not_mixed_into_the_output(folder: Path, redirection: str) -> None:
    (folder / "broken.py").write_text("import torch\nx.data.add_(1\n")
    ended = run(folder, f"{_CHECK} --format json .", redirection)
    assert ended.returncode == 2
    assert [found["code"] for found in json.loads(ended.stdout)] == ["GRD111", "GRD141"]


def test_a_closed_input_is_told(folder: Path) -> None:
    ended = run(folder, f"{_CHECK} -", "<&-")
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "gradsafe: -: is closed\n")


def test_a_closed_input_ends_the_server(folder: Path) -> None:
    ended = run(folder, "server", "<&-")
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_what_was_written_stays_written_where_nobody_can_be_told(folder: Path) -> None:
    ended = run(folder, f"{_CHECK} --fix --unsafe-fixes train.py", ">/dev/full 2>&1")
    assert ended.returncode == 2
    assert "h = h.add(1.0)" in (folder / "train.py").read_text()


def test_the_memory_does_not_take_the_number_of_a_closed_stream(folder: Path) -> None:
    assert run(folder, "check --isolated train.py", ">&- 2>&- <&-").returncode == 2
    again = run(folder, "check --isolated train.py --format json", "")
    assert [found["code"] for found in json.loads(again.stdout)] == ["GRD111", "GRD141"]
