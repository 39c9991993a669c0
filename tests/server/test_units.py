"""Parts of the server without a client."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from itertools import count
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from flake8_gradsafe import __version__, links
from flake8_gradsafe.config.settings import load
from flake8_gradsafe.engine import check
from flake8_gradsafe.finding import Location
from flake8_gradsafe.interpreter.run import Abandoned
from flake8_gradsafe.server import service, uris
from flake8_gradsafe.server.analysis import DocumentAnalysis, difference, examine
from flake8_gradsafe.server.client import Client
from flake8_gradsafe.server.configuration import Configuration, options
from flake8_gradsafe.server.diagnostics import diagnostic
from flake8_gradsafe.server.documents import Documents
from flake8_gradsafe.server.parts import Part
from flake8_gradsafe.server.positions import Layout, Places
from flake8_gradsafe.server.worker import STACK, Worker
from flake8_gradsafe.source.edits import apply
from tests.command.running import PROVEN
from tests.syntax.test_parse import HEAD, LEAF_WRITTEN, NESTS, READABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path, PurePath

    from flake8_gradsafe.server.documents import Opened


@pytest.mark.parametrize(
    ("uri", "kind", "path"),
    [
        ("file:///c%3A/Users/a%20b/train.py", PureWindowsPath, PureWindowsPath("C:/Users/a b/train.py")),
        ("file:///C:/Users/x.py", PureWindowsPath, PureWindowsPath("c:/Users/x.py")),
        ("file://server/share/x%23y.py", PureWindowsPath, PureWindowsPath("//server/share/x#y.py")),
        ("file:///home/a%20b/gr%C3%B6%C3%9Fe;v=1.py", PurePosixPath, PurePosixPath("/home/a b/größe;v=1.py")),
        ("file:///C:/x.py", PurePosixPath, PurePosixPath("/C:/x.py")),
        ("file://localhost/x.py", PurePosixPath, PurePosixPath("/x.py")),
        ("file:///caf%E9.py", PurePosixPath, PurePosixPath("/caf\udce9.py")),
        ("untitled:Untitled-1", PurePosixPath, None),
        ("vscode-vfs://github/a/b.py", PurePosixPath, None),
        ("not a uri", PurePosixPath, None),
    ],
)
def test_paths_of_uris(uri: str, kind: type[PurePath], path: PurePath | None) -> None:
    assert uris.path(uri, kind) == path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_or_device_in_the_place_of_a_configuration_is_told_and_not_waited_for(tmp_path: Path) -> None:
    complaints: list[str] = []
    uri = (tmp_path / "train.py").as_uri()
    os.mkfifo(tmp_path / "setup.cfg")
    configuration = Configuration(complaints.append)
    configuration.place([tmp_path.as_uri()])
    assert configuration.settings(uri) is not None
    configuration.begin({"config": "/dev/zero"})
    assert configuration.settings(uri) is not None
    assert complaints == [
        f"{tmp_path / 'setup.cfg'}: passed over: is no regular file",
        "/dev/zero: is no regular file",
    ]


def test_the_table_of_pyproject_holds_in_the_editor_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gradsafe]\nselect = ["GRD2"]\nexclude = ["old"]\n')
    configuration = Configuration(pytest.fail)
    configuration.place([tmp_path.as_uri()])
    settings = configuration.settings((tmp_path / "train.py").as_uri())
    assert settings is not None
    assert {code[:4] for code in settings.selection("train.py").codes} == {"GRD2"}
    assert configuration.settings((tmp_path / "old" / "train.py").as_uri()) is None


def test_windows_folders_hold_their_files_however_the_drive_is_spelled() -> None:
    folder = uris.path("file:///C:/Work", PureWindowsPath)
    file = uris.path("file:///c%3A/work/src/train.py", PureWindowsPath)
    assert folder is not None
    assert file is not None
    assert file.is_relative_to(folder)


def test_names_of_what_is_no_file() -> None:
    assert uris.name("untitled:Untitled-1") == "Untitled-1"
    assert uris.name("untitled:") == "untitled"


def test_settings_become_options_of_flake8() -> None:
    given, problems = options(
        {
            "select": ["GRD1", "GRD2"],
            "extendSelect": "GRD9",
            "extend-ignore": None,
            "perFileIgnores": {"tests/*": ["GRD2", "GRD9"], "old.py": "GRD"},
            "disableNoqa": True,
            "exclude": [1],
            "maxLineLength": 100,
        }
    )
    assert given == {
        "select": "GRD1,GRD2",
        "extend-select": "GRD9",
        "per-file-ignores": "tests/*:GRD2,GRD9 old.py:GRD",
        "disable-noqa": True,
    }
    assert problems == ["gradsafe.exclude: cannot be [1]", "gradsafe.maxLineLength: there is no such setting"]


def test_a_page_with_an_address_is_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ADDRESS", "https://example.org/gradsafe")
    (finding,) = check(PROVEN)
    capabilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(code_description_support=True)
        )
    )
    layout = Layout([Part("file:///train.py", 1, PROVEN)], PositionCodec())
    made = diagnostic(finding, layout, Client(capabilities))
    page = f"https://example.org/gradsafe/blob/v{__version__}/flake8_gradsafe/docs/grd111.md"
    assert made.code_description == types.CodeDescription(page)
    made = diagnostic(finding, layout, Client(types.ClientCapabilities()))
    assert made.code_description is None


def test_places_behind_the_end() -> None:
    whole = types.Range(types.Position(0, 0), types.Position(1, 0))
    assert Places("a = 1\n", PositionCodec()).range(Location(1, 0, 2, 0)) == whole
    without = types.Range(types.Position(0, 0), types.Position(0, 5))
    assert Places("a = 1", PositionCodec()).range(Location(1, 0, 2, 0)) == without
    assert Places("", PositionCodec()).place(types.Position(3, 3)) == (1, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("a\nb\n", "a\nc\nb\n"), ("a\nb", "a\n"), ("a\r\nb\r\n", "x\r\nb\r\nc"), ("a\f\nb\n", "a\f\n")],
)
def test_differences_make_one_text_of_another(before: str, after: str) -> None:
    assert apply(before, difference(before, after)) == after
    assert difference(after, after) == ()


def test_the_worker_has_a_stack_of_its_own() -> None:
    def deep(levels: int) -> int:
        # Through C, where the stack is really used.
        return 0 if levels == 0 else max([levels], key=lambda _: deep(levels - 1))

    def deepest() -> int:
        sys.setrecursionlimit(10_000)
        return deep(3_000)

    limit, usual = sys.getrecursionlimit(), threading.stack_size()
    worker = Worker()
    try:
        assert worker.submit(deepest).result(timeout=120) == 3_000
    finally:
        sys.setrecursionlimit(limit)
    assert threading.stack_size() == usual
    assert STACK >= 16 * 2**20


@pytest.mark.parametrize("nest", NESTS)
def test_the_worker_reads_what_is_read_elsewhere(nest: str) -> None:
    text = HEAD + LEAF_WRITTEN + NESTS[nest](READABLE[nest])
    settings = load({"select": "GRD"}, isolated=True)
    found = Worker().submit(lambda: examine("train.py", text, settings)).result(timeout=120)
    assert "GRD142" in [each.finding.code for each in found.reported]


def test_the_worker_survives_what_fails_and_leaves_out_what_is_cancelled() -> None:
    worker, begun, go, done = Worker(), threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        assert go.wait(120)

    first = worker.submit(slow)
    second = worker.submit(lambda: done.append("second"))
    failing = worker.submit(lambda: 1 // 0)
    last = worker.submit(lambda: done.append("last"))
    assert begun.wait(120)
    assert second.cancel()
    assert not first.cancel()
    go.set()
    last.result(timeout=120)
    assert isinstance(failing.exception(), ZeroDivisionError)
    assert done == ["last"]


class Watched:
    """Documents whose examinations a test lets go one by one."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[tuple[int, str]] = []
        self.failures: list[Exception] = []
        self.worker = Worker()
        self.turns = threading.Semaphore(0)
        self.documents = Documents(
            self.examine, lambda opened, found: self.done.append((opened.version, found.text)), self.failures.append
        )

    async def examine(self, document: Opened) -> DocumentAnalysis:
        text = document.text
        return await asyncio.wrap_future(self.worker.submit(lambda: self.work(text)))

    def work(self, text: str) -> DocumentAnalysis:
        self.begun.append(text)
        assert self.turns.acquire(timeout=120)
        if text == "failing":
            raise ZeroDivisionError
        return DocumentAnalysis(text)


