"""The process that checks projects for a worker. Where a file takes too long or too much, it is ended, and another goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any, NamedTuple

import flake8_gradsafe
from flake8_gradsafe.scanning.protocol import Analysed, Began, Checked, Failed, Job, Problem, Ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

#: Seconds until a process is ready; and as many times the seconds of a file for all that is done besides.
_START, _BESIDES = 120.0, 10.0
#: So often a file is tried whose process is ended from outside.
_TRIES = 2
#: How a problem ends that is one of memory.
_SHORT_OF_MEMORY = ("there is not enough memory", "MemoryError")


@dataclass(frozen=True, slots=True)
class Checking:
    """How projects are checked: the module of the process, its options as JSON, and the limits of one file."""

    module: str
    options: str
    seconds: float
    memory: int


class _Lost(NamedTuple):
    """The process is gone, with the file that it was analysing, or between files."""

    path: str | None
    reason: str
    timed_out: bool


class Checker:
    """A process that checks one project after another; it is started when it is needed."""

    def __init__(self, checking: Checking) -> None:
        """Take how projects are checked."""
        self._checking = checking
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._folder = ""

    def check(self, job: Job) -> Checked:
        """Check a project. What ends the process is found out file by file, and told as a problem.

        The analyses that are made become known to the job, and the files given up by it.
        """
        tries: dict[str | None, int] = {}
        while True:
            answer = self._answer(job)
            if isinstance(answer, Checked):
                return answer
            self.stop()
            tries[answer.path] = tries.get(answer.path, 0) + 1
            if not answer.timed_out and tries[answer.path] < _TRIES:
                continue
            if answer.path is None:
                return Checked([], [Problem(path, answer.reason) for path in job.files])
            job.given_up[answer.path] = answer.reason

    def stop(self) -> None:
        """End the process, and remove what it left."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._connection = None
        self._folder = ""

    def _answer(self, job: Job) -> Checked | _Lost:
        """What the process finds in a project, or the file by which it was lost."""
        connection = self._started()
        path: str | None = None
        try:
            connection.send(job)
            while not isinstance(message := self._message(connection, path), (Checked, Failed)):
                path = message.path if isinstance(message, Began) else None
                if isinstance(message, Analysed):
                    job.known[message.path] = message.analysis
        except TimeoutError as error:
            return _Lost(path, str(error), timed_out=True)
        except (EOFError, OSError):
            return _Lost(path, self._end(), timed_out=False)
        if isinstance(message, Failed):
            return Checked([], [Problem(each, message.text) for each in job.files])
        if any(problem.text.endswith(_SHORT_OF_MEMORY) for problem in message.problems):
            self.stop()  # what it still holds would be missing for the next project
        return message

    def _message(self, connection: Connection[Any, Any], path: str | None) -> Began | Analysed | Checked | Failed:
        """The next message while a file is analysed, or none is. Raises TimeoutError where it takes too long."""
        limit = self._checking.seconds * (_BESIDES if path is None else 1)
        if not connection.poll(limit):
            raise TimeoutError(f"not analysed: given up after {limit:g} seconds")
        received: Began | Analysed | Checked | Failed = connection.recv()
        return received

    def _end(self) -> str:
        """How the process has ended."""
        code = None if self._process is None else self._process.wait()
        how = f"by signal {-code}" if code is not None and code < 0 else f"with {code}"
        return f"not analysed: its process was ended {how}, perhaps for want of memory"

    def _started(self) -> Connection[Any, Any]:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self.stop()
        self._folder = os.path.realpath(tempfile.mkdtemp(prefix="gradsafe-scan-"))
        ours, theirs = Pipe()
        checking = self._checking
        words = [sys.executable, "-m", checking.module, str(theirs.fileno()), str(checking.memory), checking.options]
        above = os.path.dirname(os.path.dirname(flake8_gradsafe.__file__))
        search = os.pathsep.join(filter(None, [above, os.environ.get("PYTHONPATH", "")]))
        with open(os.path.join(self._folder, "errors"), "wb") as errors:
            self._process = subprocess.Popen(
                words,
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": search, "PYTHONSAFEPATH": "1"},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[theirs.fileno()],
            )
        theirs.close()
        self._connection = ours
        with suppress(EOFError, OSError):
            if ours.poll(_START) and isinstance(ours.recv(), Ready):
                return ours
        said = self._last_error()
        self.stop()
        raise RuntimeError(f"the process that checks could not be started: {said}")

    def _last_error(self) -> str:
        with open(os.path.join(self._folder, "errors"), encoding="utf-8", errors="replace") as errors:
            lines = errors.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"


_idle: dict[Checking, list[Checker]] = {}
_lock = threading.Lock()


@contextmanager
def borrowed(checking: Checking) -> Iterator[Checker]:
    """A checker of this worker that nobody else uses meanwhile."""
    with _lock:
        waiting = _idle.setdefault(checking, [])
        checker = waiting.pop() if waiting else Checker(checking)
    try:
        yield checker
    except BaseException:
        checker.stop()
        raise
    with _lock:
        _idle[checking].append(checker)
