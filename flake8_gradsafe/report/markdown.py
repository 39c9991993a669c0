"""A rule's page in the colours of a terminal: its text stays what it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Style

_CODE = re.compile(r"`[^`\n]+`")
_TERM = re.compile(r"\*\*[^*\n]+\*\*")


def painted(text: str, style: Style) -> str:
    """Markdown with its headings, its code and its terms in colours, where colours are on."""
    if not style.color:
        return text
    lines = []
    is_code = False
    for line in text.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
            lines.append(style.paint(line, "2"))
        elif is_code:
            lines.append(style.paint(line, "32"))
        elif line.startswith("#"):
            lines.append(style.paint(line, "1", "34"))
        else:
            line = _TERM.sub(lambda match: style.paint(match.group(), "1"), line)
            lines.append(_CODE.sub(lambda match: style.paint(match.group(), "36"), line))
    return "\n".join(lines)
