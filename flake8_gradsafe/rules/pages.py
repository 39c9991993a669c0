"""The rules as their users read them: the pages, in their sections."""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.rules.rule import Rule


_INTRODUCTION = """\
flake8-gradsafe reads PyTorch code and says, before it runs, where its gradients will be silently wrong, silently lost, or
refused with a RuntimeError. Each code leads to its page, which `gradsafe explain CODE` prints too; `gradsafe explain` says
what the words mean."""


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page: its summary, and the text under each heading, in order."""

    rule: Rule
    summary: str
    sections: dict[str, str]

    @property
    def markdown(self) -> str:
        """The whole page under a title of its own."""
        sections = "".join(f"\n## {heading}\n{text}\n" for heading, text in self.sections.items())
        return f"# {self.rule.code}: {self.rule.name}\n\n{self.summary}\n{sections}"


def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their codes."""
    from flake8_gradsafe.rules import RULES

    return tuple(RULES.values())


@cache
def glossary() -> str:
    """What the words mean that messages and pages use, and how a code is read, in Markdown."""
    return Path(__file__).with_name("glossary.md").read_text(encoding="utf-8")


def find(word: str) -> Rule | None:
    """The rule of a code or a name, in whatever case."""
    for rule in rules():
        if word.upper() == rule.code or word.lower() == rule.name.lower():
            return rule
    return None


def index() -> str:
    """All rules in a table that leads to their pages, in Markdown."""
    rows = (f"| [{rule.code}]({rule.code.lower()}.md) | {rule.name} | {rule.summary} |\n" for rule in rules())
    return f"# The rules\n\n{_INTRODUCTION}\n\n| code | name | what it reports |\n|---|---|---|\n{''.join(rows)}"


@cache
def _printed() -> tuple[str, dict[str, str]]:
    """What PyTorch, and which, made of the rules' examples; `runtime.printed` has run them."""
    text = Path(__file__).with_name("printed.json").read_text(encoding="ascii")
    document = json.loads(text)
    return document["torch"], document["printed"]


def page(rule: Rule) -> Page:
    """A rule's page, which is the docstring of its module."""
    text = inspect.getdoc(sys.modules[rule.check.__module__]) or ""
    summary, *rest = f"\n{text}".split("\n## ")
    sections = {}
    for part in rest:
        heading, _, body = part.partition("\n")
        sections[heading] = body.strip()
    version, said = _printed()
    if rule.code in said:
        sections["What PyTorch printed"] = f"Run with PyTorch {version}:\n\n{said[rule.code]}"
    return Page(rule, summary.strip(), sections)
