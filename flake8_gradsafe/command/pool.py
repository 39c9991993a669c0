"""Programs analysed in several processes. A program that ends its process is told as such; the others are not lost."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flake8_gradsafe.inspection import Analysis, analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: A program's text, and the codes that are wanted of it.
Task = tuple[str, frozenset[str]]

# A process costs as much as the analysis of some hundred lines.
_ALONE = 20_000
# So that a process with an easy share can take from what the others still have before them.
_CHUNKS_PER_JOB = 32
_SMALLEST = 10_000
_KILLED = Analysis(
    problem="not analysed: its process was ended from outside, perhaps for want of memory", lasting=False
)


def analyse_all(tasks: dict[str, Task], jobs: int, done: Callable[[dict[str, Analysis]], None]) -> None:
    """Analyse programs by their keys, and hand the results over as they come, in no order."""
    jobs = min(jobs, len(tasks))
    if jobs < 2 or sum(len(text) for text, _ in tasks.values()) < _ALONE:
        _run_here(_chunks(tasks, 1), tasks, done)
        return
    lost: list[str] = []
    _run(_chunks(tasks, jobs), tasks, jobs, done, lost.extend)
    for key in lost:
        _run([[key]], tasks, 1, done, lambda keys: done(dict.fromkeys(keys, _KILLED)))


def _run_here(chunks: Iterable[list[str]], tasks: dict[str, Task], done: Callable[[dict[str, Analysis]], None]) -> None:
    for chunk in chunks:
        done(_work({key: tasks[key] for key in chunk}))


def _executor(jobs: int) -> ProcessPoolExecutor | None:
    """Processes that work; None where the system has no semaphores for them, or lets nobody have one."""
    try:
        return ProcessPoolExecutor(jobs, initializer=_begin)
    except (OSError, ImportError, NotImplementedError):
        return None


def _run(
    chunks: list[list[str]],
    tasks: dict[str, Task],
    jobs: int,
    done: Callable[[dict[str, Analysis]], None],
    lose: Callable[[Iterable[str]], None],
) -> None:
    executor = _executor(jobs)
    if executor is None:
        _run_here(chunks, tasks, done)
        return
    try:
        running: dict[Future[dict[str, Analysis]], list[str]] = {}
        for chunk in chunks:
            with _losing(chunk, lose):
                running[executor.submit(_work, {key: tasks[key] for key in chunk})] = chunk
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                with _losing(running.pop(future), lose):
                    done(future.result())
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    executor.shutdown()


@contextmanager
def _losing(chunk: list[str], lose: Callable[[Iterable[str]], None]) -> Iterator[None]:
    """Within this, a worker's death loses a chunk."""
    try:
        yield
    except BrokenProcessPool:
        lose(chunk)


def _chunks(tasks: dict[str, Task], jobs: int) -> list[list[str]]:
    """Shares of about equal size, the largest programs first."""
    by_size = sorted(tasks, key=lambda key: len(tasks[key][0]), reverse=True)
    total = sum(len(text) for text, _ in tasks.values())
    limit = max(_SMALLEST, total // (jobs * _CHUNKS_PER_JOB))
    chunks: list[list[str]] = []
    size = limit
    for key in by_size:
        length = len(tasks[key][0])
        if size + length > limit:
            chunks.append([])
            size = 0
        chunks[-1].append(key)
        size += length
    return chunks


def _begin() -> None:
    """Leave an interrupt to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(tasks: dict[str, Task]) -> dict[str, Analysis]:
    """Analyse a share. Garbage is collected once after it: the collector's own pauses are a tenth of the time."""
    gc.freeze()
    gc.disable()
    try:
        return {key: analyse(*task) for key, task in tasks.items()}
    finally:
        gc.enable()
        gc.collect()
