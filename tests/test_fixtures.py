"""Every fixture is confirmed by PyTorch, and the linter reports what it expects and nothing else."""

from collections import Counter
from pathlib import Path

import pytest

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.runtime.harness import Fixture, confirm, fixture_paths, read_fixture

PROJECT = Path(__file__).parent.parent
ROOT = PROJECT / "fixtures"
PATHS = fixture_paths(ROOT)
#: How many programs that are wrong, and that are safe, each rule has at least.
LEAST_OF_A_RULE = 2
#: How many each folder has at least that belongs to no one rule, where nothing else tells it.
LEAST = {
    "language/calls": 108,
    "language/containers": 95,
    "language/definitions": 17,
    "language/imports": 34,
    "language/modes": 24,
    "language/modules": 127,
    "language/names": 30,
    "language/operators": 36,
    "language/paths": 195,
    "language/stores": 45,
    "practice/seeds": 25,
    "practice/training": 127,
    "practice/libraries": 10,
    "practice/wild": 37,
    "precedence": 45,
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix(""))


@pytest.fixture(params=PATHS, ids=_name)
def fixture(request: pytest.FixtureRequest) -> Fixture:
    """Each fixture program in turn."""
    return read_fixture(request.param)


def _folder(path: Path) -> str:
    return path.parent.relative_to(ROOT).as_posix()


def _least() -> dict[str, int]:
    """How many programs every folder has at least."""
    of_rules = {f"{code.lower()}/{verdict}": LEAST_OF_A_RULE for code in CODES for verdict in ("wrong", "safe")}
    told = (PROJECT / "docs" / "found-in-public-code.md").read_text(encoding="utf-8").count("/fixtures/practice/found/")
    return {**of_rules, **LEAST, "practice/order": 2 * len(PAIRS), "practice/found": told}


def test_every_folder_has_its_programs() -> None:
    counted, least = Counter(map(_folder, PATHS)), _least()
    assert counted.keys() == least.keys()
    assert {folder: number for folder, number in counted.items() if number < least[folder]} == {}


def test_every_driver_belongs_to_a_program() -> None:
    drivers = set(ROOT.rglob("*.driver.py"))
    assert drivers == {driver for path in PATHS if (driver := read_fixture(path).driver) is not None}


def test_pytorch_does_what_is_claimed(fixture: Fixture) -> None:
    assert confirm(fixture) == []


def test_linter_reports_what_is_expected_and_nothing_that_is_called_future(fixture: Fixture) -> None:
    assert sorted(_reported(fixture)) == _pairs(fixture.expected)


def test_a_folder_expects_its_own_code(fixture: Fixture) -> None:
    rule, _, verdict = _folder(fixture.path).partition("/")
    if verdict == "wrong":
        codes = {code for _, code in [*_pairs(fixture.expected), *_pairs(fixture.todo)]}
        assert rule.upper() in codes


def test_a_safe_program_is_right() -> None:
    for path in PATHS:
        if path.parent.name == "safe":
            fixture = read_fixture(path)
            assert "correct" in {claim.kind for claim in fixture.claims}, path
            codes = {code for _, code in [*_pairs(fixture.expected), *_pairs(fixture.todo)]}
            proven_or_suspect = {code for code in codes if not code.startswith("GRD9")}
            assert not proven_or_suspect, path


ORDER = ROOT / "practice" / "order"
PAIRS = sorted(path.name.removesuffix("_wrong.py") for path in ORDER.glob("*_wrong.py"))


def test_there_are_order_pairs() -> None:
    assert len(PAIRS) >= 25


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_differs_in_the_order_of_its_statements_alone(name: str) -> None:
    wrong, right = (read_fixture(ORDER / f"{name}_{verdict}.py") for verdict in ("wrong", "right"))
    assert _statements(wrong.path) == _statements(right.path)
    assert {claim.kind for claim in right.claims} == {"correct"}
    assert any(not code.startswith("GRD9") for _, code in [*_pairs(wrong.expected), *_pairs(wrong.todo)])
    assert all(code.startswith("GRD9") for _, code in _pairs(right.expected))


def _statements(path: Path) -> list[str]:
    """The lines of a program, sorted, without their indentation, the docstring and comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sorted(text for line in lines if (text := line.partition("  #")[0].strip()) and text[0] not in '#"')


def test_every_rule_has_failing_fixtures() -> None:
    expected = Counter(code for path in PATHS for code in {code for _, code in _pairs(read_fixture(path).expected)})
    assert {code: expected[code] for code in CODES if expected[code] < LEAST_OF_A_RULE} == {}


def _pairs(codes_by_line: dict[int, list[str]]) -> list[tuple[int, str]]:
    return sorted((line, code) for line, codes in codes_by_line.items() for code in codes)


def _reported(fixture: Fixture) -> set[tuple[int, str]]:
    # Imported here, so that PyTorch can confirm the fixtures while the linter does not even import.
    from tests.findings import findings_of

    return {(finding.line, finding.code) for finding in findings_of(fixture.path.read_text(encoding="utf-8"))}
