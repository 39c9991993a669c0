"""Files as they are read: bytes, their encoding, and the text whose lines everybody counts alike."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

#: Bytes of the largest file that is read.
LARGEST = 64 * 2**20
# Python counts them among the encodings of text. They decode names of hosts, or nothing.
_NO_TEXT = frozenset({"idna", "punycode", "undefined"})


class Unreadable(Exception):
    """A file that cannot be read or decoded: what is wrong, and the line where that is known."""

    def __init__(self, text: str, line: int | None = None) -> None:
        """Take what is wrong, in a few words."""
        super().__init__(text)
        self.text = text
        self.line = line


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


def cause(error: OSError) -> str:
    """Return the system's reason for an error, in its words, but for the one that we have for a directory."""
    return (error.strerror or str(error)).lower().replace("directory", "folder")


def decode(data: bytes) -> Source:
    """Decode a file as Python does: by its byte order mark, its coding line, or as UTF-8. Raises Unreadable."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise Unreadable(str(error.msg), 1) from None
    try:
        if codecs.lookup(encoding).name in _NO_TEXT:
            raise LookupError
        return Source(encoding, data.decode(encoding))
    except LookupError:
        raise Unreadable(f"{encoding} is not an encoding of text", 1) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"byte 0x{data[error.start]:02x} is no {encoding.removesuffix('-sig')}", line) from None
    except UnicodeError as error:
        raise Unreadable(f"is no {encoding}: {error}") from None


def read(path: str, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file that is no larger than so many bytes. Raises Unreadable."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise Unreadable("is a folder" if stat.S_ISDIR(mode) else "is no regular file")
            return read_all(file, largest)
    except OSError as error:
        raise Unreadable(cause(error)) from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


def read_all(file: BinaryIO, largest: int = LARGEST) -> bytes:
    """Return what is left to read of an open file, which may have no end.

    Raises Unreadable if it is too much, and OSError.
    """
    data = file.read(largest + 1)
    if len(data) > largest:
        raise Unreadable(f"is larger than {largest // 2**20} MiB")
    return data


def _without_waiting(path: str, flags: int) -> int:
    """Open at once: a pipe that nobody writes to would be waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_inside(path: str, folder: str) -> bool:
    """True if a path lies in a folder; both are absolute."""
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:
        return False
