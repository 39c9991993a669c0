"""What is built of the project: all that its tests need in the source distribution, the package alone in the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from flake8_gradsafe.version import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
_MADE = shutil.ignore_patterns(".*cache*", ".git", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist", ".venv")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without what is made of it."""
    made = tmp_path_factory.mktemp("build") / "project"
    shutil.copytree(ROOT, made, ignore=_MADE)
    return made


def built(tree: Path, kind: str) -> Path:
    run = subprocess.run([sys.executable, "-c", BUILD, kind, "."], cwd=tree, capture_output=True, text=True, check=True)
    return tree / run.stdout.splitlines()[-1]


def test_the_source_distribution_has_what_the_tests_need(tree: Path) -> None:
    with tarfile.open(built(tree, "build_sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = [
        path
        for folder in (".github", "docs", "fixtures", "tests", "website", "flake8_gradsafe")
        for path in (tree / folder).rglob("*")
    ]
    wanted += [tree / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "pyproject.toml")]
    wanted += [tree / name for name in ("setup.cfg", ".pre-commit-hooks.yaml", "mkdocs.yml", ".ci/run")]
    assert {path.relative_to(tree).as_posix() for path in wanted if path.is_file()} - names == set()
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_wheel_has_the_package_alone(tree: Path) -> None:
    with zipfile.ZipFile(built(tree, "build_wheel")) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    package = {path.relative_to(tree).as_posix() for path in (tree / "flake8_gradsafe").rglob("*") if path.is_file()}
    assert package - set(names) == set()
    assert {name.split("/")[0] for name in names if name not in package} == {f"flake8_gradsafe-{__version__}.dist-info"}
    assert "Provides-Extra: notebook\n" in metadata
    assert "nbformat" not in metadata


def test_the_readme_has_no_link_that_an_index_would_break() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if not link.startswith("https://")] == []
