"""Findings as the protocol has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from flake8_gradsafe import links
from flake8_gradsafe.report.outcome import printable

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.server.client import Client
    from flake8_gradsafe.server.positions import Layout

SOURCE = "gradsafe"
#: The protocol's severities, by the digit of a code that says how sure it is.
_SEVERITIES = {
    "1": types.DiagnosticSeverity.Error,
    "2": types.DiagnosticSeverity.Warning,
    "9": types.DiagnosticSeverity.Hint,
}
#: The mechanism of writes that go nowhere.
_NO_EFFECT = "6"


def diagnostic(finding: Finding, layout: Layout, client: Client) -> types.Diagnostic:
    """A finding, with as much of it as the client can show."""
    return types.Diagnostic(
        range=layout.location(finding.location).range,
        message=message(finding),
        severity=_SEVERITIES[finding.code[3]],
        code=finding.code,
        code_description=types.CodeDescription(links.page(finding.code)) if client.shows_links else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code[4] == _NO_EFFECT and client.shows_unnecessary else None,
        related_information=_trace(finding, layout) if client.shows_related else None,
    )


def message(finding: Finding) -> str:
    """Return the message of a finding, and its help."""
    text = printable(finding.message)
    return f"{text}\nhelp: {printable(finding.help)}" if finding.help else text


def _trace(finding: Finding, layout: Layout) -> list[types.DiagnosticRelatedInformation]:
    return [
        types.DiagnosticRelatedInformation(layout.location(step.location), printable(step.text))
        for step in finding.trace
    ]