async def test_what_is_superseded_is_dropped_and_if_not_begun_never_begun() -> None:
    watched = Watched()
    documents = watched.documents
    documents.open("a", 1, "one")
    while not watched.begun:
        await asyncio.sleep(0)
    for version, text in enumerate(("two", "three", "four"), 2):
        documents.change("a", version, text)
        document = documents.get("a")
        assert document is not None
        # As if its time had come: it waits for the worker now.
        documents.again(document)
        for _ in range(5):
            await asyncio.sleep(0)
    for _ in range(4):
        watched.turns.release()
    found = await asyncio.wait_for(documents.examined("a"), 120)
    assert found is not None
    assert found.current == DocumentAnalysis("four")
    assert watched.begun == ["one", "four"]
    assert watched.done == [(4, "four")]


async def test_changes_in_one_go_are_examined_once() -> None:
    watched = Watched()
    watched.documents.open("a", 1, "one")
    watched.documents.change("a", 2, "two")
    watched.documents.change("a", 3, "three")
    watched.turns.release()
    await asyncio.wait_for(watched.documents.examined("a", hurry=True), 120)
    assert watched.begun == ["three"]
    assert watched.done == [(3, "three")]


async def test_a_failure_does_not_stop_a_document() -> None:
    watched = Watched()
    watched.documents.open("a", 1, "failing")
    watched.turns.release()
    await asyncio.wait_for(watched.documents.examined("a"), 120)
    assert [type(each) for each in watched.failures] == [ZeroDivisionError]
    watched.documents.change("a", 2, "mended")
    watched.turns.release()
    await asyncio.wait_for(watched.documents.examined("a", hurry=True), 120)
    assert watched.done == [(2, "mended")]
    watched.documents.close("a")
    assert await watched.documents.examined("a") is None
    assert list(watched.documents) == []


def test_an_analysis_is_left_once_nobody_waits() -> None:
    asked = count()
    with pytest.raises(Abandoned):
        examine("train.py", PROVEN, load(isolated=True), abandoned=lambda: next(asked) == 2)
    assert next(asked) == 3


async def test_an_analysis_that_has_begun_is_left_when_its_document_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, left = threading.Event(), threading.Event()

    def endless(*_: object, abandoned: Callable[[], bool], **__: object) -> DocumentAnalysis:
        begun.set()
        while not abandoned():
            time.sleep(0.01)
        left.set()
        raise Abandoned

    monkeypatch.setattr(service, "examine", endless)
    server = service.Service()
    server.begin(types.ClientCapabilities())
    server.documents.open("file:///train.py", 1, PROVEN)
    assert await asyncio.to_thread(begun.wait, 120)
    server.documents.close("file:///train.py")
    assert await asyncio.to_thread(left.wait, 120)
