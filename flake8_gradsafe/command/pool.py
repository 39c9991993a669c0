"""Programs analysed in several processes. A program that ends its process is told as such; the others are not lost."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import Analysis, analyse_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.analysis import Task


# A process costs as much as the analysis of some hundred lines.
_ALONE = 20_000
# So that a process with an easy share can take from what the others still have before them.
_CHUNKS_PER_JOB = 32
_SMALLEST = 10_000
#: Seconds after which those that hand over the work and the results are looked after.
_PATIENCE = 1.0
# The errors that are raised where no semaphores, processes, threads or descriptors are to be had.
_REFUSALS = (OSError, ImportError, NotImplementedError, EOFError, RuntimeError)
_KILLED = Analysis(
    problem="not analysed: its process was ended from outside, perhaps for want of memory", lasting=False
)


def analyse_all(tasks: dict[str, Task], jobs: int, done: Callable[[dict[str, Analysis]], None]) -> None:
    """Analyse programs by their keys, and hand the results over as they come, in no order.

    Where the system gives no processes, or no more, this one does what is left.
    """
    jobs = min(jobs, len(tasks))
    if jobs < 2 or sum(len(task.text) for task in tasks.values()) < _ALONE:
        _run_here(tasks, done)
        return
    left = dict(tasks)

    def keep(results: dict[str, Analysis]) -> None:
        for key in results:
            del left[key]
        done(results)

    with suppress(*_REFUSALS), _helpers_dying_silently():
        lost: list[str] = []
        _run(_chunks(tasks, jobs), tasks, jobs, keep, lost.extend)
        for key in lost:
            _run([[key]], tasks, 1, keep, lambda keys: keep(dict.fromkeys(keys, _KILLED)))
        return
    # Gives back what the attempt still holds.
    gc.collect()
    _run_here(left, done)


def _run_here(tasks: dict[str, Task], done: Callable[[dict[str, Analysis]], None]) -> None:
    for chunk in _chunks(tasks, 1):
        done(_work({key: tasks[key] for key in chunk}))


def _run(
    chunks: list[list[str]],
    tasks: dict[str, Task],
    jobs: int,
    done: Callable[[dict[str, Analysis]], None],
    lose: Callable[[Iterable[str]], None],
) -> None:
    others = set(threading.enumerate())
    executor = ProcessPoolExecutor(jobs, initializer=_begin)
    try:
        running: dict[Future[dict[str, Analysis]], list[str]] = {}
        for chunk in chunks:
            with _losing(chunk, lose):
                running[executor.submit(_work, {key: tasks[key] for key in chunk})] = chunk
        helpers = set(threading.enumerate()) - others
        while running:
            finished = wait(running, timeout=_PATIENCE, return_when=FIRST_COMPLETED).done
            if not finished and not any(helper.is_alive() for helper in helpers):
                raise RuntimeError("nobody is left to hand over what is done")
            for future in finished:
                with _losing(running.pop(future), lose):
                    done(future.result())
    except BaseException as error:
        for process in multiprocessing.active_children():
            process.terminate()
        executor.shutdown(wait=isinstance(error, _REFUSALS), cancel_futures=True)
        raise
    executor.shutdown()


@contextmanager
def _losing(chunk: list[str], lose: Callable[[Iterable[str]], None]) -> Iterator[None]:
    """Count a chunk as lost if a worker dies while this lasts."""
    try:
        yield
    except BrokenProcessPool:
        lose(chunk)


@contextmanager
def _helpers_dying_silently() -> Iterator[None]:
    """End a thread of the pool that finds no means to work without a traceback, while this lasts."""
    usual = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        yield
    finally:
        threading.excepthook = usual


def _chunks(tasks: dict[str, Task], jobs: int) -> list[list[str]]:
    """Return shares of about equal size, the largest programs first."""
    by_size = sorted(tasks, key=lambda key: len(tasks[key].text), reverse=True)
    total = sum(len(task.text) for task in tasks.values())
    limit = max(_SMALLEST, total // (jobs * _CHUNKS_PER_JOB))
    chunks: list[list[str]] = []
    size = limit
    for key in by_size:
        length = len(tasks[key].text)
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
        return {key: _analysed(task) for key, task in tasks.items()}
    finally:
        gc.enable()
        gc.collect()


def _analysed(task: Task) -> Analysis:
    if task.path is None:
        return analyse_stored(task.text, task.wanted)
    from flake8_gradsafe.project.imports import imports_of

    return analyse_stored(task.text, task.wanted, imports_of(task.path))
