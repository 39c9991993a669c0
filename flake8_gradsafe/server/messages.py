"""Messages as they come and go: a header with the length, an empty line, and the body."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

#: Longer lines and bodies than these are none of an editor's.
_LONGEST_LINE = 4096
_LONGEST_BODY = 512 * 2**20
#: Bytes that may wait for a client that does not read.
_MOST_WAITING = 256 * 2**20
#: Seconds that the last messages have to reach the client.
_PATIENCE = 5


class BadHeader(Exception):
    """A header without which nothing that follows can be told apart: what is wrong with it."""


def next_message(stream: BinaryIO) -> bytes | None:
    """The body of the next message, None where the client has gone. Raises BadHeader."""
    length = None
    while line := stream.readline(_LONGEST_LINE):
        if not line.endswith(b"\n"):
            if len(line) < _LONGEST_LINE:
                return None  # it has gone in the middle of a line
            raise BadHeader(f"a line of more than {_LONGEST_LINE} bytes")
        name, colon, value = line.strip().partition(b":")
        if not name:
            if length is None:
                raise BadHeader("it has no Content-Length")
            body = stream.read(length)
            return body if len(body) == length else None
        if not colon:
            raise BadHeader(f"{line[:80]!r} is no field of it")
        if name.strip().lower() == b"content-length":
            length = _length(value)
    return None


def _length(value: bytes) -> int:
    digits = value.strip()
    if not digits.isdigit() or len(digits) > len(str(_LONGEST_BODY)) or int(digits) > _LONGEST_BODY:
        raise BadHeader(f"Content-Length: {digits[:20].decode('ascii', 'backslashreplace')}")
    return int(digits)


class Writer:
    """Sends what it is given from a thread of its own, so that a client that does not read keeps nobody waiting."""

    def __init__(self, stream: BinaryIO, lost: Callable[[], None]) -> None:
        """Write to a stream. `lost` is called in the thread once that cannot be done any more."""
        self._stream = stream
        self._lost = lost
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._size = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Have something sent."""
        with self._lock:
            self._size += len(data)
            too_much = self._size > _MOST_WAITING
        if too_much:
            self._lost()
        self._waiting.put(data)

    def close(self) -> None:
        """Send what waits still, if the client takes it."""
        self._waiting.put(None)
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        while (data := self._waiting.get()) is not None:
            try:
                self._stream.write(data)
                self._stream.flush()
            except (OSError, ValueError):
                self._lost()
                return
            with self._lock:
                self._size -= len(data)
