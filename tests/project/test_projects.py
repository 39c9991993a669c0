"""Projects of several files: PyTorch confirms what `main.py` claims, and the linter reports what every file expects."""

from __future__ import annotations

import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.runtime.harness import confirm, read_fixture, read_markers

ROOT = Path(__file__).parent.parent.parent / "projects"
PROJECTS = sorted(path.parent for path in ROOT.glob("*/main.py"))
DEFAULT = frozenset(code for code in CODES if not code.startswith("GRD9"))

Place = tuple[str, int, str]


#: PyTorch runs one project in three; all of them where slow tests are asked for.
RUN = [
    path if zlib.crc32(path.name.encode()) % 3 == 0 else pytest.param(path, marks=pytest.mark.slow) for path in PROJECTS
]


@pytest.fixture(params=PROJECTS, ids=lambda path: path.name)
def project(request: pytest.FixtureRequest) -> Path:
    """Each project's folder in turn."""
    folder: Path = request.param
    return folder


@cache
def reported(project: Path) -> frozenset[Place]:
    """The findings of every file of a project by default codes: the file where each stands, the line and the code.

    What one file proves, another only suspects: as in `gradsafe check`, the first alone counts.
    """
    sources = Sources()
    found: set[Place] = set()
    for path in sorted(project.rglob("*.py")):
        imports = FileImports(str(path), sources, str(project))
        for finding in check(path.read_text(encoding="utf-8"), wanted=DEFAULT, imports=imports):
            file = Path(finding.location.path or path).relative_to(project)
            found.add((file.as_posix(), finding.line, finding.code))
    proven = {(file, line) for file, line, code in found if code.startswith("GRD1")}
    return frozenset(place for place in found if place[2].startswith("GRD1") or place[:2] not in proven)


@cache
def expected(project: Path, marker: str) -> frozenset[Place]:
    """What a project's comments expect, now or one day."""
    return frozenset(
        (path.relative_to(project).as_posix(), line, code)
        for path in sorted(project.rglob("*.py"))
        for line, codes in read_markers(path, marker).items()
        for code in codes
    )


@pytest.mark.parametrize("run", RUN, ids=[path.name for path in PROJECTS])
def test_pytorch_does_what_is_claimed(run: Path) -> None:
    assert confirm(read_fixture(run / "main.py")) == []


def test_linter_reports_what_is_expected_and_nothing_that_is_called_future(project: Path) -> None:
    assert sorted(reported(project)) == sorted(expected(project, "expect"))


def test_a_right_project_is_right() -> None:
    for project in PROJECTS:
        if not expected(project, "expect") | expected(project, "todo-expect"):
            assert "correct" in {claim.kind for claim in read_fixture(project / "main.py").claims}, project


def test_there_are_wrong_and_right_projects() -> None:
    verdicts = Counter(bool(expected(project, "expect") | expected(project, "todo-expect")) for project in PROJECTS)
    assert min(verdicts[True], verdicts[False]) >= LEAST


LEAST = 100
