"""The owner of a file, its permissions, and what else the system keeps of it beside its content."""

from __future__ import annotations

import errno
import os
import stat
import sys

# The system computes these of the content.
_COMPUTED = frozenset({"security.evm", "security.ima"})


class CannotKeep(Exception):
    """A property of a file that its replacement cannot have, in a few words."""


def keep(path: str, status: os.stat_result, descriptor: int) -> None:
    """Give a new file, open under a descriptor, what a file has beside its content. Raises CannotKeep."""
    if not hasattr(os, "fchown"):
        return
    _keep_owner(status, descriptor)
    _keep_attributes(path, descriptor)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    if os.fstat(descriptor).st_mode != status.st_mode:
        raise CannotKeep("its mode")


def _keep_owner(status: os.stat_result, descriptor: int) -> None:
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
    except OSError:
        raise CannotKeep("its owner and group") from None


def _keep_attributes(path: str, descriptor: int) -> None:
    """Extended attributes, of which access control lists are some."""
    if sys.platform != "linux":
        return
    wanted, given = _attributes(path), _attributes(descriptor)
    differing = sorted(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
    try:
        for name in differing:
            if name in wanted:
                os.setxattr(descriptor, name, wanted[name])
            else:
                os.removexattr(descriptor, name)
    except OSError:
        raise CannotKeep(f"its extended attribute {name}") from None


def _attributes(file: str | int) -> dict[str, bytes]:
    if sys.platform != "linux":
        return {}
    try:
        return {name: os.getxattr(file, name) for name in os.listxattr(file) if name not in _COMPUTED}
    except OSError as error:
        if error.errno in {errno.ENOTSUP, errno.ENOSYS}:
            return {}
        raise
