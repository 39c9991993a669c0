"""A `.data` that is only read is `detach()`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.uses import is_written
from flake8_gradsafe.rules.fix_kinds import READ_DETACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each report of a `.data` that is read."""
    return [_fix(source, report.place) for _, report in found]


def _fix(source: Source, place: object) -> Fix | None:
    if not isinstance(place, cst.Attribute) or place.attr.value != "data":
        return None
    if is_written(source, place) or _may_be_another_kind(source, place.value):
        return None
    return Fix(READ_DETACHED.title, (source.replaced(place.attr, "detach()"),), safe=True)


def _may_be_another_kind(source: Source, receiver: cst.BaseExpression) -> bool:
    """True if the scope asks what the receiver is: a class of one's own may have a `data`, and no `detach`."""
    asked = re.compile(rf"\b(?:isinstance|hasattr|type)\(\s*{re.escape(source.text(receiver))}\s*[,)]")
    return asked.search(source.text(source.scope_of(receiver))) is not None
