"""Several processes, and what is remembered between runs."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.analysis import Analysis, Task
from flake8_gradsafe.command import pool
from tests.command.running import CLEAN, PROVEN, SUSPECT, gradsafe, gradsafe_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FILLER = "# Text alone: it makes the programs large, and costs nothing.\n" * 60
EVERYTHING = frozenset({"GRD111", "GRD211"})
CHECK = ("check", "--isolated", "--format", "json")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Files that are worth more than one process."""
    for number in range(40):
        text = f"# {number}\n" + (SUSPECT, PROVEN, CLEAN)[number % 3]
        (tmp_path / f"m{number:02}.py").write_text(text + FILLER * (number % 4 + 1))
    return tmp_path


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return gradsafe(folder, *CHECK, *arguments)


def test_two_processes_say_what_one_says(package: Path) -> None:
    alone = check(package, "--no-cache", "--jobs", "1")
    together = gradsafe_process(package, *CHECK, "--no-cache", "--jobs", "2")
    assert alone.stdout.count('"code"') == 27
    assert (together.stdout, together.stderr) == (alone.stdout, "")


def test_shares_hold_each_program_once_and_are_of_like_size() -> None:
    tasks: dict[str, Task] = {f"{i}": Task("x" * (i * 997 % 50_000), EVERYTHING) for i in range(200)}
    chunks = pool._chunks(tasks, 2)
    assert sorted(key for chunk in chunks for key in chunk) == sorted(tasks)
    sizes = [sum(len(tasks[key].text) for key in chunk) for chunk in chunks]
    assert max(sizes) < 2 * sum(sizes) / (2 * pool._CHUNKS_PER_JOB)


def test_a_process_that_dies_takes_one_program_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "analyse_stored", _dying)
    tasks = {f"{i}": Task(("die" if i == 7 else "live") + " " * 9_000, EVERYTHING) for i in range(12)}
    results: dict[str, Analysis] = {}
    pool.analyse_all(tasks, 2, results.update)
    assert set(results) == set(tasks)
    assert [key for key, analysis in results.items() if analysis.problem] == ["7"]
    assert "ended from outside" in results["7"].problem


