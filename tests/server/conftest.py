"""Editors, each with a server that ends with the test."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.server.editor import COMMAND, PATIENCE, Editor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

_PREPARED = str(Path(__file__).with_name("prepared.py"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace folder."""
    made = tmp_path / "work space"
    made.mkdir()
    return made


@pytest.fixture(scope="session")
def command() -> Iterator[Sequence[str]]:
    """What starts a server that has its imports behind it, where processes can be forked."""
    if sys.platform == "win32":
        yield COMMAND
        return
    with tempfile.TemporaryDirectory() as place:
        address = f"{place}/socket"
        with subprocess.Popen(
            [sys.executable, _PREPARED, "serve", address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield (sys.executable, "-IS", _PREPARED, "call", address)
            process.stdin.close()
            assert process.wait(PATIENCE) == 0


@pytest_asyncio.fixture
async def editor(folder: Path, command: Sequence[str]) -> AsyncIterator[Editor]:
    """An editor that a test starts. Nothing that a test does makes the server end badly."""
    made = Editor(folder, command)
    yield made
    assert await made.end() == 0
