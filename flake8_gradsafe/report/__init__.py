"""The forms that findings are printed in: each a function from what was found to a text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style

#: The modules of this room that hold a `render`.
FORMATS = ("text", "concise", "json", "sarif", "github")


def render(form: str, outcome: Outcome, style: Style) -> str:
    """What was found, in one of the forms."""
    # Only the form that is asked for is imported. The name `json` is the standard library's.
    module = import_module(f"{__name__}.{'objects' if form == 'json' else form}")
    rendered: str = module.render(outcome, style)
    return rendered
