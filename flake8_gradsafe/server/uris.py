"""Paths of documents, as their URIs name them."""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath
from urllib.parse import unquote, urlsplit

_DRIVE = re.compile(r"/[A-Za-z]:")


def path(uri: str, kind: type[PurePath] | None = None) -> PurePath | None:
    """The path of a `file:` URI, however it is escaped; None for what is no file, such as `untitled:`."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
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
    """What a document is called: its path, or what stands for one."""
    found = path(uri)
    return str(found) if found is not None else unquote(urlsplit(uri).path) or "untitled"
