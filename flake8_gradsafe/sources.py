"""Files as they are read and written: bytes, their encoding, and the text whose lines everybody counts alike."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from dataclasses import dataclass


class Unreadable(Exception):
    """A file that cannot be read or decoded: what is wrong, and the line where that is known."""

    def __init__(self, text: str, line: int | None = None) -> None:
        """Take what is wrong, in a few words."""
        super().__init__(text)
        self.text = text
        self.line = line


class Unwritable(Exception):
    """A file that cannot be written: why, in a few words."""


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded file. `text` is as it stands in the file, but for the byte order mark."""

    encoding: str
    text: str

    @property
    def translated(self) -> str:
        """The text with every line end as a newline, as Python reads it."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n")

    def encoded(self, text: str) -> bytes:
        """Another text, as bytes of the same encoding, with the byte order mark if there was one."""
        return text.encode(self.encoding)


def decode(data: bytes) -> Source:
    """Decode a file as Python does: by its byte order mark, its coding line, or as UTF-8. Raises Unreadable."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise Unreadable(str(error.msg), 1) from None
    try:
        return Source(encoding, data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"byte 0x{data[error.start]:02x} is no {encoding.removesuffix('-sig')}", line) from None


def read(path: str) -> bytes:
    """The bytes of a file. Raises Unreadable."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise Unreadable("is a directory" if stat.S_ISDIR(mode) else "is no regular file")
            return file.read()
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _without_waiting(path: str, flags: int) -> int:
    """Open at once: a pipe that nobody writes to would be waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write(path: str, data: bytes, tree: str | None = None) -> None:
    """Put `data` in the place of a file's content, whole or not at all, and keep its mode.

    Where the path is a link, what it points to is written, but only inside of `tree`. Raises Unwritable.
    """
    import tempfile

    target = os.path.realpath(path)
    if tree is not None and not is_inside(target, os.path.realpath(tree)):
        raise Unwritable(f"not written: a link to {target}, outside of {os.path.realpath(tree)}")
    temporary = None
    try:
        mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else None
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".gradsafe-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask() if mode is None else mode)
        os.replace(temporary, target)
    except OSError as error:
        raise Unwritable(f"not written: {(error.strerror or str(error)).lower()}") from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def is_inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder; both are absolute."""
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
