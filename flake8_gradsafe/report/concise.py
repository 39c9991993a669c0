"""One line for each finding, as flake8 prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.report.outcome import place, printable

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.file_finding import FileFinding


def render(outcome: Outcome, style: Style) -> str:
    """The findings, a line each."""
    return "".join(f"{headline(reported, style)}\n" for reported in outcome.reported)


def headline(reported: FileFinding, style: Style) -> str:
    """Place, code and message."""
    finding = reported.finding
    return f"{style.paint(place(reported), '1')}: {style.paint(finding.code, '1', '31')} {printable(finding.message)}"
