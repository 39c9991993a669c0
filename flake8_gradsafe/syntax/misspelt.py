"""Attributes that are meant for PyTorch's own and are not: it takes any name, and does nothing with it."""

from __future__ import annotations

import re
from functools import lru_cache

#: What a tensor or a module is told by assignment, and what its misspellings look like.
_FLAG = re.compile(r"requires?d?_?grad(?:ient)?s?_?", re.IGNORECASE)
_GRADIENT = frozenset({"gard", "rgad", "grda", "grd"})
#: Methods that are overwritten where a switch was meant.
SWITCHES = frozenset({"train", "eval"})
_NEAR_FLAG = ("requires_grad", "require_grad")

#: The same in a text.
IN_TEXT = re.compile(
    r"\.(?:r[equ]{1,3}i\w*[gG]\w*|gard|rgad|grda|grd|(?!training\b)t[rain]{5,8}_?)[ \t]*=[^=]"
    r"|\.(?:train|eval)[ \t]*=[ \t]*(?:True|False)\b"
)


@lru_cache(maxsize=4096)
def meant_by(name: str) -> str:
    """The attribute of a tensor or a module that a name misspells: `requires_grad`, `grad`, `training`, or empty."""
    if name in {"requires_grad", "grad", "training"}:
        return ""
    if _FLAG.fullmatch(name) or (name[:1] == "r" and any(_is_near(word, name) for word in _NEAR_FLAG)):
        return "requires_grad"
    if name in _GRADIENT:
        return "grad"
    return "training" if name[:1] == "t" and name[-1:] != "s" and _is_near("training", name) else ""


def _is_near(word: str, name: str) -> bool:
    """Whether a name is a word with a letter missing, added, replaced, or exchanged with the next one."""
    if abs(len(word) - len(name)) > 1:
        return False
    rows = [list(range(len(name) + 1))]
    for number, letter in enumerate(word, 1):
        row = [number]
        for place, other in enumerate(name, 1):
            cost = min(rows[-1][place] + 1, row[-1] + 1, rows[-1][place - 1] + (letter != other))
            if number > 1 and place > 1 and letter == name[place - 2] and word[number - 2] == other:
                cost = min(cost, rows[-2][place - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1] <= 1
