"""The documentation site: its pages are made of the rules, the model, and the files that the checks write."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAMS = ROOT / "docs" / "programs"
#: Pages that are files at the top of the repository.
FROM_THE_TOP = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
