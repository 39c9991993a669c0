"""The words that messages and pages use are explained in one place."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.rules import RULES, pages, wording
from flake8_gradsafe.runtime.harness import fixture_paths
from tests.findings import findings_of

ROOT = Path(__file__).parents[2]

#: What a reader may not know, as it is written in running text.
TECHNICAL = (
    "advisory, backward, caller, copy, cut off, grad mode, graph, in place, leaf, memory, node, out of place, premise, proven, "
    "raw storage, saved, silently wrong, state, storage, suspect, version counter, view"
).split(", ")


@cache
def _used() -> str:
    """All messages, advice and traces of the fixtures, and all pages, without code."""
    texts = [pages.page(rule).markdown for rule in pages.rules()]
    texts += [wording.assuming([premise]) for premise in Premise]
    texts += [
        "proven suspect advisory" for rule in RULES.values() if rule.proven
    ]  # in the table of rules, by the first digit
    for path in fixture_paths(ROOT / "fixtures"):
        for finding in findings_of(path.read_text(encoding="utf-8")):
            texts += [finding.message, finding.help, *(step.text for step in finding.trace)]
    prose = re.sub(r"```python\n.*?```|`[^`]*`", "", "\n".join(texts), flags=re.DOTALL)
    return " ".join(prose.lower().split())


def _explained() -> set[str]:
    prose = re.sub(r"`[^`]*`", "", pages.glossary())
    return {term.lower() for term in re.findall(r"\*{1,2}([^*]+)\*{1,2}", prose)}


@pytest.mark.parametrize("word", TECHNICAL)
def test_a_technical_word_that_is_used_is_explained(word: str) -> None:
    assert re.search(rf"\b{word}", _used())
    assert word in _explained()


@pytest.mark.parametrize("premise", Premise)
def test_a_premise_says_what_it_is_about(premise: Premise) -> None:
    assert not re.search(r"\bit\b(?! saved)", wording.assuming([premise]).replace("saved it", ""))


def test_every_explained_word_is_used_or_helps_to_explain_another() -> None:
    prose = _used() + pages.glossary().lower().replace("*", "")
    for word in _explained():
        assert len(re.findall(rf"\b{re.escape(word)}", prose)) > 1, word


def test_every_digit_of_a_code_is_explained() -> None:
    table = [line.strip("|").split("|") for line in pages.glossary().splitlines() if re.match(r"\| \d", line)]
    first, second = ({row[0].strip() for row in table if row[column].strip()} for column in (1, 2))
    assert {code[3] for code in RULES} == first
    assert {code[4] for code in RULES} == second
