"""A memory of earlier runs that somebody else has made: nothing in it is done, followed or believed."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flake8_gradsafe.analysis import Task, analyse
from flake8_gradsafe.cache import database as cache
from flake8_gradsafe.cache import folder as cache_folder
from flake8_gradsafe.cache.database import Cache
from flake8_gradsafe.cache.serialised import dumped, loaded
from tests.command.running import PROVEN, SUSPECT, gradsafe

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = {"k": Task(PROVEN, frozenset({"GRD111"}))}
ANALYSIS = analyse(TASKS["k"].text, TASKS["k"].wanted)
_ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x"

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a memory of one analysis."""
    Cache(tmp_path / "cache").remember({"k": ANALYSIS})
    assert Cache(tmp_path / "cache").known(TASKS) == {"k": ANALYSIS}
    return tmp_path / "cache"


def run(folder: Path, *statements: str) -> None:
    """Have SQLite do something with the database."""
    with closing(sqlite3.connect(folder / "analyses.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement)


def is_thrown_away(folder: Path) -> None:
    """Nothing is known, and what is then remembered is."""
    assert Cache(folder).known(TASKS) == {}
    Cache(folder).remember({"k": ANALYSIS})
    assert Cache(folder).known(TASKS) == {"k": ANALYSIS}


@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TABLE analyses", f"CREATE VIEW analyses AS {_ENDLESS} || 'k' AS key, 'a' AS analysis, 1 AS day FROM c"],
        ["DROP TABLE analyses", f"CREATE VIEW analyses AS {_ENDLESS} AS key, x AS analysis, x AS day FROM c"],
        [f"CREATE VIEW v AS {_ENDLESS} FROM c"],
        ["CREATE TRIGGER t AFTER UPDATE ON analyses BEGIN DELETE FROM analyses; END"],
        ["CREATE TABLE other (a)"],
        ["DROP TABLE analyses", "CREATE TABLE analyses (key, analysis, day)"],
        [
            "DROP TABLE analyses",
            "CREATE TABLE analyses (key TEXT PRIMARY KEY, analysis TEXT, day INTEGER CHECK (day > 1))",
        ],
        ["PRAGMA journal_mode = WAL"],
    ],
)
def test_another_schema_is_thrown_away(folder: Path, statements: list[str]) -> None:
    run(folder, *statements)
    is_thrown_away(folder)


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "x''",
        "zeroblob(1000)",
        "'['",
        "'null'",
        "'[]'",
        "replace(hex(zeroblob(100000)), '0', '[')",
        "CAST(x'ff' AS TEXT)",
    ],
)
def test_what_is_no_analysis_is_not_known(folder: Path, value: str) -> None:
    run(folder, f"UPDATE analyses SET analysis = {value}")
    is_thrown_away(folder)


def test_a_very_long_one_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LONGEST", 100)
    assert Cache(folder).known(TASKS) == {}


def test_a_very_large_database_is_thrown_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST", 100)
    assert Cache(folder).known(TASKS) == {}
    assert (folder / "analyses.sqlite").stat().st_size == 0


def test_there_is_a_bound_on_what_sqlite_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_is_ours", lambda _: True)
    monkeypatch.setattr(cache, "_MOST_STEPS", 10)
    run(folder, "DROP TABLE analyses", f"CREATE VIEW analyses AS {_ENDLESS} AS key, 'a' AS analysis, 1 AS day FROM c")
    assert Cache(folder).known(TASKS) == {}


@needs_links
def test_a_link_is_not_followed(folder: Path) -> None:
    file = folder / "analyses.sqlite"
    for name in ("other.sqlite", "nothing"):
        file.rename(folder / "other.sqlite")
        file.symlink_to(folder / name)
        assert Cache(folder).known(TASKS) == {}
        Cache(folder).remember({"k": ANALYSIS})
        assert file.is_file()
        assert not file.is_symlink()
        assert not (folder / "nothing").exists()


@needs_links
def test_a_second_name_of_a_file_is_not_written(folder: Path) -> None:
    os.link(folder / "analyses.sqlite", folder / "other.sqlite")
    before = (folder / "other.sqlite").read_bytes()
    is_thrown_away(folder)
    assert (folder / "other.sqlite").read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "analyses.sqlite").unlink()
    os.mkfifo(folder / "analyses.sqlite")
    is_thrown_away(folder)


