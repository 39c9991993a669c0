"""The forms that findings are printed in: each a function from what was found to a text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style

#: Each is a module of this room that holds a `render`, but for `json`, which is the standard library's name.
FORMATS = ("text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson")


def render(form: str, outcome: Outcome, style: Style) -> str:
    """Return the findings of a run in one of the forms."""
    # Only the form that is asked for is imported.
    module = import_module(f"{__name__}.{'objects' if form == 'json' else form}")
    rendered: str = module.render(outcome, style)
    return rendered
