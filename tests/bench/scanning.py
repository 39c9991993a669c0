"""What a scan on Dask costs, and whether it loses anything: `python -m tests.bench.scanning FOLDER`, with --write the page.

The folders in FOLDER are projects, as unpacked packages are. Their files are written to Parquet in the layout of The Stack,
all rows in random order, and scanned by two workers, by one, by two of which one is killed, and by a scan that is killed
itself and goes on. What each finds is held against the first, and against `gradsafe check` of the folders. It needs POSIX.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

PAGE = Path(__file__).parents[2] / "docs" / "benchmark-scan.md"
FIGURES = Path(__file__).with_name("scanning.json")
_TABLES, _ROW_GROUP = 8, 500
_CHECKING = "flake8_gradsafe.command.checking"
#: Columns that say the same of a finding in every run.
_OF_A_FINDING = ("repository", "path", "code", "line", "column", "end_line", "end_column", "message", "trace")
_LAKE = 100_000_000
#: Of a lake of all kinds of Python, about so many files mention torch.
_RARE = 0.05


@dataclass
class Lake:
    """A table of source files: how many, and how many of them mention torch."""

    folder: Path
    files: int
    torch: int
    size: int
    projects: int


@dataclass
class Run:
    """One scan: its time, what it wrote, and what its processes held, in MiB, over its course."""

    seconds: float
    rows: Counter[str]
    memory: list[float]
    bytes: int
    processor: float = 0.0
    killed: int = 0

    @property
    def quarters(self) -> list[float]:
        """The most that a worker with its process held, in each quarter of the run."""
        size = max(1, len(self.memory) // 4)
        return [max(self.memory[start : start + size], default=0) for start in range(0, 4 * size, size)]


def main(arguments: Sequence[str]) -> int:
    """Scan, compare and print; 1 if the runs differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scanning", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of projects; without, the page is made anew")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} and {FIGURES.name} anew")
    parser.add_argument("--times", action="store_true", help="measure times and memory anew, and compare nothing else")
    parser.add_argument("--beside", action="store_true", help="say that other work ran beside it")
    options = parser.parse_args(arguments)
    kept = json.loads(FIGURES.read_text()) if options.folder is None or options.times else {}
    told = kept if options.folder is None else measured(options.folder, kept)
    if options.folder is not None:
        told["beside"] = options.beside
    if options.write:
        FIGURES.write_text(json.dumps(told, indent=1) + "\n", encoding="ascii")
        PAGE.write_text(page(told), encoding="utf-8")
    print(page(told))
    return int(any(each["lost"] or each["too many"] for each in told["compared"].values()))


