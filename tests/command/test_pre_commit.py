"""The hooks that other repositories use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.command.running import SUSPECT, gradsafe

ROOT = Path(__file__).parent.parent.parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def test_the_manifest_is_valid() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    subprocess.run(command, capture_output=True, timeout=120, check=True)


def test_the_entries_are_commands_that_check_what_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    entries = re.findall(r"^  entry: gradsafe (.+)$", HOOKS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) == 2
    for entry in entries:
        run = gradsafe(tmp_path, *entry.split(), "train.py")
        assert run.returncode == 1
        assert "train.py:4:1: GRD211" in run.stdout


def test_the_readme_names_the_hooks() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^- id: (.+)$", HOOKS.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"- id: {name}\n" in readme
