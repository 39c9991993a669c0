"""What mkdocs is told while it builds the site: pages that are made of the rules, and places in pages that are filled."""

from __future__ import annotations

import json
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from mkdocs.structure.files import File, InclusionLevel

from website import FROM_THE_TOP, PROGRAMS, ROOT, evidence, findings, pictures, rule_pages, saved_table

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_PLACE = re.compile(r"^<!-- show (.+?) -->$", re.MULTILINE)
#: What `gradsafe why` goes on with when it has told who trains whom.
_AFTER_THE_TABLE = "\n\nKnown of the tensors here"
_FIXTURE = re.compile(r"\[(\w+)\]\(\.\./fixtures/([\w/]+\.py)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules into the navigation, family by family."""
    nav: list[dict[str, object]] = config.nav or []
    for entry in nav:
        if "Rules" in entry:
            entry["Rules"] = list(rule_pages.navigation())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and those that stand at the top of the repository."""
    made = rule_pages.files() | {place: _from_the_top(name) for place, name in FROM_THE_TOP.items()}
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    for file in files:
        if file.src_uri.startswith("programs/"):
            file.inclusion = InclusionLevel.EXCLUDED
    return files


def _from_the_top(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/", "](", text)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill the places of a page, and show the fixtures that it names below it."""
    filled = _PLACE.sub(lambda place: _shown(*shlex.split(place[1])), markdown)
    fixtures = dict(_FIXTURE.findall(filled))
    if not fixtures:
        return filled
    linked = _FIXTURE.sub(lambda link: f"[{link[1]}](#{_anchor(link[1])})", filled)
    return linked + "\n\n## The programs\n" + "".join(_folded(name, path) for name, path in fixtures.items())


def _anchor(name: str) -> str:
    return name.replace("_", "-")


def _folded(name: str, path: str) -> str:
    text = (ROOT / "fixtures" / path).read_text(encoding="utf-8")
    return f"\n### {name.replace('_', ' ')} {{#{_anchor(name)}}}\n\n{_code(text, 'python', f'fixtures/{path}')}\n"


def _shown(what: str, *about: str) -> str:
    """What stands in a place of a page."""
    if what == "evidence":
        return evidence.SHOWN[about[0]]()
    if what == "saved-table":
        return saved_table.table()
    name, *others = about
    if what == "file":
        return _code((ROOT / "docs" / name).read_text(encoding="utf-8"), others[0])
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    if what == "program":
        return _code(source, "python", f"{_title(name)}.py") + _printed(name)
    if what == "memory":
        return _code(source, "python", f"{_title(name)}.py") + _printed(name) + _pictured(source, *others)
    if what == "check":
        command = f"$ gradsafe check {_title(name)}.py"
        return _code(f"{command}\n{findings.report(source, f'{_title(name)}.py', 'GRD1,GRD2')}", "text")
    if what == "why":
        told = findings.why(source, f"{_title(name)}.py", others[0])
        return _code(f"$ gradsafe why {_title(name)}.py:{others[0]}\n{told.partition(_AFTER_THE_TABLE)[0]}", "text")
    raise ValueError(f"nothing is called {what}")


def _pictured(source: str, line: str = "") -> str:
    when = f"When line {line} has run:" if line else "In the end:"
    return f"\n\n{when}\n\n{pictures.memory(source, int(line) if line else None)}"


def _title(name: str) -> str:
    return name.rpartition("/")[2]


def _code(text: str, language: str, title: str = "") -> str:
    head = f'{language} title="{title}"' if title else language
    return f"```{head}\n{text.rstrip()}\n```"


def _printed(name: str) -> str:
    """What PyTorch printed when the program was run."""
    torch, printed = _outputs()
    return f"\n\n{_code(printed[name], 'text', f'PyTorch {torch} printed')}" if printed[name] else ""


@cache
def _outputs() -> tuple[str, dict[str, str]]:
    kept = json.loads((PROGRAMS / "printed.json").read_text(encoding="utf-8"))
    return kept["torch"], kept["printed"]
