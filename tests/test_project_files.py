"""The files by which the project is kept: what runs the checks elsewhere, and the changelog."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from flake8_gradsafe import __version__
from flake8_gradsafe.rules import RULES

ROOT = Path(__file__).parent.parent
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*-*.yml"))


def test_the_workflow_runs_what_the_script_runs() -> None:
    commands = [
        line for line in CI.splitlines() if re.match(r"(NO_\w+=1 )?(ruff|mypy|lint-imports|flake8|mkdocs)\b", line)
    ]
    assert len(commands) == 6
    for command in commands:
        assert f"- run: {command.removeprefix('NO_MKDOCS_2_WARNING=1 ').removesuffix(' &')}\n" in WORKFLOW
    assert "- run: python -m pytest\n" in WORKFLOW


def test_the_workflow_runs_the_tests_on_every_python_that_is_named() -> None:
    named = re.findall(r"Python :: (3\.\d+)\"", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (matrix,) = re.findall(r"python: \[(.+)\]", WORKFLOW)
    assert shlex.split(matrix.replace(",", " ")) == named


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_an_issue_asks_for_the_program(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    program = text.partition("id: program")[2].partition("- type:")[0]
    assert "render: python" in program
    assert "required: true" in program


def test_there_is_a_template_for_each_way_to_be_wrong() -> None:
    assert [path.stem for path in TEMPLATES] == ["false-alarm", "missed-bug"]


def test_the_changelog_is_of_this_version_and_names_no_rule_that_is_gone() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (\S+)", text, re.MULTILINE)[0]
    assert newest == __version__
    assert set(re.findall(r"\bGRD\d{3}\b", text)) == set(RULES)
