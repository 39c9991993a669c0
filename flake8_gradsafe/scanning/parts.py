"""The rows of the output: a finding, or a file of which nothing can be told, with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flake8_gradsafe.scanning.gather import parquet
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.scanning.projects import Owner

FINDING, NOT_ANALYSED = "finding", "not analysed"
_SURENESS = {"1": "proven", "2": "suspect", "9": "advisory"}
_PLACE = [
    ("path", pa.string()),
    ("cell", pa.int32()),
    ("line", pa.int32()),
    ("column", pa.int32()),
    ("end_line", pa.int32()),
    ("end_column", pa.int32()),
]
_STEP = pa.struct([("role", pa.string()), *_PLACE, ("text", pa.string())])
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("repository", pa.string()),
        ("path", pa.string()),
        ("content_sha256", pa.string()),
        ("code", pa.string()),
        ("name", pa.string()),
        ("sureness", pa.string()),
        *_PLACE[1:],
        ("message", pa.string()),
        ("help", pa.string()),
        ("assumed", pa.list_(pa.string())),
        ("trace", pa.list_(_STEP)),
        ("reason", pa.string()),
        ("tool_version", pa.string()),
    ]
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def finding_row(owner: Owner, path: str, sha256: str, found: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The row of a finding, which is as JSON has it. `names` are the paths of the project's files by those they had there."""
    trace = [
        {
            "role": step["role"],
            "path": _named(step["filename"], found, path, names),
            **_place(step),
            "text": step["text"],
        }
        for step in found["trace"]
    ]
    return {
        "kind": FINDING,
        "repository": owner.repository,
        "path": path,
        "content_sha256": sha256,
        "code": found["code"],
        "name": found["name"],
        "sureness": _SURENESS[found["code"][3]],
        **_place(found),
        "message": found["message"],
        "help": found["help"],
        "assumed": found["assumed"],
        "trace": trace,
        "reason": None,
        "tool_version": __version__,
    }


def problem_row(
    owner: Owner, path: str, sha256: str | None, reason: str, line: int | None = None, cell: int | None = None
) -> dict[str, Any]:
    """The row of a file of which nothing can be told."""
    return {
        "kind": NOT_ANALYSED,
        "repository": owner.repository,
        "path": path,
        "content_sha256": sha256,
        "cell": cell,
        "line": line,
        "reason": reason,
        "tool_version": __version__,
    }


def part(rows: Iterable[dict[str, Any]]) -> bytes:
    """A part of the output."""
    return parquet(pa.Table.from_pylist([_valid(row) for row in rows], SCHEMA))


def _named(file: str, found: dict[str, Any], path: str, names: dict[str, str]) -> str:
    return path if file == found["filename"] else names.get(file, file)


def _place(told: dict[str, Any]) -> dict[str, int | None]:
    return {
        "cell": told["cell"],
        "line": told["location"]["row"],
        "column": told["location"]["column"],
        "end_line": told["end_location"]["row"],
        "end_column": told["end_location"]["column"],
    }


def _valid(value: Any) -> Any:
    """A value whose texts Parquet can hold: halves of characters are spelled out."""
    if isinstance(value, str):
        return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {name: _valid(each) for name, each in value.items()}
    return [_valid(each) for each in value] if isinstance(value, list) else value
