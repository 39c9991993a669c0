"""The pages of the site before they are set: complete, and no more certain than the files that they are made of."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from flake8_gradsafe.rules import RULES, pages
from website import PROGRAMS, ROOT, evidence, findings, pictures, printed, rule_pages, saved_table
from website.memory import Check, after

DOCS = ROOT / "docs"
MADE = rule_pages.files()
PLACE = re.compile(r"^<!-- show (\w[\w-]*) ?(\S*)(?: (\S+))? ?-->$", re.MULTILINE)


@pytest.mark.parametrize("code", RULES)
def test_the_page_of_a_rule_has_its_text_and_what_was_said_to_its_programs(code: str) -> None:
    made, page = MADE[f"rules/{code.lower()}.md"], pages.page(RULES[code])
    assert f"# {code}: {RULES[code].name}\n\n{RULES[code].summary}\n" in made
    for heading in ("What it does", "Why it is unsafe", "Use instead", "Limits"):
        assert f"\n## {heading}\n\n{page.sections[heading]}\n" in made
    assert f"train.py:{finding_line(made)}" in made
    assert f": {code} " in made
    for line in page.sections["What PyTorch printed"].split("\n\n"):
        assert line.rstrip(":") in made
    assert "\n## Found in public code\n\n" in made


def finding_line(made: str) -> str:
    found = re.search(r"^train\.py:(\d+)", made, re.MULTILINE)
    assert found
    return found[1]


def test_every_rule_belongs_to_one_family() -> None:
    assert sorted(rule.code for rules in rule_pages.by_family().values() for rule in rules) == sorted(RULES)


def test_a_diff_is_what_the_fix_makes_of_the_program() -> None:
    source = (
        "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.relu()\nout.add_(1)\nout.sum().backward()\n"
    )
    mended = findings.mended(source, "GRD141")
    assert mended is not None
    assert "-out.add_(1)\n+out = out.add(1)\n" in mended[0]
    assert any("```diff\n--- train.py\n" in text for text in MADE.values())


@pytest.mark.parametrize("name", printed.names())
def test_a_program_of_the_site_prints_in_pytorch_what_is_kept_of_it(name: str) -> None:
    assert printed.printed(PROGRAMS / f"{name}.py") == kept_outputs()[name]


def kept_outputs() -> dict[str, str]:
    import json

    outputs: dict[str, str] = json.loads(printed.FILE.read_text(encoding="utf-8"))["printed"]
    return outputs


def test_outputs_are_kept_of_the_programs_that_there_are() -> None:
    assert sorted(kept_outputs()) == printed.names()


def test_every_program_is_shown_on_a_page_and_every_myth_has_one() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    shown = {what for text in texts.values() for _, what, _ in PLACE.findall(text)}
    assert set(printed.names()) <= shown
    sections = texts["myths.md"].split("\n## ")[1:]
    assert len(sections) == len([name for name in printed.names() if name.startswith("myths/")])
    assert all(len(re.findall(r"<!-- show program myths/", section)) == 1 for section in sections)


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    assert {path.name for path in DOCS.glob("*.md")} <= set(re.findall(r"[\w-]+\.md", navigation))


def test_pages_name_rules_that_there_are() -> None:
    for path in DOCS.glob("*.md"):
        named = re.findall(r"rules/(grd\d+)\.md", path.read_text(encoding="utf-8"))
        assert {name.upper() for name in named} <= set(RULES), path


def test_a_picture_tells_the_write_that_is_seen_from_the_one_that_is_not() -> None:
    start = "import torch\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\n"
    seen, unseen = after(f"{start}out.detach().zero_()\n"), after(f"{start}out.data.zero_()\n")
    assert [saved.check for node in seen.nodes for saved in node.saves] == [Check.REFUSED]
    assert [saved.check for node in unseen.nodes for saved in node.saves] == [Check.UNSEEN]
    drawn = pictures.memory(f"{start}x = out.data\nx.zero_()\n")
    assert drawn.count('class="m-box m-counter"') == 3
    assert drawn.count('class="m-box m-storage"') == 2
    assert "since written, and not counted" in drawn


def test_a_picture_is_of_the_line_that_is_asked_for() -> None:
    source = "import torch\na = torch.ones(3)\na.add_(1)\na.add_(1)\n"
    assert [list(after(source, line).versions.values()) for line in (2, 3, 4)] == [[0], [1], [2]]
    with pytest.raises(ValueError, match="no path comes there"):
        after("raise ValueError\nx = 1\n")


def test_the_table_of_what_is_saved_has_the_measured_operators() -> None:
    table = saved_table.table()
    assert "\n" not in table
    assert "<td><code>sigmoid</code></td><td>input: tensor</td><td><strong>its result</strong></td><td>no</td>" in table
    assert "<td><code>view</code></td>" in table
    assert "shares the memory of <code>input</code>" in table


def test_figures_are_those_of_the_tables() -> None:
    with (ROOT / "tests/mutants/verdicts.csv").open(encoding="utf-8") as lines:
        harmful = [row for row in csv.DictReader(lines) if row["outcome"] != "same"]
    missed = [row for row in harmful if not row["found"].startswith(("GRD1", "GRD2"))]
    assert f"| **all** | {len(harmful)} | {len(harmful) - len(missed)} | {len(missed)} |" in evidence.mutants()
    reasons = evidence.missed_mutants()
    assert sum(map(int, re.findall(r"^\| (\d+)", reasons, re.MULTILINE))) == len(missed)
    assert all(row["reason"].replace("|", r"\|") in reasons for row in missed)
    public = evidence.public_code()
    assert sum(map(int, re.findall(r"(\d+) \|$", public, re.MULTILINE))) == len(evidence.rows("ecosystem/verdicts.csv"))


def test_without_a_file_there_is_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "TESTS", tmp_path)
    assert evidence.differential() == ""
    assert evidence.source_fuzz() == ""
