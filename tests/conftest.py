"""What the tests of the command share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command.running import ADVISORY, PROVEN, SUSPECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one file of each degree of sureness."""
    (tmp_path / "proven.py").write_text(PROVEN)
    (tmp_path / "suspect.py").write_text(SUSPECT)
    (tmp_path / "advisory.py").write_text(ADVISORY)
    return tmp_path
