"""A group of projects, checked in a worker, and written down in one part that is whole or not there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flake8_gradsafe.scanning.checker import Checking, borrowed
from flake8_gradsafe.scanning.gather import fragments
from flake8_gradsafe.scanning.parts import finding_row, part, problem_row
from flake8_gradsafe.scanning.plan import NOTHING
from flake8_gradsafe.scanning.projects import projects_in
from flake8_gradsafe.scanning.protocol import Checked, Job
from flake8_gradsafe.scanning.rows import placed
from flake8_gradsafe.scanning.shares import Share, add_earlier, keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.scanning.checker import Checker
    from flake8_gradsafe.scanning.plan import Elected, Group
    from flake8_gradsafe.scanning.projects import Owner
    from flake8_gradsafe.scanning.storage import Store


@dataclass(slots=True)
class _Folder:
    """A project as it is laid out for a check: its files by the paths they have there, and their own paths by these."""

    job: Job
    names: dict[str, str]
    hashes: dict[str, str]
    unread: list[tuple[str, str]]


def analyse(store: Store, group: Group, checking: Checking) -> None:
    """Check the projects of a group, and write down what is found."""
    rows: list[dict[str, Any]] = []
    with borrowed(checking) as checker:
        for elected, values in _read(store, group):
            folder = _laid_out(values)
            if len(group.elected) == 1:
                add_earlier(store, elected.project, folder.job)
            rows += _rows_of(elected, folder, checker)
    _write(store, group, rows)


def analyse_share(store: Store, share: Share, checking: Checking) -> None:
    """Analyse some files of a project for the task that will check it, and write down what the engine says of them."""
    ((_, values),) = _read(store, share.group)
    job = _job_of(share, values)
    with borrowed(checking) as checker:
        checked = checker.check(job)
    for problem in checked.problems if not job.known else ():
        job.given_up.setdefault(problem.path, problem.text)
    keep(store, share, job)


def lose_share(store: Store, share: Share, reason: str) -> None:
    """Write down that nothing can be told of the files of a share."""
    ((_, values),) = _read(store, share.group)
    job = _job_of(share, values)
    job.given_up.update(dict.fromkeys(job.only or (), reason))
    keep(store, share, job)


def _job_of(share: Share, values: list[dict[str, Any]]) -> Job:
    folder = _laid_out(values)
    mattering = {each["path"] for each in values if each["matters"]}
    matters = sorted(place for place in folder.job.files if folder.names[place] in mattering)
    return replace(folder.job, only=frozenset(share.of(matters)))


def lose(store: Store, group: Group, reason: str) -> None:
    """Write down of a group that nothing can be told of its files."""
    rows = [
        problem_row(owner, values["path"] if owner.path is None else owner.path, values["sha256"], reason)
        for elected, those in _read(store, group)
        for owner in elected.owners
        for values in those
        if values["matters"]
    ]
    _write(store, group, rows)


def _write(store: Store, group: Group, rows: list[dict[str, Any]]) -> None:
    """Write down what is found in a group, or that it is nothing: then there is no part."""
    if rows:
        store.write(group.part, part(rows))
    else:
        store.write_json(f"{NOTHING}/{group.part}.json", {})


def _read(store: Store, group: Group) -> Iterator[tuple[Elected, list[dict[str, Any]]]]:
    """The projects of a group, with the rows of their files."""
    repositories = {each.project.owner.repository for each in group.elected}
    table = pa.concat_tables(fragments(store, group.bucket, repositories=repositories))
    elected = {each.project.name: each for each in group.elected}
    for project, numbers in projects_in(table):
        if project.name in elected:
            yield elected.pop(project.name), table.take(numbers).to_pylist()
    if elected:
        raise RuntimeError(f"bucket {group.bucket} has lost {', '.join(sorted(elected))}")


def _rows_of(elected: Elected, folder: _Folder, checker: Checker) -> Iterator[dict[str, Any]]:
    checked = checker.check(folder.job) if folder.job.files else Checked([], [])
    for owner in elected.owners:
        yield from _told(owner, folder, checked)


def _told(owner: Owner, folder: _Folder, checked: Checked) -> Iterator[dict[str, Any]]:
    """What is found in a project, told of one of its owners."""
    for found in checked.findings:
        file = found["filename"]
        path = owner.path or folder.names.get(file, file)
        yield finding_row(owner, path, folder.hashes.get(file, ""), found, folder.names)
    for file, text, line, cell in checked.problems:
        path = owner.path or folder.names.get(file, file)
        yield problem_row(owner, path, folder.hashes.get(file), text, line, cell)
    for path, text in folder.unread:
        yield problem_row(owner, owner.path or path, None, text)


def _laid_out(values: list[dict[str, Any]]) -> _Folder:
    folder = _Folder(Job({}, {}), {}, {}, [])
    taken: set[str] = set()
    for each in values:
        if each["mark"]:
            folder.job.marks[each["path"]] = each["content"]
        elif each["problem"]:
            folder.unread.append((each["path"], each["problem"]))
        else:
            place = placed(each["path"], taken)
            taken.add(place)
            folder.job.files[place] = each["content"]
            folder.names[place] = each["path"]
            folder.hashes[place] = hashlib.sha256(each["content"]).hexdigest()
    return folder
