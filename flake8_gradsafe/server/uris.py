"""Paths of documents, as their URIs name them."""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath
from urllib.parse import SplitResult, unquote, urlsplit

_DRIVE = re.compile(r"/[A-Za-z]:")


def path(uri: str, kind: type[PurePath] | None = None) -> PurePath | None:
    """The path of a `file:` URI, however it is escaped; None for what is no file, such as `untitled:`."""
    parts = _parts(uri)
    if parts is None or parts.scheme != "file":
        return None
    kind = kind or type(PurePath())
    # Names of files need not be UTF-8.
    name = unquote(parts.path, errors="surrogateescape")
    if parts.netloc not in {"", "localhost"}:
        name = f"//{unquote(parts.netloc)}{name}"
    elif issubclass(kind, PureWindowsPath) and _DRIVE.match(name):
        name = name[1:]
    return kind(name)


def name(uri: str) -> str:
    """Return the name of a document: its path, or what stands for one."""
    found = path(uri)
    if found is not None:
        return str(found)
    parts = _parts(uri)
    return (uri if parts is None else unquote(parts.path)) or "untitled"


def readable(uri: str | None) -> str | None:
    """A URI, None where it is none."""
    return uri if uri and _parts(uri) is not None else None


def _parts(uri: str) -> SplitResult | None:
    try:
        return urlsplit(uri)
    except ValueError:
        return None
