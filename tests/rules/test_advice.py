"""Advice is followed before it is given: as programs, which PyTorch runs, and of which the linter has nothing to say.

Beside a fixture `NAME.py` stands `NAME.advised.py`, in which the advice on its finding is followed; where the advice is an
alternative, there may be a `NAME-OTHER.advised.py` too. Its docstring is the advice, word for word.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from flake8_gradsafe import Finding
from flake8_gradsafe.engine import check
from flake8_gradsafe.rules import RULES
from flake8_gradsafe.rules.advice import Advice, placeholders
from flake8_gradsafe.runtime.harness import advised_paths, confirm, fixture_paths, given_of, read_fixture
from tests.findings import findings_of

ROOT = Path(__file__).parents[2] / "fixtures"
ADVISED = advised_paths(ROOT)
MINIMUM = 2

#: Central differences tell nothing of these: what is advised cuts a gradient off, scales it, or trains in a loop; or the leaf,
#: or the whole model, is the caller's.
OF_A_CALLER = {
    "GRD222",
    "GRD224",
    "GRD225",
    "GRD226",
    "GRD227",
    "GRD228",
    "GRD235",
    "GRD242",
    "GRD243",
    "GRD244",
    "GRD251",
    "GRD252",
    "GRD253",
    "GRD264",
    "GRD265",
    "GRD271",
    "GRD272",
    "GRD274",
    "GRD275",
    "GRD276",
    "GRD277",
    "GRD278",
    "GRD279",
}
WITHOUT_SLOPES = {
    "GRD126",
    "GRD162",
    "GRD163",
    "GRD171",
    "GRD175",
    "GRD176",
    "GRD172",
    "GRD178",
    "GRD179",
    "GRD245",
    "GRD941",
} | OF_A_CALLER

WORDINGS = [
    pytest.param(advice, wording, id=f"{code}-{wording[:40]}")
    for code, rule in RULES.items()
    for advice in rule.advice
    for wording in advice.wordings
]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT)).removesuffix(".advised.py")


every_advised = pytest.mark.parametrize("path", ADVISED, ids=_name)


@cache
def _found(path: Path) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings_of(path.read_text(encoding="utf-8")) if finding.help)


@cache
def _followed(path: Path) -> Finding:
    """The finding of the given program whose advice an advised program follows."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    same = [finding for finding in _found(given_of(path)) if _sentence(finding.help) == text]
    assert same, f"{given_of(path).name} is not advised: {text}"
    return same[0]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _pattern(wording: str) -> re.Pattern[str]:
    filled = re.escape(wording)
    for name in placeholders(wording):
        filled = filled.replace(re.escape(f"{{{name}}}"), ".+")
    return re.compile(filled)


def _says(finding: Finding, wording: str) -> bool:
    return _pattern(wording).fullmatch(finding.help) is not None


def _snippets(text: str) -> list[str]:
    """The code in a text that can be written as it stands."""
    return [code for code in re.findall(r"`([^`]+)`", text) if "…" not in code]


# -- what PyTorch and the linter say -------------------------------------------------------------------------------------


@every_advised
def test_pytorch_is_content_and_every_gradient_is_right(path: Path) -> None:
    fixture = read_fixture(path)
    assert {claim.kind for claim in fixture.claims} <= {"correct", "right-value"}
    assert fixture.claims[0].kind == "correct"
    assert confirm(fixture) == []


@every_advised
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    assert [finding for finding in check(path.read_text(encoding="utf-8")) if not finding.code.startswith("GRD9")] == []


@every_advised
def test_what_was_found_is_no_longer_found(path: Path) -> None:
    code = _followed(path).code
    before = [finding for finding in _found(given_of(path)) if finding.code == code]
    assert len([each for each in findings_of(path.read_text(encoding="utf-8")) if each.code == code]) < len(before)


# -- whether all advice is followed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("advice", "wording"), WORDINGS)
def test_every_wording_is_followed_somewhere(advice: Advice, wording: str) -> None:
    """Rules that share advice share its programs."""
    followed = [_followed(path) for path in ADVISED]
    assert [each for each in followed if advice in RULES[each.code].advice and _says(each, wording)]


@pytest.mark.parametrize(("advice", "wording"), WORDINGS)
def test_code_that_is_advised_is_written_somewhere(advice: Advice, wording: str) -> None:
    written: set[int] = set()
    followed = [(path, _followed(path)) for path in ADVISED]
    for path, finding in followed:
        if advice in RULES[finding.code].advice and _says(finding, wording):
            text = path.read_text(encoding="utf-8").partition('"""\n\n')[2]
            written |= {number for number, code in enumerate(_snippets(finding.help)) if _is_written(code, text)}
    assert written >= {number for number, code in enumerate(_snippets(wording)) if _is_new(code)}


def _is_new(code: str) -> bool:
    """Whether code is to be written, and is not what stands there already: the name of a tensor, or what to leave out."""
    return not re.fullmatch(r"\{\w+\}|\.data|detach_?\(\)|item\(\)|inplace=True|no_grad|inference_mode|step\(\)", code)


def _is_written(code: str, text: str) -> bool:
    return code in text


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.advice])
def test_every_rule_has_programs_in_which_its_advice_is_followed(code: str) -> None:
    paths = [path for path in ADVISED if _followed(path).code == code]
    assert len(paths) >= MINIMUM
    claims = {claim.kind for path in paths for claim in read_fixture(path).claims}
    assert ("right-value" in claims) is (code not in WITHOUT_SLOPES)


def test_only_declared_advice_is_given() -> None:
    for path in fixture_paths(ROOT):
        for finding in _found(path):
            said = [each for each in RULES[finding.code].advice for wording in each.wordings if _says(finding, wording)]
            assert len(said) == 1, f"{path.name}: {finding.help}"


def test_only_advice_without_a_rule_of_its_own_is_part_of_the_message() -> None:
    assert [code for code, rule in RULES.items() if not rule.advice] == ["GRD911"]


def test_nothing_is_advised_with_a_placeholder_left() -> None:
    for path in fixture_paths(ROOT):
        for finding in _found(path):
            assert not placeholders(finding.help), finding.help
            assert not placeholders(finding.message.partition("` ")[2]), finding.message
