"""Other processes: the one that measures, and flake8 with some of its plugins hidden."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.corpus import File
from tests.bench.measuring import Measured

ROOT = Path(__file__).parent.parent.parent
OURS = "flake8-gradsafe"
THEIRS = "TorchFix"
#: What `ru_maxrss` counts in.
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Spent:
    """What a process has used: CPU seconds, bytes at the peak; its exit code, and what went wrong."""

    seconds: float
    peak: int
    code: int = 0
    failure: str = ""


class Measuring:
    """The process that measures. If it dies of a file, the file has failed, and another takes its place."""

    def __init__(self, tools: Sequence[str], repeat: int = 1) -> None:
        self._command = [sys.executable, "-W", "ignore", "-m", "tests.bench.measuring", str(repeat), *tools]
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, name: str, path: Path, tools: Sequence[str]) -> Measured:
        """What some of the tools need for a file."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, str(path), list(tools)]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if answer:
            return Measured(**json.loads(answer))
        died = self.end()
        self._process = self._started()
        return Measured(name, failures=dict.fromkeys(tools, f"the process died: {died.failure}"))

    def end(self) -> Spent:
        """Let the process end; what it has used in all."""
        return _spent(self._process)


def measured(files: Iterable[File], tools: Sequence[str], slow: Sequence[str]) -> Iterator[Measured]:
    """What each file costs; that of the slow tools for those that are sampled."""
    process = Measuring([*tools, *slow])
    for file in files:
        yield process.measure(file.name, file.path, [*tools, *slow] if file.sampled else tools)
    process.end()


def peak(files: Iterable[File], tool: str) -> Spent:
    """What a process uses that runs one tool over files."""
    process = Measuring([tool])
    for file in files:
        process.measure(file.name, file.path, [tool])
    return process.end()


def flake8(hidden: Sequence[str], *arguments: str) -> Spent:
    """What flake8 uses where some distributions' plugins are hidden from it."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.hiding",
        ",".join(hidden),
        "--isolated",
        "--exit-zero",
        "-j1",
        *arguments,
    ]
    return _spent(
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True),
    )


def floor() -> int:
    """The least peak, in bytes, that this process can see of another: its own, with which a child begins."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _spent(process: subprocess.Popen[str]) -> Spent:
    """Wait for a process; what it has used."""
    if process.stdin is not None:
        process.stdin.close()
    said = process.stderr.read() if process.stderr is not None else ""
    _, status, usage = os.wait4(process.pid, 0)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = said.strip().splitlines()
    # The last line of a traceback, or the files of which a plugin has complained.
    failure = "; ".join(lines[-1:] if process.returncode else lines) or (
        f"exit code {process.returncode}" if process.returncode else ""
    )
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _UNIT, process.returncode, failure)
