"""The threads that analyse, beside the one that speaks with the editor."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.stack import declare_large

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

#: Bytes of stack. What a system gives to a thread by itself may be a tenth of what the deepest text that is read needs.
STACK = 64 * 2**20


class Worker:
    """Does so many jobs at once. A job whose future is cancelled before its turn is not begun."""

    def __init__(self, threads: int = 1) -> None:
        """Start the threads, which end with the process."""
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        usual = threading.stack_size(STACK)
        try:
            for _ in range(threads):
                threading.Thread(target=self._work, name="analysis", daemon=True).start()
        finally:
            threading.stack_size(usual)

    def submit(self, job: Callable[[], Result]) -> Future[Result]:
        """Add a job, and return its future."""
        future: Future[Result] = Future()
        self._jobs.put(lambda: _do(job, future))
        return future

    def _work(self) -> None:
        declare_large()
        while True:
            self._jobs.get()()


def _do(job: Callable[[], Result], future: Future[Result]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001
        future.set_exception(error)
