"""Looks after the client's process: when it is gone, others may still hold its pipes open."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds from one look to the next.
_PAUSE = 3


def watch(process: int | None, gone: Callable[[], None]) -> None:
    """Call `gone`, in a thread, once this process has ended. None means that there is none to watch."""
    # On Windows there is no such question, and the signal would end the process.
    if process is not None and process > 0 and sys.platform != "win32":
        threading.Thread(target=_watch, args=(process, gone), name="client", daemon=True).start()


def _watch(process: int, gone: Callable[[], None]) -> None:
    while _is_there(process):
        time.sleep(_PAUSE)
    gone()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it is another user's
    return True
