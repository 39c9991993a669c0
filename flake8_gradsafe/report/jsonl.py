"""JSON Lines: the objects of `json`, one on each line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flake8_gradsafe.report.objects import as_object

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style


def render(outcome: Outcome, style: Style) -> str:
    """The findings, an object on each line."""
    return "".join(f"{json.dumps(as_object(reported), separators=(',', ':'))}\n" for reported in outcome.reported)