def measured(folder: Path, kept: dict[str, Any]) -> dict[str, Any]:
    """Scan the projects of a folder in all ways, and give the figures; with those that are `kept`, only for the times."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        lake = write_lake(folder, place / "lake")
        two = scanned(lake, place / "two", 2)
        _tell("two workers", two.seconds, two.rows)
        if kept:
            one = scanned(lake, place / "one", 1)
            _tell("one worker", one.seconds, one.rows)
            told = figures(lake, two, one, {"one": one.rows}, place)
            return {**told, "compared": {**kept["compared"], **told["compared"]}}
        killed = scanned(lake, place / "killed", 2, kill_worker_after=two.seconds / 2)
        _tell(f"two workers, {killed.killed} killed", killed.seconds, killed.rows)
        resumed = cut_off_and_resumed(lake, place / "resumed", two.seconds / 2)
        _tell("resumed", resumed.seconds, resumed.rows)
        started = time.monotonic()
        checked = Counter(checked_one_by_one(folder))
        _tell("gradsafe check", time.monotonic() - started, checked)
        one = scanned(lake, place / "one", 1)
        _tell("one worker", one.seconds, one.rows)
        others = {"killed": killed.rows, "resumed": resumed.rows, "one": one.rows, "check": checked}
        return figures(lake, two, one, others, place)


def _tell(what: str, seconds: float, rows: Counter[str]) -> None:
    print(f"{what}: {seconds:.0f} s, {rows.total()} rows", flush=True)


def write_lake(folder: Path, to: Path) -> Lake:
    """Write the files of all projects to Parquet, in any order."""
    rows = [
        {
            "max_stars_repo_name": project.name,
            "max_stars_repo_path": path.relative_to(project).as_posix(),
            "content": text,
            "lang": "Python",
        }
        for project in sorted(folder.iterdir())
        for path in sorted(project.rglob("*.py"))
        if (text := _text(path)) is not None
    ]
    random.Random(0).shuffle(rows)
    to.mkdir()
    for number in range(_TABLES):
        table = pa.Table.from_pylist(rows[number::_TABLES])
        pq.write_table(table, to / f"train-{number:05}.parquet", row_group_size=_ROW_GROUP)
    torch = sum("torch" in row["content"] for row in rows)
    projects = len({row["max_stars_repo_name"] for row in rows})
    return Lake(to, len(rows), torch, sum(len(row["content"]) for row in rows), projects)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def scanned(lake: Lake, to: Path, workers: int, *, kill_worker_after: float | None = None) -> Run:
    """Scan a lake."""
    process = _started(lake, to, workers)
    watch = _Watch(process, kill_worker_after)
    _, errors = process.communicate()
    watch.stop()
    if process.returncode not in {0, 1}:
        raise RuntimeError(errors)
    size = sum(path.stat().st_size for path in to.glob("part-*.parquet"))
    return Run(watch.seconds, rows_of(to), watch.memory, size, watch.processor, watch.killed)


def cut_off_and_resumed(lake: Lake, to: Path, seconds: float) -> Run:
    """Kill a scan, workers and all, and have another one go on."""
    process = _started(lake, to, 2)
    time.sleep(seconds)
    processes = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    for each in processes:
        _kill(each)
    started = time.monotonic()
    process = _started(lake, to, 2, "--resume")
    _, errors = process.communicate()
    if process.returncode not in {0, 1}:
        raise RuntimeError(errors)
    return Run(time.monotonic() - started, rows_of(to), [], 0)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


def _started(lake: Lake, to: Path, workers: int, *more: str) -> subprocess.Popen[str]:
    words = ["scan", str(lake.folder), "--to", str(to), "--workers", str(workers), *more]
    return subprocess.Popen(
        [sys.executable, "-m", "flake8_gradsafe", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


class _Watch:
    """Looks each second at what the workers of a scan hold, and kills one of them if that is asked for."""

    def __init__(self, process: subprocess.Popen[str], kill_worker_after: float | None) -> None:
        self.memory: list[float] = []
        self.killed = 0
        self.processor = 0.0
        self.seconds = 0.0
        self._process = psutil.Process(process.pid)
        self._kill_after = kill_worker_after
        self._spent: dict[int, float] = {}
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The scan has ended."""
        self.seconds = time.monotonic() - self._started
        self._ended.set()
        self._thread.join()
        self.processor = sum(self._spent.values())

    def _look(self) -> None:
        while not self._ended.wait(1):
            with suppress(psutil.Error):
                self._look_once()

    def _look_once(self) -> None:
        checkers = []
        for each in [self._process, *self._process.children(recursive=True)]:
            times = each.cpu_times()
            self._spent[each.pid] = times.user + times.system
            if _CHECKING in each.cmdline():
                checkers.append(each)
        held = [each.memory_info().rss + each.parent().memory_info().rss for each in checkers]
        if held:
            self.memory.append(max(held) / 2**20)
        if checkers and self._kill_after is not None and time.monotonic() - self._started > self._kill_after:
            self._kill_after = None
            os.kill(checkers[0].ppid(), signal.SIGKILL)
            self.killed += 1


def rows_of(to: Path) -> Counter[str]:
    """The rows of a scan, as texts."""
    rows = [row for part in to.glob("part-*.parquet") for row in pq.read_table(part).to_pylist()]
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def of_findings(rows: Counter[str]) -> Counter[str]:
    """What is said of findings in the rows of a scan, as `gradsafe check` says it too."""
    found: Counter[str] = Counter()
    for text, count in rows.items():
        row = json.loads(text)
        if row["kind"] == "finding":
            found[json.dumps({name: row[name] for name in _OF_A_FINDING}, sort_keys=True)] += count
    return found


def checked_one_by_one(folder: Path) -> Iterator[str]:
    """What `gradsafe check` finds in each project, in a copy of its own with the mark of a repository."""
    for project in sorted(folder.iterdir()):
        with tempfile.TemporaryDirectory() as made:
            copy = Path(made) / "project"
            shutil.copytree(project, copy)
            (copy / ".git").mkdir(exist_ok=True)
            words = ["check", "--isolated", "--no-cache", "--format", "jsonl", "."]
            done = subprocess.run(
                [sys.executable, "-m", "flake8_gradsafe", *words], cwd=copy, capture_output=True, text=True, check=False
            )
        for line in done.stdout.splitlines():
            yield json.dumps(_as_row(project.name, json.loads(line)), sort_keys=True)


def _as_row(repository: str, found: dict[str, Any]) -> dict[str, Any]:
    trace = [
        {"role": step["role"], "path": step["filename"], **_place(step), "text": step["text"]}
        for step in found["trace"]
    ]
    place = _place(found)
    del place["cell"]
    told = {"repository": repository, "path": found["filename"], **place, "trace": trace}
    return {**told, "code": found["code"], "message": found["message"]}


def _place(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell": told["cell"],
        "line": told["location"]["row"],
        "column": told["location"]["column"],
        "end_line": told["end_location"]["row"],
        "end_column": told["end_location"]["column"],
    }


