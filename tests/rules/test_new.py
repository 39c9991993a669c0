"""A rule that is begun by the generator: its files are where they belong, and can be run."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.rules import RULES, Rule, new
from flake8_gradsafe.runtime.claims import Runs, judge
from flake8_gradsafe.runtime.harness import fixture_paths, read_fixture
from tests.rules.test_rules import HEADINGS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def begin(clone: Path, code: str = "GRD158", name: str = "gradient-of-nothing", *more: str) -> int:
    return new.main([code, name, "--root", str(clone), *more])


def rule_of(file: Path) -> Rule:
    """The rule that a file makes, without taking it into the catalogue."""
    specification = importlib.util.spec_from_file_location(f"begun.{file.stem}", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, specification.name, module)
        specification.loader.exec_module(module)
    rule = module.check
    assert isinstance(rule, Rule)
    return rule


@pytest.mark.parametrize("code", ["GRD158", "GRD258", "GRD958"])
def test_the_file_is_a_rule_with_all_its_headings(code: str, clone: Path) -> None:
    assert begin(clone, code) == 0
    file = clone / "flake8_gradsafe" / "rules" / f"{code.lower()}.py"
    rule = rule_of(file)
    assert (rule.code, rule.name) == (code, "gradient-of-nothing")
    assert rule.advisory == (not rule.claims)
    assert re.findall(r"^## (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE) == HEADINGS


def test_the_programs_are_fixtures_and_do_what_they_claim(clone: Path) -> None:
    assert begin(clone, "GRD158") == 0
    fixtures = [read_fixture(path) for path in fixture_paths(clone / "fixtures")]
    assert [fixture.path.parent.name for fixture in fixtures] == ["safe", "wrong"]
    for fixture in fixtures:
        runs = Runs(fixture.path, fixture.driver, fixture.raises_line)
        assert [judge(claim, runs) for claim in fixture.claims] == [[]]


def test_the_rule_is_named_where_users_read_of_rules(clone: Path) -> None:
    before = {name: (clone / name).read_text(encoding="utf-8") for name in ("README.md", "CHANGELOG.md")}
    assert begin(clone, "GRD147", "gradient-of-nothing") == 0
    readme, changelog = ((clone / name).read_text(encoding="utf-8") for name in before)
    assert readme.replace("| GRD147 | gradient-of-nothing | TODO |\n", "") == before["README.md"]
    codes = re.findall(r"^\| (GRD\d+) \|", readme, re.MULTILINE)
    assert codes == sorted({*RULES, "GRD147"})
    assert changelog.replace("- GRD147: TODO\n", "") == before["CHANGELOG.md"]


def test_the_line_stands_in_the_newest_version() -> None:
    changed = new._with_line("# Changelog\n\n## 0.2.0\n\n- New.\n\n## 0.1.0\n\n- Old.\n", "GRD147")
    assert changed == "# Changelog\n\n## 0.2.0\n\n- New.\n- GRD147: TODO\n\n## 0.1.0\n\n- Old.\n"


@pytest.mark.parametrize(
    ("code", "name", "why"),
    [
        ("GRD380", "gradient-of-nothing", "the first of them 1, 2 or 9"),
        ("GRD188", "gradient-of-nothing", "names no mechanism"),
        ("GRD111", "gradient-of-nothing", "is there already"),
        ("GRD158", "Nothing", "two words or more"),
        ("GRD158", "data-write", "the name of another rule"),
    ],
)
def test_what_cannot_be_a_rule_is_told_and_nothing_is_written(
    code: str, name: str, why: str, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin(clone, code, name) == 2
    assert why in capsys.readouterr().err
    assert {path.name for path in clone.iterdir()} == {"README.md", "CHANGELOG.md"}