def test_without_semaphores_one_process_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(pool, "ProcessPoolExecutor", refused)
    tasks: dict[str, Task] = {f"{i}": Task(PROVEN + " " * 9_000, EVERYTHING) for i in range(4)}
    results: dict[str, Analysis] = {}
    pool.analyse_all(tasks, 2, results.update)
    assert {key: len(analysis.findings) for key, analysis in results.items()} == dict.fromkeys(tasks, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.parametrize("refusal", [0, 1])
@pytest.mark.parametrize("what", ["fork", "thread"])
def test_where_no_more_processes_are_given_this_one_does_what_is_left(
    monkeypatch: pytest.MonkeyPatch, what: str, refusal: int
) -> None:
    calls = itertools.count()

    def refused_then(function: Callable[..., object], error: Exception) -> Callable[..., object]:
        def given(*arguments: object) -> object:
            if next(calls) >= refusal:
                raise error
            return function(*arguments)

        return given

    context = multiprocessing.get_context("fork")
    monkeypatch.setattr(pool, "ProcessPoolExecutor", partial(ProcessPoolExecutor, mp_context=context))
    if what == "fork":
        monkeypatch.setattr(os, "fork", refused_then(os.fork, BlockingIOError(11, "Resource temporarily unavailable")))
    else:
        start = refused_then(threading.Thread.start, RuntimeError("can't start new thread"))
        monkeypatch.setattr(threading.Thread, "start", lambda thread: start(thread))
    tasks: dict[str, Task] = {f"{i}": Task(PROVEN + " " * 9_000, EVERYTHING) for i in range(9)}
    results: list[str] = []
    pool.analyse_all(tasks, 3, results.extend)
    assert sorted(results) == sorted(tasks)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("files", [7, 12, 16, 24])
def test_few_open_files_are_enough(package: Path, files: int) -> None:
    command = (
        f"ulimit -n {files}; {sys.executable} -m flake8_gradsafe check --no-cache --isolated --format json --jobs 4"
    )
    run = subprocess.run(command, shell=True, cwd=package, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stderr, run.stdout.count('"code"')) == (1, "", 27)


def _dying(text: str, wanted: frozenset[str]) -> Analysis:
    if text.startswith("die"):
        os._exit(3)
    return Analysis()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_an_interrupt_ends_all_processes_at_once(tmp_path: Path) -> None:
    # Something to do for minutes: an interrupt comes before it is done, on any machine.
    body = "".join(f"    if x.sum() > {i}:\n        x = x * {i}\n        x.data.add_(1)\n" for i in range(300))
    for number in range(40):
        text = f"import torch\n\n\ndef f{number}(x: torch.Tensor):\n{body}    return x\n" * 4
        (tmp_path / f"m{number}.py").write_text(text)
    command = [sys.executable, "-m", "flake8_gradsafe", "check", "--no-cache", "--jobs", "2", "--extend-select", "GRD9"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background may have interrupts ignored, which processes inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(4)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (stdout, stderr) == ("", "gradsafe: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_closed_pipe_is_no_error(package: Path) -> None:
    command = f"{sys.executable} -m flake8_gradsafe check --no-cache --isolated --format json | head -n 1"
    run = subprocess.run(command, shell=True, cwd=package, capture_output=True, text=True, timeout=120, check=False)
    assert (run.stdout, run.stderr) == ("[\n", "")


def test_a_second_run_remembers_the_first(package: Path) -> None:
    first = gradsafe_process(package, *CHECK)
    probe = (
        "import sys\nfrom flake8_gradsafe.command.main import main\n"
        "code = main(['check', '--isolated', '--format', 'json'])\n"
        "print('libcst' in sys.modules, file=sys.stderr)\nsys.exit(code)\n"
    )
    second = subprocess.run([sys.executable, "-c", probe], cwd=package, capture_output=True, text=True, check=False)
    assert (second.stdout, second.returncode) == (first.stdout, first.returncode)
    assert second.stderr == "False\n"


def test_what_changed_is_looked_at_again(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    assert '"GRD211"' in check(tmp_path).stdout
    (tmp_path / "train.py").write_text(PROVEN)
    assert '"GRD111"' in check(tmp_path).stdout
    assert check(tmp_path, "--select", "GRD2").stdout == "[]\n"
    (tmp_path / "train.py").write_text(SUSPECT)
    assert '"GRD211"' in check(tmp_path, "--select", "GRD2").stdout
    (tmp_path / "train.py").write_text(SUSPECT.replace("add_(1)", "add_(1)  # noqa"))
    assert check(tmp_path).stdout == "[]\n"


def test_what_could_not_be_analysed_is_told_again(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import torch\nx.data.add_(1\n")
    first, second = check(tmp_path), check(tmp_path)
    assert (first.returncode, first.stderr) == (second.returncode, second.stderr)
    assert first.returncode == 2
    assert first.stderr.startswith("gradsafe: train.py:2: not analysed")


def test_the_folder_ignores_itself(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    check(tmp_path, "--no-cache")
    assert [path.name for path in tmp_path.iterdir()] == ["train.py"]
    check(tmp_path)
    assert (tmp_path / ".gradsafe_cache" / ".gitignore").read_text() == "*\n"
    check(tmp_path, "--cache-dir", "elsewhere/deep")
    assert (tmp_path / "elsewhere" / "deep" / "analyses.sqlite").is_file()


@pytest.mark.parametrize("damage", ["no database", "other table", "no json", "folder"])
def test_a_damaged_memory_does_no_harm(tmp_path: Path, damage: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    expected = check(tmp_path).stdout
    file = tmp_path / ".gradsafe_cache" / "analyses.sqlite"
    if damage == "no database":
        file.write_bytes(b"nonsense" * 1000)
    elif damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        with sqlite3.connect(file) as database:
            database.execute("DROP TABLE analyses" if damage == "other table" else "UPDATE analyses SET analysis = '['")
            if damage == "other table":
                database.execute("CREATE TABLE analyses (what TEXT)")
        database.close()
    for _ in range(2):
        run = check(tmp_path)
        assert (run.stdout, run.stderr, run.returncode) == (expected, "", 1)


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    (tmp_path / ".gradsafe_cache").write_text("a file")
    run = check(tmp_path)
    assert (run.stderr, run.returncode) == ("", 1)


def test_runs_at_once_share_a_memory(package: Path) -> None:
    command = [sys.executable, "-m", "flake8_gradsafe", "check", "--isolated", "--format", "json", "--jobs", "1"]
    runs = [subprocess.Popen(command, cwd=package, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = {run.communicate(timeout=120)[0] for run in runs}
    assert len(outputs) == 1
    with sqlite3.connect(package / ".gradsafe_cache" / "analyses.sqlite") as database:
        assert database.execute("SELECT count(*) FROM analyses").fetchone() == (40,)
    database.close()
