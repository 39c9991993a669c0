"""Files as they are written: whole or not at all, and only where nothing is lost by it."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from flake8_gradsafe.source.files import Unreadable, cause, is_inside, read
from flake8_gradsafe.source.ownership import CannotKeep, keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


class Unwritable(Exception):
    """A file that is not written, and why in a few words."""

    def __init__(self, reason: str) -> None:
        """Take the reason."""
        super().__init__(f"not written: {reason}")


def write(path: str, data: bytes, tree: str) -> None:
    """Put bytes into a file, which may be new. It is written under the conditions of `rewrite`. Raises Unwritable."""
    if os.path.lexists(path):
        try:
            rewrite(path, read(path), data, tree)
        except Unreadable as error:
            raise Unwritable(error.text) from None
        return
    with _telling(), _beside(path, data, 0o666) as file:
        _replace(path, file)


def rewrite(path: str, before: bytes, after: bytes, tree: str) -> None:
    """Put other bytes in the place of those that were read of a file, which keeps its owner, mode and extended attributes.

    Where the path is a link, the file that it points to is written, but only inside of `tree`. A file is left alone that has
    changed since it was read, is read-only, has several names, or could not keep what it has. Raises Unwritable.
    """
    target = os.path.realpath(path)
    if not is_inside(target, os.path.realpath(tree)):
        raise Unwritable(f"a link to {target}, outside of {os.path.realpath(tree)}")
    if _content(target) == after:
        # Written under another name.
        return
    with _telling():
        status = _writable(target)
        with _beside(target, after, 0o600) as file:
            keep(target, status, file.fileno())
            if _content(target) != before:
                raise Unwritable(f"it {'has changed' if os.path.lexists(target) else 'was removed'} since it was read")
            _replace(target, file)


def _writable(target: str) -> os.stat_result:
    """Return the system's facts about a file that may be replaced by another."""
    if not os.path.lexists(target):
        raise Unwritable("it was removed since it was read")
    status = os.lstat(target)
    if not stat.S_ISREG(status.st_mode):
        raise Unwritable("it is no regular file")
    if status.st_nlink > 1:
        raise Unwritable(f"it has {status.st_nlink} names (hard links), and the others would keep the old text")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise Unwritable("it is read-only")
    return status


def _content(target: str) -> bytes | None:
    try:
        return read(target)
    except Unreadable:
        return None


@contextmanager
def _beside(target: str, data: bytes, mode: int) -> Iterator[BinaryIO]:
    """Keep a new file with these bytes beside another, as long as this lasts."""
    temporary = os.path.join(os.path.dirname(target), f".gradsafe-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            yield file
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _replace(target: str, file: BinaryIO) -> None:
    """Let a file take the place of another. Windows lets only closed ones."""
    file.close()
    os.replace(file.name, target)


@contextmanager
def _telling() -> Iterator[None]:
    """Tell in a few words what the system refuses while this lasts."""
    try:
        yield
    except CannotKeep as error:
        raise Unwritable(f"{error} could not be kept") from None
    except OSError as error:
        raise Unwritable(cause(error)) from None
