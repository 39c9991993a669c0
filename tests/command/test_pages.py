"""`gradsafe explain` and `gradsafe rules`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flake8_gradsafe.rules import RULES
from flake8_gradsafe.runtime import printed as measured
from tests import test_rules
from tests.command.running import gradsafe

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
    assert lines[-1].startswith("PyTorch 2.13.0, of the example: a.grad is [0, 0, 0]; with private copies")


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