def difference(one: Counter[str], other: Counter[str]) -> dict[str, int]:
    """How many rows the other has lost, and how many it has too many."""
    return {"lost": (one - other).total(), "too many": (other - one).total()}


def in_one_file(rows: Counter[str], place: Path) -> int:
    """The bytes of all findings in one file."""
    file = place / "all.parquet"
    found = [json.loads(row) for row in rows if json.loads(row)["kind"] == "finding"]
    pq.write_table(pa.Table.from_pylist(found), file, compression="zstd")
    return file.stat().st_size


def figures(lake: Lake, two: Run, one: Run, others: dict[str, Counter[str]], place: Path) -> dict[str, Any]:
    """What is measured, as the page tells it. `others` are the rows that other ways have found."""
    found = of_findings(two.rows)
    each = one.processor / lake.torch
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "files": lake.files,
        "torch": lake.torch,
        "projects": lake.projects,
        "mebibytes": lake.size / 2**20,
        "seconds": [one.seconds, two.seconds],
        "processor": [one.processor, two.processor],
        "scaling": one.seconds / two.seconds,
        "rate": [lake.files / one.seconds, lake.files / two.seconds / 2],
        "torch_rate": [lake.torch / one.seconds, lake.torch / two.seconds / 2],
        "processor_rate": 1 / each,
        "rows": two.rows.total(),
        "found": found.total(),
        "bytes_in_parts": two.bytes / max(1, two.rows.total()),
        "bytes_in_one": in_one_file(two.rows, place) / max(1, found.total()),
        "memory": two.quarters,
        "compared": {
            name: {"rows": rows.total(), **difference(found if name == "check" else two.rows, rows)}
            for name, rows in others.items()
        },
        "each": each,
        "share": 100 * lake.torch / lake.files,
        "hours": [_LAKE * one.processor / lake.files / 3600, _LAKE * _RARE * each / 3600],
    }


def page(told: dict[str, Any]) -> str:
    """The page of the figures."""
    said = " Other work ran beside it on the same cores: the times are upper bounds." if told["beside"] else ""
    speed = _SPEED[told["beside"]].format(**told, dearer=told["processor"][1] / told["processor"][0])
    cores = [hours / 1000 for hours in told["hours"]]
    memory = " | ".join(f"{each:.0f}" for each in told["memory"])
    rows = "".join(
        f"| {_COMPARED[name]} | {those['rows']} | {those['lost']} | {those['too many']} |\n"
        for name, those in told["compared"].items()
    )
    return _PAGE.format(**{**told, "said": said, "cores": cores, "speed": speed, "memory": memory, "compared": rows})


_COMPARED = {
    "killed": "two workers, one of them killed in the middle",
    "resumed": "the scan itself killed in the middle, with all its workers, and resumed",
    "one": "one worker",
    "check": "`gradsafe check` of the same projects, findings alone",
}
_SPEED = {
    False: "Two workers are {scaling:.2f} times as fast as one.",
    True: "How much faster two workers are than one cannot be told where other work takes the cores\n"
    "({scaling:.2f} times, here). Two workers take {dearer:.2f} times the seconds of processors that one takes.",
}
_PAGE = """\
# What a scan costs

Written by `python -m tests.bench.scanning FOLDER --write`. The lake is {files} files of Python ({mebibytes:.0f} MiB) in
{projects} projects, packages of the registry and public checkouts, written to Parquet in the layout of The Stack, all rows in
random order. {torch} of the files mention torch. CPython {python}, {machine}.{said}

| | one worker | two workers |
| --- | ---: | ---: |
| seconds, from the command to its summary | {seconds[0]:.0f} | {seconds[1]:.0f} |
| seconds of processors | {processor[0]:.0f} | {processor[1]:.0f} |
| files a second and worker | {rate[0]:.1f} | {rate[1]:.1f} |
| files with torch a second and worker | {torch_rate[0]:.2f} | {torch_rate[1]:.2f} |

{speed} In a second of a processor, {processor_rate:.1f}
files that mention torch are done, with all the others among which they lie.

Each of these was held against the rows of the scan by two workers:

| | rows | lost | doubled or others |
| --- | ---: | ---: | ---: |
{compared}
A row takes {bytes_in_parts:.0f} bytes in the parts of this scan, most of which hold few; with all {found} findings in one
file, a finding takes {bytes_in_one:.0f}. The most that a worker and the process which checks for it held, in MiB, by
quarters of the scan: {memory}.

## What 100 million files would cost

Computed from these seconds of processors, {each:.2f} for each file that mentions torch:

| files that mention torch | hours of one core | hours on 1,000 cores |
| --- | ---: | ---: |
| {share:.0f} %, as here | {hours[0]:,.0f} | {cores[0]:.1f} |
| 5 % | {hours[1]:,.0f} | {cores[1]:.1f} |
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
