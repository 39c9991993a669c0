"""A project too large for one task: its files are analysed in shares, and what is said of them is put together later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.scanning.plan import SHARE, Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_gradsafe.scanning.projects import Project
    from flake8_gradsafe.scanning.protocol import Job
    from flake8_gradsafe.scanning.storage import Store


@dataclass(frozen=True, slots=True)
class Share:
    """Each so-many-th of the files of a project that mention torch, from one on. The group has that project alone."""

    group: Group
    first: int
    step: int

    def __str__(self) -> str:
        """How a message names it."""
        return f"{self.group}, a share of {self.files} files"

    @property
    def name(self) -> str:
        """What tells it from the project's others."""
        return f"{self.first}-{self.step}"

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.group.key}-{self.name}"

    @property
    def files(self) -> int:
        """How many files it has."""
        return len(range(self.first, self.group.files, self.step))

    def of(self, files: Sequence[str]) -> Sequence[str]:
        """The files of the share, of all those of the project."""
        return files[self.first :: self.step]

    def halves(self) -> list[Share]:
        """Two shares with its files; only of one that has several."""
        return [Share(self.group, first, 2 * self.step) for first in (self.first, self.first + self.step)]


def shares_of(group: Group) -> list[Share]:
    """The shares of a group with one large project; of others none."""
    count = -(-group.size // SHARE) if len(group.elected) == 1 else 1
    return [Share(group, number, count) for number in range(count)] if count > 1 else []


def keep(store: Store, share: Share, job: Job) -> None:
    """Write down what the engine says of the files of a share."""
    store.write_json(f"{_folder(share)}/{share.name}.json", {"known": job.known, "given_up": job.given_up})


def split(store: Store, share: Share) -> list[Share]:
    """Split a share, and write that down."""
    store.write_json(f"{_folder(share)}/{share.name}.split", {})
    return share.halves()


def left(store: Store, shares: Iterable[Share]) -> list[Share]:
    """The shares of a project of which nothing is written down yet, those that were split as their halves."""
    pending, found = list(shares), []
    names = frozenset(store.names(_folder(pending[0]))) if pending else frozenset()
    while pending:
        share = pending.pop(0)
        if f"{share.name}.split" in names:
            pending += share.halves()
        elif f"{share.name}.json" not in names:
            found.append(share)
    return found


def add_earlier(store: Store, project: Project, job: Job) -> None:
    """Give a job what was written down of a project's shares."""
    folder = f"_work/shares/{project.digest}"
    for name in store.names(folder):
        if name.endswith(".json"):
            told = store.read_json(f"{folder}/{name}")
            job.known.update(told["known"])
            job.given_up.update(told["given_up"])


def _folder(share: Share) -> str:
    return f"_work/shares/{share.group.elected[0].project.digest}"
