"""Documents that import others of their project, as these stand in the editor or on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from tests.command.running import notebook
from tests.project.trees import KEEP, RESET, main, write_tree
from tests.server.editor import Editor, codes
from tests.server.test_diagnostics import PULLING, RICH

if TYPE_CHECKING:
    from pathlib import Path

MAIN = main("from lib.helper import reset")
#: Whether the write is seen, and what changes nothing of that.
WATCHING = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    )
)


@pytest.fixture
def project(folder: Path) -> Path:
    """A project of two files in the workspace folder."""
    return write_tree(folder, {"main.py": MAIN, "lib/helper.py": RESET})


async def published(editor: Editor, uri: str, expected: list[str]) -> types.PublishDiagnosticsParams:
    """Wait until a document's newest diagnostics have these codes."""

    def newest() -> types.PublishDiagnosticsParams | None:
        found = [each for each in editor.published if each.uri == uri]
        return found[-1] if found and codes(found[-1].diagnostics) == expected else None

    told: types.PublishDiagnosticsParams = await editor.until(newest)
    return told


def changed_on_disk(editor: Editor, name: str, kind: types.FileChangeType) -> None:
    """Tell of a change as an editor does that watches files."""
    change = types.FileEvent(editor.uri(name), kind)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))


async def test_a_finding_is_shown_at_the_call_and_points_into_the_other_file(project: Path, editor: Editor) -> None:
    await editor.start(RICH)
    (found,) = await editor.diagnostics("main.py", MAIN)
    assert (found.code, found.range.start.line, found.range.end.character) == ("GRD111", 5, len("reset(out)"))
    assert "(in " in found.message
    assert "helper.py, line 2)" in found.message
    assert found.related_information is not None
    places = [(each.location.uri, each.location.range.start.line) for each in found.related_information]
    own, other = editor.uri("main.py"), editor.uri("lib/helper.py")
    assert places == [(own, 4), (other, 1), (own, 5), (other, 1), (own, 6)]
    assert found.related_information[1].location.range.start.character == 4
    assert project.is_dir()


async def test_a_module_is_read_as_it_stands_in_the_editor(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    helper = editor.open("lib/helper.py", KEEP)
    await published(editor, uri, [])
    editor.change(helper, RESET)
    await published(editor, uri, ["GRD111"])
    editor.change(helper, "\n\n" + KEEP)
    await published(editor, uri, [])
    editor.change(helper, "\n\n" + RESET)
    told = await published(editor, uri, ["GRD111"])
    assert "helper.py, line 4)" in told.diagnostics[0].message
    assert (project / "lib" / "helper.py").read_text() == RESET


async def test_places_in_a_module_are_those_of_the_editor(project: Path, editor: Editor) -> None:
    await editor.start(RICH)
    editor.open("lib/helper.py", "\n" * 40 + RESET.replace("x.data", "'🔥'; x.data"))
    uri = editor.open("main.py", MAIN)
    told = await published(editor, uri, ["GRD111"])
    information = told.diagnostics[0].related_information
    assert information is not None
    assert [each.location.range.start.line for each in information] == [4, 41, 5, 41, 6]
    assert information[1].location.range.start.character == len("    '..'; ")
    assert project.is_dir()


async def test_a_module_that_is_closed_is_what_it_is_on_disk(project: Path, editor: Editor) -> None:
    await editor.start()
    helper = editor.open("lib/helper.py", KEEP)
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, [])
    editor.close(helper)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_a_half_typed_module_is_unknown(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    helper = editor.open("lib/helper.py", RESET)
    editor.change(helper, RESET + "x = (a.\n")
    await published(editor, uri, [])
    editor.change(helper, RESET)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_a_module_beyond_another_counts_too(folder: Path, editor: Editor) -> None:
    write_tree(folder, {"lib/helper.py": "from .far import reset\n", "lib/far.py": KEEP})
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, [])
    editor.open("lib/far.py", RESET)
    await published(editor, uri, ["GRD111"])


