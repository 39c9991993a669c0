"""Sentences about a line that neither writes nor differentiates a tensor, for `gradsafe why`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.explain_line import Known

_NO_CODE = "there is no code on this line"
_NOTHING = "nothing here writes, cuts or differentiates a tensor"
_DEFINES = re.compile(r"(async\s+def|def|class|import|from|@)")
_KINDS = [
    (re.compile(r"\.zero_grad\("), "it clears gradients, and leaves the graph and what is saved in it alone"),
    (
        re.compile(r"(with|@).*\b(no_grad|inference_mode)\b"),
        "where grad mode is off no graph is made, and what is computed there requires no grad",
    ),
    (re.compile(r"\bdetach\("), "no gradient flows through what detach() gives, and nothing here writes to it"),
    (re.compile(r"\.(item|tolist)\(\)"), "it takes numbers out of the graph, and no gradient flows through them"),
]


def harmless(source: str, known: Known) -> str:
    """Return what a line does for gradients, or why nothing is known of it."""
    if not source or source.startswith("#"):
        return _NO_CODE
    for kind, text in _KINDS:
        if kind.search(source):
            return text
    if known.facts or _DEFINES.match(source):
        return _NOTHING
    if known.followed:
        return f"{_NOTHING}, and no tensor that is known has a name here"
    return f"{_NOTHING}, and no path that was followed comes by, so that no tensor is known"
