"""`gradsafe explain` and `gradsafe rules`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flake8_gradsafe.rules import RULES, pages
from flake8_gradsafe.runtime import printed as measured
from tests.command.running import gradsafe
from tests.rules import test_rules

HERE = Path(__file__).parent
HEADINGS = [*test_rules.HEADINGS, "What PyTorch printed"]


@pytest.mark.parametrize("word", ["GRD111", "grd111", "data-write-corrupts-gradient", "Data-Write-Corrupts-Gradient"])
def test_a_rule_is_found_by_code_and_name(word: str) -> None:
    run = gradsafe(HERE, "explain", word)
    lines = run.stdout.splitlines()
    assert lines[0] == "# GRD111: data-write-corrupts-gradient"
    assert lines[2] == RULES["GRD111"].summary
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == HEADINGS
    assert "out.data.zero_()" in lines
    assert lines[-3:] == ["Run with PyTorch 2.13.0:", "", "`a.grad` is [0, 0, 0]; right is [0.1966, 0.105, 0.04518]."]


def test_without_a_rule_the_words_are_explained() -> None:
    run = gradsafe(HERE, "explain")
    assert run.returncode == 0
    assert run.stdout == pages.glossary()
    for word in (
        "premise",
        "proven",
        "suspect",
        "advisory",
        "saved",
        "version counter",
        "leaf",
        "view",
        "node",
        "graph",
    ):
        assert f"\n**{word}**: " in run.stdout
    assert "`gradsafe rules` lists all rules" in run.stdout


@pytest.mark.parametrize("code", RULES)
def test_a_page_shows_the_wrong_numbers_beside_the_right_ones_or_pytorchs_sentence(code: str) -> None:
    said = pages.page(RULES[code]).sections["What PyTorch printed"]
    wrong_and_right = re.search(r"` is (\S.*); (?:right is|with what to use instead it is) (\S.*)\.", said)
    if wrong_and_right is not None:
        assert wrong_and_right[1] != wrong_and_right[2]
    elif not RULES[code].advisory:
        assert re.search(r"\n\nRuntimeError: .{40,}\n\nWith what to use instead, `\S+\.grad` is \[", said)


def test_what_pytorch_printed_is_what_it_prints() -> None:
    assert measured.main(["--check"]) == 0


def test_rules_are_listed() -> None:
    lines = gradsafe(HERE, "rules").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert [line.split()[1] for line in lines] == [rule.name for rule in RULES.values()]


def test_rules_are_listed_as_json() -> None:
    entries = json.loads(gradsafe(HERE, "rules", "--format", "json").stdout)
    assert [entry["code"] for entry in entries] == list(RULES)
    assert entries[0] == {
        "code": "GRD111",
        "name": "data-write-corrupts-gradient",
        "summary": "A saved tensor is overwritten through .data: the gradient is silently wrong.",
        "severity": "error",
        "default": True,
        "since": "0.1.0",
    }
    assert {entry["code"] for entry in entries if not entry["default"]} == {code for code in RULES if code[3] == "9"}
