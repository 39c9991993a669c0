"""Editors, each with a server that ends with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.server.editor import Editor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace folder."""
    made = tmp_path / "work space"
    made.mkdir()
    return made


@pytest_asyncio.fixture
async def editor(folder: Path) -> AsyncIterator[Editor]:
    """An editor that a test starts. Nothing that a test does makes the server end badly."""
    made = Editor(folder)
    yield made
    assert await made.end() == 0
