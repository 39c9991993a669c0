"""Findings of earlier runs, by the content of files: a database in a folder that version control ignores.

Nothing in it is trusted further than data, wherever it came from: what is not as this would write it is thrown away, and a
cache that cannot be read or written is done without.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import sys
import time
from contextlib import contextmanager, suppress
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_gradsafe.cache.folder import make
from flake8_gradsafe.cache.serialised import dumped, loaded
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.analysis import Analysis, Task

_DAY = 24 * 60 * 60
#: After so many days without use an entry is forgotten.
_KEPT_DAYS = 30
#: Bytes of the largest database, and characters of the longest analysis, that are read.
LARGEST, LONGEST = 256 * 2**20, 4 * 2**20
_TABLE = "CREATE TABLE analyses (key TEXT PRIMARY KEY, analysis TEXT, day INTEGER)"
_SCHEMA = {("table", "analyses", _TABLE), ("index", "sqlite_autoindex_analyses_1", None)}
#: The bytes with which SQLite begins a database without a log beside it.
_HEADER, _VERSIONS = b"SQLite format 3\0", b"\1\1"
# SQLite does what these tell it.
_LOGS = ("-journal", "-wal", "-shm")
#: Steps of SQLite's machine: as many, so often, at most in a run.
_STEPS, _MOST_STEPS = 10_000, 5_000


class Cache:
    """Analyses by key. Several runs may use one at once."""

    def __init__(self, folder: Path | None) -> None:
        """Use a folder, or none: then nothing is remembered."""
        self._file = None if folder is None else folder / "analyses.sqlite"

    def known(self, tasks: Mapping[str, Task]) -> dict[str, Analysis]:
        """Return the analyses of these programs that are remembered."""
        if self._file is None or not os.path.lexists(self._file):
            return {}
        found: dict[str, Analysis] = {}
        today = int(time.time() // _DAY)
        old: list[tuple[int, str]] = []
        with suppress(OSError, sqlite3.Error), _opened(self._file) as database:
            if not _is_ours(database):
                return {}
            for key, task in tasks.items():
                row = database.execute(
                    "SELECT analysis, day FROM analyses"
                    " WHERE key = ? AND typeof(analysis) = 'text' AND length(analysis) <= ?",
                    (key, LONGEST),
                ).fetchone()
                analysis = None if row is None else loaded(row[0], task.text)
                if analysis is not None and _is_current(analysis, task):
                    found[key] = analysis
                    if row[1] != today:
                        old.append((today, key))
            if old:
                with database:
                    database.executemany("UPDATE analyses SET day = ? WHERE key = ?", old)
        return found

    def remember(self, analyses: Mapping[str, Analysis]) -> None:
        """Keep these for later runs."""
        if self._file is None or not analyses:
            return
        today = int(time.time() // _DAY)
        rows = [(key, dumped(analysis), today) for key, analysis in analyses.items()]
        with suppress(OSError, sqlite3.Error):
            make(self._file.parent)
            if not _stored(self._file, rows, today):
                self._file.unlink(missing_ok=True)
                _stored(self._file, rows, today)


def _is_current(analysis: Analysis, task: Task) -> bool:
    """True if the other files that an analysis depends on are as they were."""
    if not analysis.consulted:
        return True
    from flake8_gradsafe.project.imports import imports_of

    imports = imports_of(task.path)
    return imports is not None and imports.is_unchanged(analysis.consulted)


def _stored(file: Path, rows: list[tuple[str, str, int]], today: int) -> bool:
    """Write rows, and say whether that could be done: not where there is no database, or another one."""
    try:
        with _opened(file) as database, database:
            database.execute("BEGIN IMMEDIATE")  # one writer after another: the first of them makes the table
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                database.execute(_TABLE)
            if not _is_ours(database):
                return False
            database.executemany("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", rows)
            database.execute("DELETE FROM analyses WHERE day < ?", (today - _KEPT_DAYS,))
    except sqlite3.OperationalError:
        # Another run may be writing just now.
        raise
    except sqlite3.DatabaseError:
        return False
    return True


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the database of a file for as long as this lasts, so that nothing in it can do anything, or take long."""
    _throw_away_what_is_strange(file)
    database = sqlite3.connect(file, timeout=5)
    try:
        steps = count()
        database.set_progress_handler(lambda: int(next(steps) > _MOST_STEPS), _STEPS)
        database.execute("PRAGMA trusted_schema = OFF")
        # A log beside the file would be followed, whoever has written it.
        database.execute("PRAGMA journal_mode = MEMORY")
        yield database
    finally:
        database.close()


def _throw_away_what_is_strange(file: Path) -> None:
    """Remove the files that SQLite would follow, and those that it would not write so itself. Raises OSError."""
    for log in _LOGS:
        with suppress(FileNotFoundError):
            os.unlink(f"{file}{log}")
    with suppress(FileNotFoundError):
        if not _is_plain(file):
            os.unlink(file)


def _is_plain(file: Path) -> bool:
    """True if a file is a regular one of ours, with one name, of a bounded size, and the beginning of a plain database."""
    status = os.lstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1 or status.st_size > LARGEST:
        return False
    with open(file, "rb") as opened:
        head = opened.read(20)
    return not head or (head[:16], head[18:]) == (_HEADER, _VERSIONS)


def _is_ours(database: sqlite3.Connection) -> bool:
    """True if the database has the table that is made here and nothing else: a view or a trigger in it would be run."""
    return set(database.execute("SELECT type, name, sql FROM sqlite_master LIMIT 9")) == _SCHEMA


def key(task: Task, made_by: str) -> str:
    """Return the key of an analysis: of the program, the codes that were wanted, the place from which its imports are followed,
    and the version that analysed it."""
    digest = hashlib.sha256(made_by.encode())
    digest.update(",".join(sorted(task.wanted)).encode())
    digest.update(b"\0")
    if task.path is not None:
        digest.update(os.fsencode(os.path.abspath(task.path)))
    digest.update(b"\0")
    digest.update(task.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def analyser() -> str:
    """Return all that an analysis depends on beside the program: our version and files, Python's and libcst's versions."""
    package = Path(__file__).parent.parent
    files = sorted(_files(package))
    return "\n".join([__version__, sys.version, metadata.version("libcst"), *files])


#: The packages that decide what is found. The others only print it.
_DECIDING = (
    "autograd",
    "fixes",
    "flagging",
    "idioms",
    "interpreter",
    "knowledge",
    "prefilter",
    "project",
    "rules",
    "syntax",
)


def _files(package: Path) -> Iterable[str]:
    """The files that decide what is found, each with its size and when it was written."""
    folders = [str(package), *(str(package / name) for name in _DECIDING)]
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    if folder != str(package):
                        folders.append(entry.path)
                elif entry.name.endswith((".py", ".json")):
                    status = entry.stat()
                    yield f"{os.path.relpath(entry.path, package)} {status.st_size} {status.st_mtime_ns}"
