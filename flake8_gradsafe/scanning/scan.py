"""The whole way of a scan: survey, gather, outline, plan, analyse, summarise. Each step is written down when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flake8_gradsafe.scanning.analyse import analyse, analyse_share, lose, lose_share
from flake8_gradsafe.scanning.cluster import Stage, connected, run
from flake8_gradsafe.scanning.errors import BadScan
from flake8_gradsafe.scanning.gather import gather, write_repositories
from flake8_gradsafe.scanning.gather import name_of as name_of_gathered
from flake8_gradsafe.scanning.manifest import SUMMARY, begin, look_at, tool
from flake8_gradsafe.scanning.plan import NOTHING, Group, groups_of, split, unsplit
from flake8_gradsafe.scanning.projects import Project, outline
from flake8_gradsafe.scanning.shares import Share, shares_of
from flake8_gradsafe.scanning.shares import left as left_of
from flake8_gradsafe.scanning.shares import split as split_share
from flake8_gradsafe.scanning.sources import Partition, partitions_of
from flake8_gradsafe.scanning.storage import store_at
from flake8_gradsafe.scanning.summary import Summary, summarise
from flake8_gradsafe.scanning.survey import Survey, survey, surveyed
from flake8_gradsafe.scanning.survey import name_of as name_of_surveyed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from distributed import Client

    from flake8_gradsafe.scanning.checker import Checking
    from flake8_gradsafe.scanning.layouts import Columns
    from flake8_gradsafe.scanning.storage import Store

#: Bytes of Python for which there is a bucket, and the most buckets.
_BUCKET, _MOST_BUCKETS = 32 * 2**20, 1_024
_ENDED = "not analysed: its worker was ended several times, perhaps for want of memory"


@dataclass(frozen=True, slots=True)
class Scan:
    """What is scanned, how, by which cluster, and where the findings go."""

    words: Sequence[str]
    target: str
    columns: Columns
    checking: Checking
    resume: bool = False
    scheduler: str | None = None
    workers: int | None = None


class Watcher(Protocol):
    """Whoever is told how a scan goes on."""

    def started(self, dashboard: str, workers: int) -> None:
        """The cluster is there."""

    def progress(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """A step of so many files or tasks begins; the function is called as they are done."""


def scan(wanted: Scan, watcher: Watcher) -> Summary:
    """Scan what is wanted. Raises BadScan."""
    store = store_at(wanted.target)
    look_at(store, resume=wanted.resume)
    partitions = partitions_of(wanted.words, wanted.columns)
    if wanted.resume:
        begin(store, partitions, wanted.checking, resume=True)
    if store.has(SUMMARY):
        return Summary(**store.read_json(SUMMARY))
    with connected(wanted.scheduler, wanted.workers) as client:
        _same_everywhere(client)
        if not wanted.resume:
            begin(store, partitions, wanted.checking, resume=False)
        watcher.started(client.dashboard_link, len(client.nthreads()))
        steps = _Steps(client, store, watcher)
        whole, repositories = steps.survey(partitions)
        groups = groups_of(steps.outline(steps.gather(partitions, whole, repositories)))
        analysed = sum(group.files for group in groups)
        steps.analyse(groups, wanted.checking)
    made = summarise(store, whole, analysed)
    store.remove("_work")
    return made


def _same_everywhere(client: Client) -> None:
    """Refuse workers that would find something else."""
    for worker, found in client.run(tool, on_error="return").items():
        if isinstance(found, Exception):
            raise BadScan(f"{worker}: this worker has no flake8-gradsafe[scan]: {found}")
        if found != tool():
            raise BadScan(f"{worker}: this worker has {found}; here is {tool()}")


def _checked_tool(expected: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a worker that has the same version of gradsafe, also one that came later."""
    if tool() != expected:
        raise BadScan(f"a worker has {tool()}; the scan was begun by {expected}")
    return function(*arguments)


