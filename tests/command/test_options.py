"""What is printed where, what is mended and told, and what is watched."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.command.running import CLEAN, PROVEN, SUSPECT, check, check_here, codes, gradsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import NoReturn

READS = "import torch\n\n\ndef norm(p: torch.Tensor) -> float:\n    return float(p.data.norm())\n"
ON = ("--isolated", "--extend-select", "GRD9")


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "junit"])
def test_a_report_is_written_to_a_file(project: Path, form: str) -> None:
    arguments = ("check", "--no-cache", "--isolated", "--format", form, "suspect.py")
    printed = gradsafe(project, *arguments)
    run = gradsafe(project, *arguments, "--output-file", "absent/report.txt")
    assert (run.returncode, run.stdout, run.stderr) == (
        2,
        "",
        "gradsafe: absent/report.txt: not written: no such file or folder\n",
    )
    run = gradsafe(project, *arguments, "-o", "report.txt", FORCE_COLOR="")
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
    assert (project / "report.txt").read_text(encoding="utf-8") == printed.stdout


def test_where_nothing_is_found_the_file_is_written_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "report").write_text("an old report")
    assert check(tmp_path, "--isolated", "-o", "report").returncode == 0
    assert (tmp_path / "report").read_text() == ""
    check(tmp_path, "--isolated", "-o", "report", "--format", "json")
    assert json.loads((tmp_path / "report").read_text()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
def test_a_pipe_is_written_to_and_stays_one(project: Path) -> None:
    pipe = project / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert check(project, "--isolated", "-o", "pipe", "suspect.py").returncode == 1
    assert b"GRD211" in os.read(reader, 65536)
    os.close(reader)
    assert pipe.is_fifo()


def test_what_goes_wrong_is_told_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(1\n")
    run = check(tmp_path, "--isolated", "-o", "report")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("gradsafe: broken.py:2: not analysed")
    run = check(tmp_path, "--isolated", "-o", ".")
    assert run.returncode == 2
    assert "gradsafe: .: not written" in run.stderr


def test_the_standard_input_has_a_name_as_in_flake8(tmp_path: Path) -> None:
    for option in ("--stdin-filename", "--stdin-display-name"):
        run = check(tmp_path, "--isolated", option, "src/train.py", "-", text=SUSPECT)
        assert run.stdout.startswith("src/train.py:4:1: GRD211 ")


def test_fix_only_reports_nothing_that_is_left(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(READS + "\n\n" + SUSPECT.replace("import torch\n\n", ""))
    run = check(tmp_path, *ON, "--fix-only")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mended: 1 finding\n")
    assert ".detach().norm()" in (tmp_path / "train.py").read_text()
    assert codes(check(tmp_path, *ON)) == ["GRD211"]
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(1\n")
    assert check(tmp_path, *ON, "--fix-only").returncode == 2


def test_the_fixes_are_shown_by_file_and_rule(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(READS)
    (tmp_path / "b.py").write_text(READS + "\n\ndef size(p: torch.Tensor) -> float:\n    return float(p.data.max())\n")
    run = check(tmp_path, *ON, "--fix", "--show-fixes")
    assert run.stderr.splitlines() == [
        "mended: 3 findings",
        "  a.py: 1 GRD912 data-read",
        "  b.py: 2 GRD912 data-read",
    ]
    assert check(tmp_path, *ON, "--fix", "--show-fixes").stderr == ""


def test_a_page_is_coloured_on_demand_and_stays_what_it_is(tmp_path: Path) -> None:
    for arguments in (["explain", "GRD111"], ["explain"]):
        plain = gradsafe(tmp_path, *arguments, FORCE_COLOR="").stdout
        coloured = gradsafe(tmp_path, *arguments, "--color", "always").stdout
        assert "\x1b" not in plain
        assert coloured.startswith("\x1b[1;34m# ")
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
        assert gradsafe(tmp_path, *arguments, FORCE_COLOR="1", NO_COLOR="").stdout == coloured


class Watch:
    """The command as it watches, its lines as they come."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [
            sys.executable,
            "-u",
            "-m",
            "flake8_gradsafe",
            "check",
            "--isolated",
            "--watch",
            "--no-cache",
            *arguments,
        ]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Whoever runs the tests in the background may have interrupts ignored, which processes inherit.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.put(line)

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait(timeout=60)
        self._reader.join(timeout=60)

    def round(self) -> list[str]:
        """What is printed until it waits again."""
        found = []
        while not (line := self.lines.get(timeout=60)).startswith("gradsafe: waiting for a change"):
            found.append(line)
        return found


def test_a_round_ends_with_the_time_and_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_: float) -> NoReturn:
        raise KeyboardInterrupt

    (tmp_path / "suspect.py").write_text(SUSPECT)
    (tmp_path / "clean.py").write_text(CLEAN)
    monkeypatch.setattr(time, "sleep", end)
    clock = r"\(\d\d:\d\d:\d\d"
    run = check_here(tmp_path, "--watch")
    assert (run.returncode, run.stdout.count("\n")) == (130, 1), "no screen is cleared"
    assert re.fullmatch(
        rf"gradsafe: waiting for a change {clock}: 1 finding in 2 files\); Ctrl-C ends\ngradsafe: interrupted\n",
        run.stderr,
    )
    run = check_here(tmp_path, "--watch", "--baseline", "absent.json")
    assert re.search(rf"absent.json.*\n.* a change {clock}\); Ctrl-C ends\n", run.stderr)


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watch]:
    """The command watching a folder with one clean file."""
    (tmp_path / "train.py").write_text(CLEAN)
    watch = Watch(tmp_path, "--format", "concise")
    yield watch
    watch.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_what_is_watched_is_checked_when_it_changes(watching: Watch, tmp_path: Path) -> None:
    assert watching.round() == []
    (tmp_path / "train.py").write_text(PROVEN)
    assert [line.split()[1] for line in watching.round()] == ["GRD111"]
    (tmp_path / "new.py").write_text(SUSPECT)
    assert [line.split()[1] for line in watching.round()] == ["GRD211", "GRD111"]
    os.remove(tmp_path / "train.py")
    assert [line.split()[1] for line in watching.round()] == ["GRD211"]
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=60) == 130
