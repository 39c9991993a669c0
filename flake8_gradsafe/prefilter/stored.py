"""Summaries as data: what is kept of a module, for later runs and for the files that import it.

A module's summaries are a JSON object: for each function, by `name` or `Class.name`, the fields of its summary that differ from
`BOTTOM`'s. Sets are sorted lists, an unknown set of functions that run is null. They hold for one text and one version of the
tool: `key_of` is the address under which they may be kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.prefilter.effects import BOTTOM, Summary
from flake8_gradsafe.prefilter.summaries import Summaries
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.syntax.module import Module

_SETS = frozenset({"saves", "shares", "writes", "runs"})


def key_of(source: str) -> str:
    """The address of a module's summaries: a digest of its text and of the tool's version."""
    return hashlib.sha256(f"{__version__}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()


def summarised(module: Module) -> dict[str, Summary]:
    """The summary of each function of a module that has a name of its own. Raises RecursionError where it nests too deep."""
    summaries = Summaries(module)
    times = Counter(unit.qualified_name for unit in summaries.index.functions)
    return {
        unit.qualified_name: summaries.summary_of_unit(unit)
        for unit in summaries.index.functions
        if times[unit.qualified_name] == 1 and summaries.index.has_own_name(unit)
    }


def dumped(summaries: Mapping[str, Summary]) -> str:
    """Write summaries."""
    return json.dumps({name: _object_of(summary) for name, summary in sorted(summaries.items())}, separators=(",", ":"))


def loaded(text: str) -> dict[str, Summary]:
    """Read summaries. Raises ValueError where they are none."""
    try:
        return {str(name): _summary_of(given) for name, given in json.loads(text).items()}
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no summaries: {error}") from error


def _object_of(summary: Summary) -> dict[str, Any]:
    given = {field.name: getattr(summary, field.name) for field in fields(Summary)}
    return {name: _plain(value) for name, value in given.items() if value != getattr(BOTTOM, name)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_object_of(item) if isinstance(item, Summary) else item for item in value]
    return value


def _summary_of(given: Mapping[str, Any]) -> Summary:
    return Summary(**{name: _read(name, value) for name, value in given.items()})


def _read(name: str, value: Any) -> Any:
    if name in _SETS:
        return None if value is None and name == "runs" else frozenset(map(str, value))
    if name == "parts":
        return tuple(map(_summary_of, value))
    if name == "parameters":
        return tuple(map(str, value))
    return bool(value)
