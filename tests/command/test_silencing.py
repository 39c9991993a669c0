"""Comments in many lines of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Finding, Location
from flake8_gradsafe.source import noqa
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding

if TYPE_CHECKING:
    import pytest


def test_the_program_is_not_read_again_for_each_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x.data.add_(1)\n" * 500 + "y = 1 + \\\n  2\n"
    lines = range(1, 502)
    reported = [
        FileFinding(Document("train.py", text), Finding("GRD911", "", "", Location(line, 0, line, 1)), line)
        for line in lines
    ]
    readings: list[str] = []
    means = noqa._means

    def counted(text: str, tree: str) -> bool:
        readings.append(text)
        return means(text, tree)

    monkeypatch.setattr(noqa, "_means", counted)
    silenced, refused = noqa.silenced(text, reported)
    assert (silenced.count("# noqa: GRD911"), refused) == (500, [501])
    assert len(readings) < 30
