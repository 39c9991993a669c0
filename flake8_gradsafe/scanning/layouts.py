"""Which columns of a table hold the source text, its path and its repository: those of public code datasets are known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.scanning.errors import BadScan

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What each column may be called, the likeliest first.
_NAMES = {
    "content": ("content", "code", "source_code", "source", "text"),
    "path": ("max_stars_repo_path", "path", "file_path", "filepath", "filename", "file_name"),
    "repository": ("max_stars_repo_name", "repo_name", "repository_name", "repo", "repository"),
    "language": ("lang", "language", "programming_language"),
    "encoding": ("src_encoding",),
}
_OPTIONS = {"content": "--content-column", "path": "--path-column", "repository": "--repo-column"}
#: Columns of datasets whose rows are functions.
_FUNCTIONS = ("whole_func_string", "func_code_string", "original_string")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, by name; None where there is none, or it is still to be found."""

    content: str | None = None
    path: str | None = None
    repository: str | None = None
    language: str | None = None
    encoding: str | None = None

    @property
    def names(self) -> list[str]:
        """Those that there are."""
        return [name for each in fields(self) if (name := getattr(self, each.name)) is not None]


def columns_of(names: Sequence[str], given: Columns, where: str) -> Columns:
    """The columns of a table that has these: those that are given, else those of a known layout. Raises BadScan."""
    found = given
    for kind, option in _OPTIONS.items():
        name = getattr(given, kind)
        if name is not None and name not in names:
            raise BadScan(f"{where}: there is no column {name!r} for {option}; there are {_listed(names)}")
    for kind, likely in _NAMES.items():
        if getattr(found, kind) is None:
            found = replace(found, **{kind: next((name for name in likely if name in names), None)})
    if given.content is None and any(name in names for name in _FUNCTIONS):
        raise BadScan(f"{where}: its rows are functions, not files; --content-column names another column of text")
    if found.content is None:
        raise BadScan(f"{where}: {_missing(names)}")
    return found


def _missing(names: Sequence[str]) -> str:
    if "blob_id" in names:
        return "there is no column of source text beside blob_id: this dataset has to be joined with its contents first"
    return f"no column is known to hold source text; --content-column names it, of {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
