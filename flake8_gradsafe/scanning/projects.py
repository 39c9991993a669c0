"""The projects in a bucket, and what makes two of them the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flake8_gradsafe.scanning.errors import digest
from flake8_gradsafe.scanning.gather import OUTLINE, fragments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.scanning.storage import Store

#: Folders in which a check looks at nothing: there, a file's whole path counts.
_CLOSED = frozenset("site-packages node_modules .venv .git .hg .svn .tox .nox .eggs __pycache__ CVS".split())


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom findings are told of: a repository, and, where the project is a single file, its path."""

    repository: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a bucket, known there by its `name`. Projects of one `digest` have the same findings.

    `size` and `files` are of what mentions torch.
    """

    name: str
    digest: str
    owner: Owner
    size: int
    files: int


@dataclass(slots=True)
class _File:
    """A file of the bucket: its row, and the number of that."""

    number: int
    values: dict[str, Any]

    @property
    def path(self) -> str:
        """Its path in its repository."""
        return str(self.values["path"])

    @property
    def state(self) -> tuple[str, str, str]:
        """What tells it from others of its repository."""
        return self.path, str(self.values["sha256"]), str(self.values["problem"])


def outline(store: Store, bucket: int) -> list[Project]:
    """The projects of a bucket that are worth a look, in order."""
    tables = list(fragments(store, bucket, OUTLINE))
    return [project for project, _ in projects_in(pa.concat_tables(tables))] if tables else []


def projects_in(table: pa.Table) -> Iterator[tuple[Project, list[int]]]:
    """The projects of a bucket's table that are worth a look, with the numbers of their rows."""
    repositories: dict[str, dict[tuple[str, str, str], _File]] = {}
    alone: dict[tuple[str, tuple[str, str, str]], _File] = {}
    for number, values in enumerate(table.select(OUTLINE).to_pylist()):
        file = _File(number, values)
        if values["repository"] is None:
            alone.setdefault(("", file.state), file)
        else:
            repositories.setdefault(values["repository"], {}).setdefault(file.state, file)
    for repository, files in sorted(repositories.items()):
        first: dict[str, _File] = {}
        for state, file in sorted(files.items()):
            if first.setdefault(file.path, file) is not file:
                alone[repository, state] = file  # another version of the same path: no project has both
        yield from _told(_of_repository(repository, list(first.values())))
    for (owner, version), file in sorted(alone.items()):
        yield from _told((_of_file(f"{owner}\0{digest(*version)}", owner or None, file), [file.number]))


def _told(found: tuple[Project, list[int]]) -> Iterable[tuple[Project, list[int]]]:
    return [found] if found[0].files else []


def _of_repository(repository: str, files: list[_File]) -> tuple[Project, list[int]]:
    if len(files) == 1:
        return _of_file(repository, repository, files[0]), [files[0].number]
    matters = [file for file in files if file.values["matters"]]
    project = Project(
        repository,
        digest(*(part for file in files for part in file.state)),
        Owner(repository, None),
        sum(file.values["size"] for file in matters),
        len(matters),
    )
    return project, [file.number for file in files]


def _of_file(name: str, repository: str | None, file: _File) -> Project:
    """A project of one file: where that lies makes no difference, but for its name, and for folders that are passed over."""
    parts = PurePosixPath(file.path.replace("\\", "/")).parts
    place = file.path if _CLOSED & set(parts) else parts[-1] if parts else ""
    _, sha256, problem = file.state
    return Project(
        name,
        digest("file", place, sha256, problem),
        Owner(repository, file.path),
        file.values["size"],
        int(file.values["matters"]),
    )
