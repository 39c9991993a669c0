"""The command within this process: it prints and ends as one of its own would, in a fraction of the time."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from flake8_gradsafe.command.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType


UTF_8 = {"PYTHONIOENCODING": "utf-8"}
#: Seconds that the command is given.
TIMEOUT = 120


def run_inside(
    folder: Path, arguments: Sequence[str], data: bytes = b"", environment: Mapping[str, str] = UTF_8
) -> tuple[int, bytes, bytes]:
    """Run the command in a folder. Gives its exit code, and what it wrote to its output and to standard error."""
    encoding = environment["PYTHONIOENCODING"]
    given, output, errors = io.BytesIO(data), io.BytesIO(), io.BytesIO()
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(given, encoding)),
        mock.patch.object(sys, "stdout", io.TextIOWrapper(output, encoding)),
        mock.patch.object(sys, "stderr", io.TextIOWrapper(errors, encoding)),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(logging.root, "handlers", []),
        _working_in(folder),
        _ending_after(TIMEOUT),
    ):
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        return code, output.getvalue(), errors.getvalue()


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Within this, a folder is the working folder."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _ending_after(seconds: int) -> Iterator[None]:
    """Within this, the test fails where it takes longer, whatever is waited for."""
    if sys.platform == "win32":
        yield
        return

    def fail(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"the command has not ended after {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
