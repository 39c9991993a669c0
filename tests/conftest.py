"""What the tests of the command share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command.running import ADVISORY, PROVEN, SUSPECT

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long, so that none is begun when there is nothing else left to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one file of each degree of sureness."""
    (tmp_path / "proven.py").write_text(PROVEN)
    (tmp_path / "suspect.py").write_text(SUSPECT)
    (tmp_path / "advisory.py").write_text(ADVISORY)
    return tmp_path
