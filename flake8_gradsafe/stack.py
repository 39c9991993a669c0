"""A stack that suffices for programs that nest deep: what a system gives to a thread by itself may be a tenth of that.

The main thread of a process usually has one. Elsewhere a thread is started, which takes a millisecond.
"""

from __future__ import annotations

import sys
import threading
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

#: Bytes of a stack that suffices, and of those that are made. The deepest program that is read takes 2 MiB.
ENOUGH, OURS = 6 * 2**20, 16 * 2**20
_here = threading.local()
_starting = threading.Lock()


def on_large_stack(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Have a function run where the stack suffices. It raises MemoryError besides, where no thread can be started."""

    @wraps(function)
    def called(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if _is_large():
            return function(*args, **kwargs)
        return _elsewhere(lambda: function(*args, **kwargs))

    return called


def declare_large() -> None:
    """Say that the stack of this thread suffices."""
    _here.is_large = True


def _is_large() -> bool:
    if getattr(_here, "is_large", False):
        return True
    return threading.current_thread() is threading.main_thread() and _main_is_large()


def _main_is_large() -> bool:
    if sys.platform == "win32":
        return False
    import resource

    limit = resource.getrlimit(resource.RLIMIT_STACK)[0]
    return limit == resource.RLIM_INFINITY or limit >= ENOUGH


def _elsewhere(job: Callable[[], Result]) -> Result:
    """What a job gives or raises in a thread with a large stack."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        declare_large()
        try:
            results.append(job())
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=work, name="analysis", daemon=True)
    _start(thread)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _start(thread: threading.Thread) -> None:
    # The size is that of all threads that are started from now on.
    with _starting:
        usual = threading.stack_size(OURS)
        try:
            thread.start()
        except RuntimeError as error:
            raise MemoryError("no thread can be started") from error
        finally:
            threading.stack_size(usual)
