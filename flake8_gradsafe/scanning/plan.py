"""Which projects are analysed, each of the same only once, and which of them by one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.scanning.errors import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_gradsafe.scanning.projects import Owner, Project
    from flake8_gradsafe.scanning.storage import Store

#: Bytes of the files that mention torch which one task analyses.
SHARE = 2**20
#: Where it is written down that nothing was found in a group.
NOTHING = "_work/nothing"


@dataclass(frozen=True, slots=True)
class Elected:
    """A project that is analysed for all that are the same: its owner is the first of theirs."""

    project: Project
    owners: tuple[Owner, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Projects of one bucket that a task analyses, and writes down in one part."""

    bucket: int
    elected: tuple[Elected, ...]

    @property
    def key(self) -> str:
        """What tells the group from others."""
        return digest(*(repr(each) for each in self.elected))

    def __str__(self) -> str:
        """How a message names it."""
        names = ", ".join(each.project.owner.repository or each.project.owner.path or "" for each in self.elected[:3])
        return f"{names} and {len(self.elected) - 3} more" if len(self.elected) > 3 else names

    @property
    def part(self) -> str:
        """The file that holds what is found in it."""
        return f"part-{self.key}.parquet"

    @property
    def size(self) -> int:
        """Bytes of its files that mention torch."""
        return sum(each.project.size for each in self.elected)

    @property
    def files(self) -> int:
        """How many files mention torch."""
        return sum(each.project.files for each in self.elected)

    def halves(self) -> tuple[Group, Group]:
        """Two groups with its projects; only of one that has several."""
        middle = len(self.elected) // 2
        return Group(self.bucket, self.elected[:middle]), Group(self.bucket, self.elected[middle:])


def groups_of(outlines: Mapping[int, Iterable[Project]]) -> list[Group]:
    """The groups of all buckets, the largest first."""
    same: dict[str, list[tuple[int, Project]]] = {}
    for bucket in sorted(outlines):
        for project in outlines[bucket]:
            same.setdefault(project.digest, []).append((bucket, project))
    buckets: dict[int, list[Elected]] = {}
    for those in same.values():
        bucket, project = those[0]
        buckets.setdefault(bucket, []).append(Elected(project, tuple(each.owner for _, each in those)))
    groups = [group for bucket, elected in buckets.items() for group in _shares(bucket, elected)]
    return sorted(groups, key=lambda group: (-group.size, group.key))


def _shares(bucket: int, elected: list[Elected]) -> Iterable[Group]:
    held: list[Elected] = []
    size = 0
    for each in elected:
        if held and size + each.project.size > SHARE:
            yield Group(bucket, tuple(held))
            held, size = [], 0
        held.append(each)
        size += each.project.size
    if held:
        yield Group(bucket, tuple(held))


def split(store: Store, group: Group) -> tuple[Group, Group]:
    """Split a group, and write that down: it will never be looked for as a whole again."""
    store.write_json(_name_of_split(group), {"projects": len(group.elected)})
    return group.halves()


def unsplit(groups: Iterable[Group], splits: frozenset[str]) -> list[Group]:
    """The groups, those that were split earlier as their halves."""
    pending, found = list(groups), []
    while pending:
        group = pending.pop()
        if _name_of_split(group).rpartition("/")[2] in splits:
            pending += group.halves()
        else:
            found.append(group)
    return sorted(found, key=lambda group: (-group.size, group.key))


def _name_of_split(group: Group) -> str:
    return f"_work/split/{group.key}.json"
