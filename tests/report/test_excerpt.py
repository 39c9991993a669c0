"""What is shown of long lines, and that what is pointed at stands above the carets."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.report.outcome import Outcome, Style
from flake8_gradsafe.report.text import render
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding

HEAD = "import torch\n\nx = torch.randn(3, requires_grad=True)\n"
WRITE = "x.data.add_(1)"


def columns(text: str) -> str:
    """A text with as many characters as it has columns on a terminal."""
    wide = (character * (2 if unicodedata.east_asian_width(character) in "WF" else 1) for character in text)
    return "".join(character for character in wide if not unicodedata.combining(character[0]))


def pointed_at(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The lines of source in the report on a program, and for each pointer what stands above it, and what is said."""
    document = Document("train.py", HEAD + text)
    found = tuple(FileFinding(document, each, each.location.line) for each in check(HEAD + text))
    assert found
    shown: list[str] = []
    pointers = []
    for line in render(Outcome(found), Style()).splitlines():
        mark, _, part = line.partition(" | ")
        if mark.strip().isdigit():
            shown.append(columns(part))
        elif part.lstrip().startswith("^"):
            carets = part.count("^")
            start = part.index("^")
            pointers.append((shown[-1][start : start + carets], part[start + carets :].strip()))
    return shown, pointers


@pytest.mark.parametrize(
    "before", ["", "a = 1; ", "a = 1; " * 100, "a = '日本'; " * 50, "a = 'e\u0301'; " * 50, "a = '日'; b = 1; " * 40]
)
@pytest.mark.parametrize("after", ["", "; b = 2" * 100, "; b = '日本'" * 30])
def test_the_part_around_a_finding_is_shown(before: str, after: str) -> None:
    shown, pointers = pointed_at(f"{before}{WRITE}{after}\n")
    assert [above for above, _ in pointers] == ["x.data"]
    (line,) = shown
    assert len(line) <= 200
    if len(before + after) > 200:
        assert len(line) <= 122
        assert line.startswith("…") is (len(before) > 30)
        assert line.endswith("…") is (len(after) > 100)


def test_tabs_are_counted() -> None:
    shown, pointers = pointed_at(f"if x is not None:\n\t{'a = 1;' * 60}\ta = 2; {WRITE}\n")
    assert [above for above, _ in pointers] == ["x.data"]
    assert len(shown[-1]) <= 122


def test_what_lies_far_apart_on_a_line_is_shown_in_parts() -> None:
    far = "b = 1; " * 60
    text = f"y = x.exp(); {far}y.data.zero_(); {far}y.sum().backward()\n"
    shown, pointers = pointed_at(text)
    assert [above for above, _ in pointers] == ["x.exp()", "y.data", "y.data.zero_()", "y.sum().backward()"]
    assert len(shown) == 3
    assert all(len(line) <= 122 for line in shown)


def test_of_a_long_stretch_the_beginning_is_underlined() -> None:
    text = f"{'a = 1; ' * 40}y = x.exp(); y.data.add_(max({'1, ' * 200}1)); y.sum().backward()\n"
    shown, pointers = pointed_at(text)
    assert [above for above, _ in pointers][:2] == ["x.exp()", "y.data"]
    assert pointers[2][0].startswith("y.data.add_(max(1, 1")
    assert 80 <= len(pointers[2][0]) <= 120
    assert all(len(line) <= 122 for line in shown)


def test_the_message_quotes_the_beginning_of_long_code() -> None:
    text = f"{HEAD}x.data.add_(max({'1, ' * 200}1))\n"
    (finding,) = check(text)
    first = render(Outcome((FileFinding(Document("train.py", text), finding, 4),)), Style()).splitlines()[0]
    assert first.startswith("train.py:4:1: GRD211 `x.data.add_(max(1, 1")
    assert "1, 1…` changes a tensor" in first
    assert len(first) < 260
    prose = "what stands between them is no code, however long it is: " * 3
    told = replace(finding, message=f"`a` {prose}`b`")
    assert prose in render(Outcome((FileFinding(Document("train.py", text), told, 4),)), Style())
