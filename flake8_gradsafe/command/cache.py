"""What was found in earlier runs, by the content of files: a database in a folder that version control ignores.

Nothing in it is trusted further than data: what cannot be read is as if it were not there, and a cache that cannot be
written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.finding import Edit, Finding, Fix, Location, Step
from flake8_gradsafe.inspection import Analysis
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = ".gradsafe_cache"
_DAY = 24 * 60 * 60
#: After so many days without use an entry is forgotten.
_KEPT_DAYS = 30
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of gradsafe. It may be deleted at any time.\n"


class Cache:
    """Analyses by key. Several runs may use one at once."""

    def __init__(self, folder: Path | None) -> None:
        """Use a folder, or none: then nothing is remembered."""
        self._file = None if folder is None else folder / "analyses.sqlite"

    def known(self, keys: Iterable[str]) -> dict[str, Analysis]:
        """What is remembered of these."""
        if self._file is None or not self._file.is_file():
            return {}
        found: dict[str, Analysis] = {}
        today = int(time.time() // _DAY)
        old: list[tuple[int, str]] = []
        try:
            with closing(sqlite3.connect(self._file, timeout=5)) as database:
                for key in keys:
                    row = database.execute("SELECT analysis, day FROM analyses WHERE key = ?", (key,)).fetchone()
                    analysis = None if row is None else _loaded(row[0])
                    if analysis is not None:
                        found[key] = analysis
                        if row[1] != today:
                            old.append((today, key))
                if old:
                    with database:
                        database.executemany("UPDATE analyses SET day = ? WHERE key = ?", old)
        except sqlite3.Error:
            return found
        return found

    def remember(self, analyses: Mapping[str, Analysis]) -> None:
        """Keep these for later runs."""
        if self._file is None or not analyses:
            return
        today = int(time.time() // _DAY)
        rows = [(key, _dumped(analysis), today) for key, analysis in analyses.items()]
        try:
            self._make_folder(self._file.parent)
            try:
                self._store(self._file, rows, today)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    return
                # No database, or a damaged one.
                self._file.unlink(missing_ok=True)
                self._store(self._file, rows, today)
        except (OSError, sqlite3.Error):
            return

    @staticmethod
    def _store(file: Path, rows: list[tuple[str, str, int]], today: int) -> None:
        with closing(sqlite3.connect(file, timeout=5)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS analyses (key TEXT PRIMARY KEY, analysis TEXT, day INTEGER)")
            database.executemany("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", rows)
            database.execute("DELETE FROM analyses WHERE day < ?", (today - _KEPT_DAYS,))

    @staticmethod
    def _make_folder(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            if not (folder / name).exists():
                (folder / name).write_text(text, encoding="ascii")


def key(text: str, wanted: frozenset[str], made_by: str) -> str:
    """What an analysis is known by: the program, the codes that were wanted, and what analysed it."""
    digest = hashlib.sha256(made_by.encode())
    digest.update(",".join(sorted(wanted)).encode())
    digest.update(b"\0")
    digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def analyser() -> str:
    """All that an analysis depends on beside the program: our version and files, Python's and libcst's versions."""
    package = Path(__file__).parent.parent
    files = sorted(_files(package))
    return "\n".join([__version__, sys.version, metadata.version("libcst"), *files])


def _files(folder: Path) -> Iterable[str]:
    """Our files as they were last written. Those of the model count, not those that only print what it says."""
    for name in ("", "autograd", "interpreter", "knowledge", "rules", "scouting", "syntax", "fixes"):
        part = folder / name
        if not part.is_dir():
            continue
        with os.scandir(part) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".json")):
                    status = entry.stat()
                    yield f"{name}/{entry.name} {status.st_size} {status.st_mtime_ns}"


def _dumped(analysis: Analysis) -> str:
    return json.dumps(asdict(analysis), separators=(",", ":"))


def _loaded(text: str) -> Analysis | None:
    try:
        data = json.loads(text)
        return Analysis(tuple(_finding(each) for each in data["findings"]), data["problem"], data["line"])
    except (ValueError, KeyError, TypeError):
        return None


def _finding(data: dict[str, Any]) -> Finding:
    data["location"] = Location(**data["location"])
    data["trace"] = tuple(Step(step["role"], Location(**step["location"]), step["text"]) for step in data["trace"])
    data["assumed"] = tuple(data["assumed"])
    if data["fix"] is not None:
        fix = data["fix"]
        edits = tuple(Edit(Location(**edit["location"]), edit["replacement"]) for edit in fix["edits"])
        data["fix"] = Fix(fix["title"], edits, fix["safe"], fix["why"])
    return Finding(**data)
