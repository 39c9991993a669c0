"""Whether a text can contain anything for us, told without parsing it."""

from __future__ import annotations

import re

# Every rule needs one of these words: a graph must be made and differentiated, left, or written behind its back.
_TRIGGERS = re.compile(
    r"\.\s*data\b|\bdetach|backward|requires_grad|autograd|\bParameter\b|numpy|_storage\b|\.\s*(?:weight|bias)\b|\\\s*\n\s*data\b"
)


def may_concern_us(text: str) -> bool:
    """Whether a text mentions torch and one of the words without which no rule can speak.

    A file that is let through may still be clean; one that is held back surely is.
    """
    return "torch" in text and _TRIGGERS.search(text) is not None
