"""Settings: the client's before flake8's, in each folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from tests.command.running import ADVISORY
from tests.server.editor import Editor, codes

if TYPE_CHECKING:
    from pathlib import Path

#: GRD111, and in the other function GRD211.
BOTH = """\
import torch


def proven():
    a = torch.ones(3, requires_grad=True)
    out = a.sigmoid()
    out.data.zero_()
    out.sum().backward()


def suspect():
    x = torch.randn(3, requires_grad=True)
    x.data.add_(1)
    return x
"""
ASKED = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        configuration=True,
        did_change_configuration=types.DidChangeConfigurationClientCapabilities(dynamic_registration=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    )
)


def configure(folder: Path, text: str, name: str = "setup.cfg") -> None:
    """Write flake8's section."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"[flake8]\n{text}\n")


def told(editor: Editor, name: str = ".flake8") -> None:
    """Say that a file of the folder has changed."""
    event = types.FileEvent(editor.uri(name), types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))


async def after_it(editor: Editor, uri: str, count: int) -> list[object]:
    """The codes that are sent of a document after so many messages."""
    found = await editor.until(lambda: [each for each in editor.published[count:] if each.uri == uri])
    return codes(found[-1].diagnostics)


@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8"])
async def test_flake8s_section_of_the_folder(editor: Editor, name: str) -> None:
    configure(editor.folder, "extend-select = GRD9\nignore = GRD2", name)
    await editor.start()
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD111"]
    assert codes(await editor.diagnostics("clip.py", ADVISORY)) == ["GRD911"]


@pytest.mark.parametrize("nested", [False, True], ids=["as they are", "in a section"])
async def test_the_clients_first_settings_go_before_it(editor: Editor, nested: bool) -> None:
    configure(editor.folder, "select = GRD1")
    settings = {"select": ["GRD2"]}
    await editor.start(options={"settings": {"gradsafe": settings}} if nested else settings)
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD211"]


async def test_the_client_is_asked_for_each_folder(editor: Editor, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    configure(one, "ignore = GRD2")
    configure(two, "ignore = GRD1")
    other = {"select": "GRD2"}
    await editor.start(ASKED, folders=[one, two], settings={two.as_uri(): other}, options={"ignore": "E"})
    # The first settings hold where the client has no others.
    assert codes(await editor.diagnostics((one / "train.py").as_uri(), BOTH)) == ["GRD111", "GRD211"]
    assert codes(await editor.diagnostics((two / "train.py").as_uri(), BOTH)) == ["GRD211"]


async def test_each_folder_has_its_own_configuration_and_others_their_own(editor: Editor, tmp_path: Path) -> None:
    one, two, alone = tmp_path / "one", tmp_path / "one" / "two", tmp_path / "alone"
    configure(one, "ignore = GRD2")
    configure(two, "ignore = GRD1")
    configure(alone, "ignore = GRD")
    await editor.start(folders=[one, two])
    assert codes(await editor.diagnostics((one / "train.py").as_uri(), BOTH)) == ["GRD111"]
    assert codes(await editor.diagnostics((two / "deep" / "train.py").as_uri(), BOTH)) == ["GRD211"]
    assert codes(await editor.diagnostics((alone / "train.py").as_uri(), BOTH)) == []


async def test_without_a_folder(editor: Editor) -> None:
    configure(editor.folder, "ignore = GRD2")
    await editor.start(folders=[])
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD111"]
    assert codes(await editor.diagnostics("untitled:Untitled-1", BOTH)) == ["GRD111", "GRD211"]


async def test_folders_that_come_and_go(editor: Editor, tmp_path: Path) -> None:
    configure(tmp_path / "one", "ignore = GRD2")
    await editor.start(folders=[])
    uri = editor.open((tmp_path / "one" / "deep" / "train.py").as_uri(), BOTH)
    assert codes(await editor.shown(uri)) == ["GRD111"]
    configure(tmp_path / "one" / "deep", "ignore = GRD1")
    folder = types.WorkspaceFolder((tmp_path / "one").as_uri(), "one")
    count = len(editor.published)
    editor.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent([folder], []))
    )
    assert await after_it(editor, uri, count) == ["GRD111"]
    count = len(editor.published)
    editor.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent([], [folder]))
    )
    assert await after_it(editor, uri, count) == ["GRD211"]


async def test_settings_that_change(editor: Editor) -> None:
    await editor.start(ASKED)
    uri = editor.open("train.py", BOTH)
    assert codes(await editor.shown(uri)) == ["GRD111", "GRD211"]
    await editor.until(lambda: len(editor.registered) == 2)
    assert {each.method for each in editor.registered} == {
        types.WORKSPACE_DID_CHANGE_CONFIGURATION,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
    }
    editor.client.set_configuration({"select": "GRD2"}, section="gradsafe")
    count = len(editor.published)
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    assert await after_it(editor, uri, count) == ["GRD211"]
    editor.client.set_configuration(None, section="gradsafe")
    count = len(editor.published)
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    assert await after_it(editor, uri, count) == ["GRD111", "GRD211"]