async def test_what_changes_on_disk_is_seen_by_who_watches_files(project: Path, editor: Editor) -> None:
    await editor.start(WATCHING)
    (registered,) = await editor.until(lambda: [each for each in editor.registered if each.id == "files"])
    assert isinstance(registered.register_options, dict | types.DidChangeWatchedFilesRegistrationOptions)
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    (project / "lib" / "helper.py").write_text(KEEP)
    changed_on_disk(editor, "lib/helper.py", types.FileChangeType.Changed)
    await published(editor, uri, [])
    (project / "lib" / "helper.py").unlink()
    changed_on_disk(editor, "lib/helper.py", types.FileChangeType.Deleted)
    (project / "lib" / "helper.py").write_text(RESET)
    changed_on_disk(editor, "lib/helper.py", types.FileChangeType.Created)
    await published(editor, uri, ["GRD111"])


@pytest.mark.parametrize("name", ["late.py", "late/__init__.py"])
async def test_a_new_module_is_seen(folder: Path, editor: Editor, name: str) -> None:
    write_tree(folder, {})
    await editor.start(WATCHING)
    uri = editor.open("main.py", main("from late import reset"))
    await published(editor, uri, [])
    write_tree(folder, {name: RESET})
    changed_on_disk(editor, name, types.FileChangeType.Created)
    await published(editor, uri, ["GRD111"])


async def test_what_changes_on_disk_is_seen_once_the_document_is_saved(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    (project / "lib" / "helper.py").write_text(KEEP)
    editor.save(uri)
    await published(editor, uri, [])


async def test_a_client_that_asks_gets_what_depends_on_another_document(project: Path, editor: Editor) -> None:
    await editor.start(PULLING)
    uri = editor.open("main.py", MAIN)
    first = await editor.pull(uri)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    assert codes(first.items) == ["GRD111"]
    helper = editor.open("lib/helper.py", KEEP)
    assert isinstance(await editor.pull(helper), types.RelatedFullDocumentDiagnosticReport)
    second = await editor.pull(uri, first.result_id)
    assert isinstance(second, types.RelatedFullDocumentDiagnosticReport)
    assert codes(second.items) == []
    assert project.is_dir()


async def test_comments_in_either_file_silence_it(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    editor.change(uri, MAIN.replace("\nreset(out)", "\nreset(out)  # noqa: GRD111"))
    await published(editor, uri, [])
    editor.change(uri, MAIN)
    await published(editor, uri, ["GRD111"])
    helper = editor.open("lib/helper.py", RESET.replace("# GRD111", "# noqa: GRD111"))
    await published(editor, uri, [])
    editor.change(helper, RESET)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_actions_and_hover_at_the_call_change_the_file_itself(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    found = await editor.actions(uri, 5)
    assert [each.title for each in found] == ["GRD111: ignore with # noqa: GRD111"]
    assert found[0].edit is not None
    assert list(found[0].edit.changes or {}) == [uri]
    hover = await editor.hover(uri, 5, 2)
    assert "helper.py, line 2: overwritten here, unseen by autograd" in hover
    assert "overwritten since exp saved it, unseen by autograd (line 2 of " in await editor.hover(uri, 5, 7)
    assert project.is_dir()


async def test_documents_without_a_place_are_looked_at_alone(project: Path, editor: Editor) -> None:
    await editor.start()
    assert await editor.diagnostics("untitled:Untitled-1", MAIN) == []
    assert await editor.diagnostics("absent/folder/main.py", MAIN) == []
    assert project.is_dir()


async def test_a_notebook_on_disk_is_no_module(folder: Path, editor: Editor) -> None:
    write_tree(folder, {"lib/helper.ipynb": notebook(RESET)})
    await editor.start()
    assert await editor.diagnostics("main.py", MAIN) == []
