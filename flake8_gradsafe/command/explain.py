"""`gradsafe explain` and `gradsafe rules`: the rules' pages and their words, and their table."""

from __future__ import annotations

import difflib
import json
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.command.colors import has_color
from flake8_gradsafe.command.exit_codes import complain
from flake8_gradsafe.report.markdown import painted
from flake8_gradsafe.report.outcome import SEVERITIES, Style
from flake8_gradsafe.rules import pages

if TYPE_CHECKING:
    import argparse

_LISTED = "; `gradsafe rules` lists them"


def explain(given: argparse.Namespace) -> int:
    """Print a rule's page; without a rule, what the words mean that the pages use; or the schema of the JSON form."""
    if given.json_schema:
        from flake8_gradsafe.report.objects import schema

        sys.stdout.write(schema())
        return 0
    style = Style(has_color(given.color, sys.stdout))
    if given.rule is None:
        sys.stdout.write(painted(pages.glossary(), style))
        return 0
    rule = pages.find(given.rule)
    if rule is None:
        known = [word for rule in pages.rules() for word in (rule.code, rule.name)]
        word = given.rule.upper() if given.rule.upper().startswith("GRD") else given.rule.lower()
        begun = [code for code in known if code.startswith(word)]
        near = difflib.get_close_matches(word, known, 1)
        hint = f"; so begin {', '.join(begun)}" if begun else f"; the nearest is {near[0]}" if near else _LISTED
        return complain(f"{given.rule}: no rule has this code or name{hint}")
    sys.stdout.write(painted(pages.page(rule).markdown, style))
    return 0


def list_rules(given: argparse.Namespace) -> int:
    """Print all rules."""
    rules = pages.rules()
    if given.format == "json":
        entries = [
            {
                "code": rule.code,
                "name": rule.name,
                "summary": rule.summary,
                "severity": SEVERITIES[rule.code[3]],
                "default": not rule.advisory,
                "since": rule.since,
            }
            for rule in rules
        ]
        print(json.dumps(entries, indent=2))
        return 0
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        print(f"{rule.code}  {rule.name:<{width}}  {rule.summary}")
    return 0
