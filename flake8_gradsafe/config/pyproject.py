"""The table [tool.gradsafe] of pyproject.toml, as flake8's section would have it."""

from __future__ import annotations

import difflib
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: The table, as messages name it.
TABLE = "tool.gradsafe"
# The characters that flake8 takes for the end of a pattern.
_SEPARATOR = re.compile(r"[\s,]")


def flake8_options(data: bytes) -> dict[str, str] | None:
    """flake8's options by name, with their values as texts; None where the file has no table of ours.

    Raises ValueError, which names the place, where it is no TOML, or holds a key or a value that there is not.
    """
    if b"gradsafe" not in data:
        return None
    table = _parsed(data).get("tool", {})
    table = table.get("gradsafe") if isinstance(table, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ValueError(f"{TABLE}: must be a table")
    return {f"gradsafe-{key}" if key in _OWN else key: _text(key, value) for key, value in table.items()}


def _parsed(data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        parsed: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nests too deep") from None
    return parsed


def _text(key: str, value: object) -> str:
    if key not in _KINDS:
        near = difflib.get_close_matches(key, _KINDS, 1)
        raise ValueError(f"{TABLE}.{key}: there is no such option{f'; the nearest is {near[0]}' if near else ''}")
    return _KINDS[key](f"{TABLE}.{key}", value)


def _list(name: str, value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name}: must be a list of strings")
    for item in value:
        if _SEPARATOR.search(item):
            raise ValueError(f"{name}: {item!r} holds a blank or a comma, where flake8 would split it")
    return ",".join(value)


def _map(name: str, value: object) -> str:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: must be a table of patterns with their codes")
    for pattern in value:
        if _SEPARATOR.search(pattern) or ":" in pattern or not pattern:
            raise ValueError(
                f"{name}: {pattern!r} is empty or holds a blank, a comma or a colon, where flake8 would split it"
            )
    return "\n".join(f"{pattern}:{_list(f'{name}.{pattern}', codes)}" for pattern, codes in value.items())


def _switch(name: str, value: object) -> str:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: must be true or false")
    return str(value)


def _path(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name}: must be the name of a folder")
    return value


def _jobs(name: str, value: object) -> str:
    if value != "auto" and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f'{name}: must be a number or "auto"')
    return str(value)


_KINDS: dict[str, Callable[[str, object], str]] = {
    "select": _list,
    "extend-select": _list,
    "ignore": _list,
    "extend-ignore": _list,
    "per-file-ignores": _map,
    "disable-noqa": _switch,
    "exclude": _list,
    "extend-exclude": _list,
    "force-exclude": _switch,
    "filename": _list,
    "statistics": _switch,
    "jobs": _jobs,
    "no-project": _switch,
    "no-cache": _switch,
    "cache-dir": _path,
}
#: In flake8's section, which belongs to other plugins as well, the names of these begin with `gradsafe-`.
_OWN = frozenset({"no-project", "no-cache", "cache-dir"})
