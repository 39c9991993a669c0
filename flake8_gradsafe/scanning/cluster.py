"""Tasks on a Dask cluster: one of our own on this machine, or the user's."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import uuid4

import dask
from distributed import Client, LocalCluster, wait
from distributed.client import FutureCancelledError, FuturesCancelledError
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker
from distributed.utils import TimeoutError as WaitTimeout

from flake8_gradsafe.scanning.errors import BadScan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")

#: So many tasks for each thread are handed over before the first of them is done.
_AHEAD = 4
#: Seconds in which a scheduler answers, or comes back; and after which it is said that there are no workers.
_PATIENCE, _NO_WORKERS = 30.0, 10.0
#: So often a task fails by an error, as one of a network, before the scan ends.
_RETRIES = 2


class Stage(NamedTuple, Generic[Item]):
    """Tasks of one kind: what is called with each item, how an item's task is known, and what happens to those that are lost.

    `losing` may give items to do instead.
    """

    name: str
    call: Callable[[Item], tuple[Callable[..., Any], tuple[Any, ...]]]
    key: Callable[[Item], str]
    done: Callable[[Item, Any], None]
    losing: Callable[[Item], list[Item]] | None = None


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """A client of the scheduler that is named; else of a cluster on this machine, for as long as this lasts."""
    for name in ("distributed", "distributed.client", "distributed.nanny", "distributed.scheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is told by us, in one line
    with dask.config.set({"distributed.comm.timeouts.connect": _PATIENCE}):
        if scheduler is not None:
            with _client(scheduler) as client:
                yield client
            return
        with _local(workers) as cluster, Client(cluster) as client:
            yield client


def _client(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise BadScan(f"--scheduler {scheduler}: no scheduler answers there: {type(error).__name__}") from None


def _local(workers: int | None) -> LocalCluster:
    # A worker that is ended by its own memory is started again; what it did is done elsewhere.
    made: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "silence_logs": 50}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a port that is taken: another one is
            return LocalCluster(**made, dashboard_address="127.0.0.1:8787", host="127.0.0.1")
    except (OSError, RuntimeError) as error:
        raise BadScan(f"no cluster can be started on this machine: {error}") from None


def run(client: Client, stage: Stage[Item], items: Iterable[Item]) -> None:
    """Do a stage for all items, some of them at once. Raises BadScan where it cannot be done."""
    mark = uuid4().hex[:8]  # what another client asked for is not meant
    pending = list(items)[::-1]
    running: dict[Any, Item] = {}
    watch = _Watch(client)
    try:
        while pending or running:
            ahead = max(8, _AHEAD * watch.threads)
            while pending and len(running) < ahead:
                item = pending.pop()
                running[_submitted(client, stage, item, mark)] = item
            for future in _finished(running, watch):
                pending += _ended(stage, future, running.pop(future))
    except (CommClosedError, FutureCancelledError, FuturesCancelledError, OSError) as error:
        raise watch.gone() from error
    finally:
        if running and client.status == "running":
            client.cancel(list(running), force=True)


def _submitted(client: Client, stage: Stage[Item], item: Item, mark: str) -> Any:
    function, arguments = stage.call(item)
    key = f"gradsafe-{stage.name}-{stage.key(item)}-{mark}"
    try:
        return client.submit(function, *arguments, key=key, retries=_RETRIES, pure=False)
    except RuntimeError as error:  # the client is closed
        raise CommClosedError(str(error)) from None


def _finished(running: dict[Any, Any], watch: _Watch) -> set[Any]:
    try:
        return set(wait(list(running), timeout=1, return_when="FIRST_COMPLETED").done)
    except (TimeoutError, WaitTimeout):  # they are one from Python 3.11 on
        watch.look()
        return set()


def _ended(stage: Stage[Item], future: Any, item: Item) -> list[Item]:
    """Take the result of a task, and give what is to be done instead where it is lost."""
    if future.status == "cancelled":
        raise CommClosedError("cancelled")
    error = future.exception() if future.status == "error" else None
    if error is None:
        stage.done(item, future.result())
        return []
    if isinstance(error, KilledWorker) and stage.losing is not None:
        return stage.losing(item)
    if isinstance(error, BadScan):
        raise error
    said = " ".join(f"{type(error).__name__}: {error}".split())
    raise BadScan(f"{item}: {stage.name}: {said}; what is done is kept for --resume")


class _Watch:
    """Looks after the cluster while nothing is done."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gone_since: float | None = None
        self._idle_since: float | None = None
        self._address = str(client.scheduler.address)
        self._asked, self._threads = 0.0, 1

    @property
    def threads(self) -> int:
        """How many tasks the workers do at once."""
        now = time.monotonic()
        if now - self._asked > 5:
            self._asked = now
            self._threads = max(1, sum(self._client.nthreads().values()))
        return self._threads

    def look(self) -> None:
        """Raise CommClosedError where the scheduler is gone, and tell where there are no workers."""
        now = time.monotonic()
        if self._client.status != "running":
            self._gone_since = self._gone_since or now
            if self._client.status == "closed" or now - self._gone_since > _PATIENCE:
                raise CommClosedError("gone")
            return
        self._gone_since = None
        if self._client.nthreads():
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif _NO_WORKERS < now - self._idle_since < float("inf"):
            self._idle_since = float("inf")
            print("gradsafe: the scheduler has no workers: waiting for them", file=sys.stderr)

    def gone(self) -> BadScan:
        """The error for a scheduler that went away."""
        return BadScan(f"{self._address}: the scheduler went away; what is done is kept for --resume")