class _Steps:
    """The steps of a scan on a cluster, each without what is already written down."""

    def __init__(self, client: Client, store: Store, watcher: Watcher) -> None:
        self._client = client
        self._store = store
        self._watcher = watcher

    def survey(self, partitions: Sequence[Partition]) -> tuple[Survey, str]:
        """Look through all partitions; give what there is in all, and what tells the repositories with torch from others."""
        known = self._known("surveyed")
        left = [each for each in partitions if _last(name_of_surveyed(each)) not in known]
        self._each("looking for torch", "survey", survey, left)
        whole = Survey()
        names: dict[str, None] = {}
        for each in (surveyed(self._store, partition) for partition in partitions):
            whole.rows += each.rows
            whole.other += each.other
            whole.files += each.files
            whole.torch += each.torch
            whole.size += each.size
            names |= dict.fromkeys(each.repositories)
        return whole, write_repositories(self._store, names)

    def gather(self, partitions: Sequence[Partition], whole: Survey, repositories: str) -> int:
        """Put the rows of projects with torch into buckets; give how many there are."""
        buckets = max(1, min(_MOST_BUCKETS, whole.size // _BUCKET))
        known = self._known("gathered")
        left = [each for each in partitions if _last(name_of_gathered(each)) not in known]
        self._each("gathering projects", "gather", gather, left, buckets, repositories)
        return buckets

    def outline(self, buckets: int) -> dict[int, list[Project]]:
        """The projects of each bucket."""
        found: dict[int, list[Project]] = {}

        def done(bucket: int, projects: list[Project]) -> None:
            found[bucket] = projects

        stage = Stage[int]("outline", lambda bucket: self._call(outline, bucket), str, done)
        run(self._client, stage, range(buckets))
        return found

    def analyse(self, groups: Iterable[Group], checking: Checking) -> None:
        """Analyse the groups whose part is not written yet; those that end their workers are split."""
        groups = unsplit(groups, frozenset(self._known("split")))
        done = {*self._store.names(), *(name.removesuffix(".json") for name in self._store.names(NOTHING))}
        left = [group for group in groups if group.part not in done]
        total = sum(group.files for group in groups)
        with self._watcher.progress("analysing", total) as advance:
            advance(total - sum(group.files for group in left))
            large = {group: shares_of(group) for group in left}
            self._analyse_shares([share for shares in large.values() for share in shares], checking, advance)
            ending = self._analyse_groups(left, checking, advance)
            # Of a project that ends its workers, the files are looked at alone.
            alone = [Share(group, number, group.files) for group in ending for number in range(group.files)]
            self._analyse_shares(alone, checking, lambda _: None)
            for group in self._analyse_groups(ending, checking, advance):
                lose(self._store, group, _ENDED)
                advance(group.files)

    def _analyse_shares(self, shares: Iterable[Share], checking: Checking, advance: Callable[[int], None]) -> None:
        by_project: dict[Group, list[Share]] = {}
        for share in shares:
            by_project.setdefault(share.group, []).append(share)
        unknown = [share for those in by_project.values() for share in left_of(self._store, those)]

        def losing(share: Share) -> list[Share]:
            if share.files > 1:
                return split_share(self._store, share)
            lose_share(self._store, share, _ENDED)
            return []

        call = lambda share: self._call(analyse_share, share, checking)  # noqa: E731
        done = lambda share, _: advance(share.files)  # noqa: E731
        run(self._client, Stage[Share]("share", call, lambda share: share.key, done, losing), unknown)

    def _analyse_groups(
        self, groups: Iterable[Group], checking: Checking, advance: Callable[[int], None]
    ) -> list[Group]:
        """Analyse groups; give those with a single project that have ended their workers."""
        ending: list[Group] = []

        def losing(group: Group) -> list[Group]:
            if len(group.elected) > 1:
                return list(split(self._store, group))
            ending.append(group)
            return []

        call = lambda group: self._call(analyse, group, checking)  # noqa: E731
        done = lambda group, _: advance(0 if shares_of(group) else group.files)  # noqa: E731
        run(self._client, Stage[Group]("analyse", call, lambda group: group.key, done, losing), groups)
        return ending

    def _each(
        self, told: str, name: str, function: Callable[..., None], left: Sequence[Partition], *more: object
    ) -> None:
        with self._watcher.progress(told, len(left)) as advance:
            call = lambda partition: self._call(function, partition, *more)  # noqa: E731
            run(
                self._client,
                Stage[Partition](name, call, lambda partition: partition.key, lambda *_: advance(1)),
                left,
            )

    def _call(self, function: Callable[..., Any], *arguments: object) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _checked_tool, (tool(), function, self._store, *arguments)

    def _known(self, folder: str) -> list[str]:
        return self._store.names(f"_work/{folder}")


def _last(name: str) -> str:
    return name.rpartition("/")[2]