async def test_settings_that_a_client_sends_along(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", BOTH)
    await editor.shown(uri)
    count = len(editor.published)
    settings = {"gradsafe": {"select": "GRD2"}}
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    assert await after_it(editor, uri, count) == ["GRD211"]


async def test_a_configuration_that_changes(editor: Editor) -> None:
    configure(editor.folder, "ignore = GRD2")
    await editor.start(ASKED)
    uri = editor.open("train.py", BOTH)
    assert codes(await editor.shown(uri)) == ["GRD111"]
    configure(editor.folder, "ignore = GRD1")
    count = len(editor.published)
    told(editor, "setup.cfg")
    assert await after_it(editor, uri, count) == ["GRD211"]
    # A client that cannot watch files: it is read again when a document is saved.
    configure(editor.folder, "ignore = GRD")
    count = len(editor.published)
    editor.save(uri)
    assert await after_it(editor, uri, count) == []


async def test_a_client_that_asks_for_diagnostics_is_told_to_ask_again(editor: Editor) -> None:
    configure(editor.folder, "ignore = GRD2")
    await editor.start(
        types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(
                diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
            ),
            text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities()),
        )
    )
    uri = editor.open("train.py", BOTH)
    first = await editor.pull(uri)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    assert codes(first.items) == ["GRD111"]
    configure(editor.folder, "ignore = GRD1")
    count = len(editor.refreshes)
    told(editor, "setup.cfg")
    await editor.until(lambda: len(editor.refreshes) > count)
    second = await editor.pull(uri, first.result_id)
    assert isinstance(second, types.RelatedFullDocumentDiagnosticReport)
    assert codes(second.items) == ["GRD211"]


async def test_files_that_are_excluded_or_have_codes_of_their_own_ignored(editor: Editor) -> None:
    configure(editor.folder, "exclude = build, old/*.py, old.py\nper-file-ignores =\n  tests/*: GRD2\n  odd.py: GRD1\n")
    await editor.start()
    found = {
        name: codes(await editor.diagnostics(name, BOTH))
        for name in ("src/train.py", "build/deep/train.py", "old/train.py", "old.py", "tests/train.py", "odd.py")
    }
    assert found == {
        "src/train.py": ["GRD111", "GRD211"],
        "build/deep/train.py": [],
        "old/train.py": [],
        "old.py": [],
        "tests/train.py": ["GRD111"],
        "odd.py": ["GRD211"],
    }


async def test_the_clients_patterns_start_from_the_folder(editor: Editor) -> None:
    await editor.start(options={"exclude": ["gen/*.py"], "perFileIgnores": {"tests/*": ["GRD2"]}})
    assert codes(await editor.diagnostics("gen/train.py", BOTH)) == []
    assert codes(await editor.diagnostics("tests/train.py", BOTH)) == ["GRD111"]


async def test_comments_are_heeded(editor: Editor) -> None:
    await editor.start()
    silent = BOTH.replace("out.data.zero_()", "out.data.zero_()  # noqa: GRD111")
    assert codes(await editor.diagnostics("one.py", silent)) == ["GRD211"]
    assert codes(await editor.diagnostics("all.py", f"# flake8: noqa\n{BOTH}")) == []


async def test_comments_may_be_disregarded(editor: Editor) -> None:
    await editor.start(options={"disableNoqa": True})
    silent = BOTH.replace("out.data.zero_()", "out.data.zero_()  # noqa: GRD111")
    assert codes(await editor.diagnostics("train.py", silent)) == ["GRD111", "GRD211"]


async def test_a_configuration_file_that_the_client_names(editor: Editor) -> None:
    configure(editor.folder, "ignore = GRD2")
    configure(editor.folder / "lint", "ignore = GRD1", "strict.cfg")
    await editor.start(options={"config": "lint/strict.cfg"})
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD211"]


async def test_what_cannot_be_used_is_told_once_and_the_rest_goes_on(editor: Editor) -> None:
    configure(editor.folder, "select = nonsense!")
    await editor.start(options={"shout": True})
    uri = editor.open("train.py", BOTH)
    assert codes(await editor.shown(uri)) == ["GRD111", "GRD211"]
    messages = [
        each.message for each in await editor.until(lambda: editor.client.messages[1:] and editor.client.messages)
    ]
    assert messages[0] == "gradsafe: gradsafe.shout: there is no such setting"
    assert messages[1].startswith(f"gradsafe: {editor.folder / 'setup.cfg'}: ")
    count = len(editor.published)
    editor.save(uri)
    await after_it(editor, uri, count)
    assert len(editor.client.messages) == 2


async def test_first_settings_that_make_no_sense(editor: Editor) -> None:
    await editor.start(options={"gradsafe": 3})
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD111", "GRD211"]


async def test_a_strangers_folder_runs_nothing_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "stranger"
    configure(folder, "extend-select = GRD9\n[flake8:local-plugins]\nextension = X = plugin:Plugin\npaths = .")
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\nclass Plugin: pass\n"
    for name in ("plugin", "conftest", "sitecustomize", "torch", "libcst", "pygls", "flake8", "configparser", "train"):
        (folder / f"{name}.py").write_text(trap)
    editor = Editor(folder, cwd=folder)
    await editor.start()
    uri = editor.open("train.py", ADVISORY)
    assert codes(await editor.shown(uri)) == ["GRD911"]
    await editor.hover(uri, 4, 6)
    await editor.actions(uri, 4)
    assert await editor.end() == 0
    assert [name for name in os.listdir(folder) if name.endswith(".ran")] == []


async def test_a_client_that_refuses_to_tell_its_settings(editor: Editor) -> None:
    def refuse(params: types.ConfigurationParams) -> None:
        raise ValueError("not today")

    del editor.client.protocol.fm.features[types.WORKSPACE_CONFIGURATION]
    editor.client.feature(types.WORKSPACE_CONFIGURATION)(refuse)
    await editor.start(ASKED)
    assert codes(await editor.diagnostics("train.py", BOTH)) == ["GRD111", "GRD211"]
    assert editor.client.messages == []
