"""The hooks that other repositories use."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_gradsafe import __version__, links
from tests.command.running import SUSPECT, gradsafe

ROOT = Path(__file__).parent.parent.parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def test_the_manifest_is_valid() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    subprocess.run(command, capture_output=True, timeout=120, check=True)


def test_the_entries_are_commands_that_check_what_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "train.py").write_text(SUSPECT)
    (tmp_path / ".flake8").write_text("[flake8]\nextend-exclude = old\n")
    entries = re.findall(r"^  entry: gradsafe (.+)$", HOOKS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) == 2
    for entry in entries:
        run = gradsafe(tmp_path, *entry.split(), "train.py", "old/train.py")
        assert run.returncode == 1
        assert run.stdout.count("train.py:4:1: GRD211") == 1


def test_the_readme_names_the_hooks() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^- id: (.+)$", HOOKS.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"- id: {name}\n" in readme


def snippets() -> list[str]:
    """The hooks that the README tells to write, each as it stands there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(- repo: (?!https://github\.com/pycqa).*?)```", readme, re.DOTALL)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, timeout=120, check=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with our manifest, tagged with the version; the user's repository lies beside it."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    folder = tmp_path / "flake8-gradsafe"
    folder.mkdir()
    # Nothing is installed in a test: the hooks run with this Python.
    hooks = HOOKS.read_text(encoding="utf-8").replace("entry: gradsafe", f"entry: {sys.executable} -m flake8_gradsafe")
    hooks = re.sub(r"^  additional_dependencies: .*\n", "", hooks, flags=re.MULTILINE)
    (folder / HOOKS.name).write_text(hooks.replace("language: python", "language: system"), encoding="utf-8")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    git(folder, "tag", f"v{__version__}")
    return folder


@pytest.mark.parametrize("number", [0, 1])
def test_the_readmes_hooks_run(clone: Path, number: int) -> None:
    snippet = snippets()[number]
    user = clone.parent / "user"
    user.mkdir()
    (user / ".pre-commit-config.yaml").write_text(f"repos:\n{snippet}", encoding="utf-8")
    (user / "train.py").write_text(SUSPECT)
    git(user, "init")
    git(user, "add", ".")
    address = re.search(r"- repo: (\S+)", snippet)
    assert address is not None
    run = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"],
        cwd=user,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PRE_COMMIT_HOME": str(clone.parent / "home"),
            # What the README calls the address is the clone: all else is as it would be.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{clone.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": address[1],
        },
    )
    assert run.returncode == 1, run.stdout + run.stderr
    hooks = snippet.count("- id: ")
    assert run.stdout.count("train.py:4:1: GRD211 ") == hooks == (2, 1)[number]


def test_the_readme_names_the_address_and_the_version() -> None:
    by_path, by_address = snippets()
    assert "- repo: ../" in by_path
    assert f"rev: v{__version__} " in by_address
    if links.ADDRESS:
        assert f"- repo: {links.ADDRESS}\n" in by_address


def test_no_snippet_leaves_anything_out() -> None:
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for language, snippet in re.findall(
            r"^ *```(\w*)\n(.*?)^ *```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            if language or "$ gradsafe" not in snippet:
                assert "…" not in snippet, f"{path}: {snippet}"