@needs_links
def test_logs_beside_it_are_not_followed(folder: Path) -> None:
    precious = folder.parent / "precious"
    precious.write_text("precious")
    for log in ("-journal", "-wal", "-shm"):
        (folder / f"analyses.sqlite{log}").symlink_to(precious)
    assert Cache(folder).known(TASKS) == {"k": ANALYSIS}
    Cache(folder).remember({"k": ANALYSIS})
    assert sorted(os.listdir(folder)) == [".gitignore", "CACHEDIR.TAG", "analyses.sqlite"]
    assert precious.read_text() == "precious"


@needs_links
def test_a_link_to_nowhere_beside_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / ".gitignore").symlink_to(tmp_path / "elsewhere")
    Cache(tmp_path / "cache").remember({"k": ANALYSIS})
    assert Cache(tmp_path / "cache").known(TASKS) == {"k": ANALYSIS}
    assert not (tmp_path / "elsewhere").exists()


def _set(*path: str | int, value: object) -> Callable[[Any], None]:
    """What sets a part of an analysis' data."""

    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("findings", value=None),
        _set("findings", 0, value=[]),
        _set("findings", 0, "code", value="GRD9999"),
        _set("findings", 0, "code", value=["GRD111"]),
        _set("findings", 0, "message", value=1),
        _set("findings", 0, "location", "line", value=0),
        _set("findings", 0, "location", "end_line", value=10**9),
        _set("findings", 0, "location", "line", value=True),
        _set("findings", 0, "location", "column", value=1000),
        _set("findings", 0, "location", "end_line", value=1),
        _set("findings", 0, "trace", 0, "role", value="spoken"),
        _set("findings", 0, "trace", 0, "location", value={}),
        _set("findings", 0, "assumed", value=[1]),
        _set("findings", 0, "fix", value={"title": "t", "edits": [{}], "safe": True, "why": ""}),
        _set("problem", value=None),
        _set("line", value=100),
        _set("line", value="1"),
    ],
)
def test_what_cannot_be_said_of_the_program_is_not_believed(change: Callable[[Any], None]) -> None:
    assert loaded(dumped(ANALYSIS), PROVEN) == ANALYSIS
    data = json.loads(dumped(ANALYSIS))
    change(data)
    assert loaded(json.dumps(data), PROVEN) is None


def test_fixes_are_remembered() -> None:
    text = PROVEN + "h = torch.relu(a)\nh.add_(1.0)\nh.sum().backward()\n"
    analysis = analyse(text, frozenset({"GRD141"}))
    assert analysis.findings[0].fix is not None
    assert loaded(dumped(analysis), text) == analysis


def _place(monkeypatch: pytest.MonkeyPatch, folder: Path, home: Path) -> Path | None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return cache_folder.cache_folder(None)


def test_a_folder_of_the_users_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _place(monkeypatch, tmp_path, tmp_path / "home") == Path(".gradsafe_cache")
    assert cache_folder.cache_folder("elsewhere") == Path("elsewhere")


@needs_links
def test_a_link_in_its_place_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".gradsafe_cache").symlink_to("elsewhere")
    assert _place(monkeypatch, tmp_path, tmp_path / "home") is None
    (tmp_path / "train.py").write_text(SUSPECT)
    ended = gradsafe(tmp_path, "check", "--isolated")
    assert (ended.returncode, ended.stderr, os.listdir(tmp_path / "elsewhere")) == (1, "", [])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives folders away")
def test_in_a_folder_of_somebody_else_it_is_kept_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, home = tmp_path / "tree", tmp_path / "home"
    (tree / ".gradsafe_cache").mkdir(parents=True)
    os.chown(tree / ".gradsafe_cache", 1234, 1234)
    assert _place(monkeypatch, tree, home) == home / "gradsafe"
    os.rmdir(tree / ".gradsafe_cache")
    os.chown(tree, 1234, 1234)
    assert _place(monkeypatch, tree, home) == home / "gradsafe"
    (home / "gradsafe").mkdir(parents=True)
    assert _place(monkeypatch, tree, home) == home / "gradsafe"
    os.chown(home / "gradsafe", 1234, 1234)
    assert _place(monkeypatch, tree, home) is None
    assert _place(monkeypatch, tree, Path("relative")) is None
