"""The folder of earlier findings: it belongs to the user, and is no link to another."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

FOLDER = ".gradsafe_cache"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of gradsafe. It may be deleted at any time.\n"


def cache_folder(named: str | None) -> Path | None:
    """The folder that is named; else one in the working folder, or, where that is somebody else's, in the user's own cache.

    None where it is no folder that may be used.
    """
    if named is not None:
        return Path(named)
    here = Path(FOLDER)
    if _is_users(Path(os.curdir)) and (_is_users(here) or not os.path.lexists(here)):
        return here if _is_folder(here) else None
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folder = home / "gradsafe"
    return folder if home.is_absolute() and _is_folder(folder) and _is_users(folder) else None


def make(folder: Path) -> None:
    """Make the folder, which version control and backups pass over. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
        # What is there is left alone, a link to nowhere as well.
        with suppress(FileExistsError), open(folder / name, "x", encoding="ascii") as file:
            file.write(text)


def _is_folder(path: Path) -> bool:
    """True if a path is a folder itself, and no link to one, or if a folder can be made there."""
    with suppress(OSError):
        return stat.S_ISDIR(os.lstat(path).st_mode)
    return not os.path.lexists(path)


def _is_users(path: Path) -> bool:
    """True if a path belongs to the user, or does not exist yet."""
    if not hasattr(os, "geteuid"):
        return True
    with suppress(OSError):
        return os.lstat(path).st_uid == os.geteuid()
    return not os.path.lexists(path)
