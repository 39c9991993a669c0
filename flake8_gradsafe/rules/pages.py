"""The rules as their users read them: the pages, in their sections, and the files in `docs` that are made of them.

python -m flake8_gradsafe.rules.pages            prints which files in docs are not what the rules say; exit 1 where one is not
python -m flake8_gradsafe.rules.pages --write    writes them, and removes those of rules that are gone
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_gradsafe import links

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def files() -> dict[str, str]:
    """Return the content of every file in `docs` by its name: the page of each rule, and the table of them all."""
    return {"README.md": index()} | {f"{rule.code.lower()}.md": page(rule).markdown for rule in rules()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or print the names of those that differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the files instead of comparing them")
    options = parser.parse_args(arguments)
    wanted = {name: text.encode() for name, text in files().items()}
    kept = {path.name: path.read_bytes() for path in links.DOCS.iterdir()}
    differing = sorted(name for name in {**wanted, **kept} if wanted.get(name) != kept.get(name))
    print("\n".join(differing or ["no difference"]))
    if not options.write:
        return 1 if differing else 0
    for name in differing:
        if name in wanted:
            (links.DOCS / name).write_bytes(wanted[name])
        else:
            (links.DOCS / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
