"""Documents that others of their project import: what these hand over goes wrong in the document, and is shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from flake8_gradsafe import analysis
from flake8_gradsafe.config.settings import load
from flake8_gradsafe.interpreter.run import Abandoned
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.server import callers
from flake8_gradsafe.server.callers import Callers
from tests.project.trees import KEEP, RESET, main, write_tree
from tests.server.editor import Editor, codes
from tests.server.test_diagnostics import PULLING, RICH
from tests.server.test_imports import WATCHING, changed_on_disk, published

if TYPE_CHECKING:
    from pathlib import Path

MAIN = main("from lib.helper import reset")
HARMLESS = main("from lib.helper import reset", "reset(out.detach().clone())")
#: A helper with a mistake of its own, which needs no caller.
OWN = (
    RESET
    + """

import torch

weight = torch.zeros(3, requires_grad=True)
weight.add_(1.0)
"""
)
MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 2)
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        with torch.no_grad():
            hidden = self.body(x)
        return self.head(hidden)
"""
TRAIN = """\
import torch

from model import Net

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = net(torch.rand(4, 3)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.fixture
def project(folder: Path) -> Path:
    """A project in which the importer is no document."""
    return write_tree(folder, {"main.py": MAIN, "lib/helper.py": RESET})


def lines(told: types.PublishDiagnosticsParams) -> list[int]:
    """The lines, from 0, at which something is told."""
    return [each.range.start.line for each in told.diagnostics]


async def test_what_a_caller_hands_over_is_told_in_the_document_with_the_trace_through_the_caller(
    project: Path, editor: Editor
) -> None:
    await editor.start(RICH)
    uri = editor.open("lib/helper.py", RESET)
    (found,) = (await published(editor, uri, ["GRD111"])).diagnostics
    assert (found.range.start.line, found.range.start.character) == (1, 4)
    assert found.related_information is not None
    places = [(each.location.uri, each.location.range.start.line) for each in found.related_information]
    caller = editor.uri("main.py")
    assert places == [(caller, 4), (uri, 1), (caller, 5), (uri, 1), (caller, 6)]
    assert {each.uri for each in editor.published} == {uri}
    assert project.is_dir()


async def test_a_mistake_of_a_model_is_shown_that_its_training_file_proves(folder: Path, editor: Editor) -> None:
    write_tree(folder, {"train.py": TRAIN, "model.py": MODEL})
    await editor.start()
    uri = editor.open("model.py", MODEL)
    (found,) = (await published(editor, uri, ["GRD125"])).diagnostics
    assert found.range.start.line == 12


async def test_what_the_document_itself_has_is_shown_first(folder: Path, editor: Editor) -> None:
    write_tree(folder, {"main.py": MAIN, "lib/helper.py": OWN})
    await editor.start()
    uri = editor.open("lib/helper.py", OWN)
    await published(editor, uri, ["GRD111", "GRD142"])
    assert [codes(each.diagnostics) for each in editor.published] == [["GRD142"], ["GRD111", "GRD142"]]


async def test_callers_are_read_as_they_stand_in_the_editor(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    caller = editor.open("main.py", HARMLESS)
    await published(editor, uri, [])
    editor.change(caller, MAIN)
    await published(editor, uri, ["GRD111"])
    editor.change(caller, HARMLESS)
    await published(editor, uri, [])
    editor.close(caller)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_a_half_typed_caller_hands_over_nothing(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    caller = editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    editor.change(caller, MAIN + "x = (a.\n")
    await published(editor, uri, [])
    editor.change(caller, MAIN)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_a_caller_that_is_removed_or_comes_is_seen_by_who_watches_files(project: Path, editor: Editor) -> None:
    await editor.start(WATCHING)
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    (project / "main.py").unlink()
    changed_on_disk(editor, "main.py", types.FileChangeType.Deleted)
    await published(editor, uri, [])
    (project / "other.py").write_text(MAIN)
    changed_on_disk(editor, "other.py", types.FileChangeType.Created)
    await published(editor, uri, ["GRD111"])


async def test_a_caller_that_changes_on_disk_is_seen_once_the_document_is_saved(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    (project / "main.py").write_text(HARMLESS)
    editor.save(uri)
    await published(editor, uri, [])


async def test_what_is_shown_stays_where_a_document_is_only_saved(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    count = len(editor.published)
    editor.save(uri)
    await editor.until(lambda: len(editor.published) > count)
    assert [codes(each.diagnostics) for each in editor.published[count:]] == [["GRD111"]]
    assert project.is_dir()


async def test_a_document_that_is_edited_while_its_callers_are_looked_at_has_them_anew(
    project: Path, editor: Editor
) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    for count in range(1, 12):
        await editor.shown(uri)
        editor.change(uri, "\n" * count + RESET)
    await published(editor, uri, ["GRD111"])
    told = [each for each in editor.published if each.diagnostics]
    assert all(lines(each) == [each.version] for each in told)  # version 1 has it in line 1
    assert told[-1].version == 12
    assert project.is_dir()


async def test_what_both_documents_show_is_in_each_of_them_once(project: Path, editor: Editor) -> None:
    await editor.start()
    caller, uri = editor.open("main.py", MAIN), editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    await published(editor, caller, ["GRD111"])
    write_tree(project, {"second.py": MAIN})
    editor.change(uri, RESET.replace("x.data", "'more'; x.data"))
    await published(editor, uri, [])
    await published(editor, uri, ["GRD111"])


async def test_comments_in_the_document_silence_it(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    editor.change(uri, RESET.replace("# GRD111", "# noqa: GRD111"))
    await published(editor, uri, [])
    editor.change(uri, RESET)
    await published(editor, uri, ["GRD111"])
    assert project.is_dir()


async def test_actions_and_hover_know_it(project: Path, editor: Editor) -> None:
    await editor.start()
    uri = editor.open("lib/helper.py", RESET)
    await published(editor, uri, ["GRD111"])
    assert [each.title for each in await editor.actions(uri, 1)] == ["GRD111: ignore with # noqa: GRD111"]
    hover = await editor.hover(uri, 1, 6)
    assert "main.py, line 5: saved here" in hover
    assert project.is_dir()


async def test_a_client_that_asks_is_told_to_ask_again(project: Path, editor: Editor) -> None:
    refreshing = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
        ),
        text_document=PULLING.text_document,
    )
    await editor.start(refreshing)
    uri = editor.open("lib/helper.py", RESET)
    first = await editor.pull(uri)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    count = len(editor.refreshes)
    await editor.until(lambda: len(editor.refreshes) > count)
    second = await editor.pull(uri, first.result_id)
    assert isinstance(second, types.RelatedFullDocumentDiagnosticReport)
    assert (codes(first.items), codes(second.items)) == ([], ["GRD111"])
    assert project.is_dir()


async def test_a_setting_looks_at_each_document_alone(project: Path, editor: Editor) -> None:
    await editor.start()
    uri, caller = editor.open("lib/helper.py", RESET), editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    await published(editor, caller, ["GRD111"])
    settings = types.DidChangeConfigurationParams({"gradsafe": {"noProject": True}})
    editor.client.workspace_did_change_configuration(settings)
    await published(editor, uri, [])
    await published(editor, caller, [])
    assert not editor.client.messages
    assert project.is_dir()


async def test_flake8s_option_looks_at_each_document_alone(project: Path, editor: Editor) -> None:
    await editor.start(WATCHING)
    uri, caller = editor.open("lib/helper.py", RESET), editor.open("main.py", MAIN)
    await published(editor, uri, ["GRD111"])
    (project / "setup.cfg").write_text("[flake8]\ngradsafe-no-project = true\n")
    changed_on_disk(editor, "setup.cfg", types.FileChangeType.Created)
    await published(editor, uri, [])
    await published(editor, caller, [])


# -- without a client ---------------------------------------------------------------------------------------------------


def test_a_caller_is_looked_at_once_for_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"main.py": MAIN, "lib/helper.py": RESET, "other.py": KEEP})
    looked_at: list[str] = []

    def counted(text: str, *arguments: object, **named: object) -> object:
        looked_at.append(text)
        return analysis.analyse(text, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(callers, "analyse", counted)
    known, settings, helper = Callers(Sources()), load(isolated=True), tmp_path / "lib" / "helper.py"

    def found() -> list[str]:
        return [finding.code for _, finding in known.handed(str(helper), settings)]

    assert (found(), found(), len(looked_at)) == (["GRD111"], ["GRD111"], 1)
    (tmp_path / "other.py").write_text(KEEP + "\n")
    assert (found(), len(looked_at)) == (["GRD111"], 1)
    helper.write_text(KEEP)
    assert (found(), len(looked_at)) == ([], 2)
    helper.write_text(RESET)
    (tmp_path / "main.py").write_text(HARMLESS)
    assert (found(), len(looked_at)) == ([], 3)
    (tmp_path / "main.py").write_text(MAIN)
    assert (found(), len(looked_at)) == (["GRD111"], 4)


def test_who_is_left_leaves_off(tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.py": MAIN, "lib/helper.py": RESET})
    with pytest.raises(Abandoned):
        Callers(Sources()).handed(str(tmp_path / "lib" / "helper.py"), load(isolated=True), lambda: True)


def test_what_has_no_place_on_disk_has_no_callers(tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.py": MAIN})
    known = Callers(Sources())
    for name in ("lib/helper.py", "notes.ipynb"):
        assert known.handed(str(tmp_path / name), load(isolated=True)) == ()


def test_few_callers_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MAX_REMEMBERED", 2)
    write_tree(tmp_path, {"lib/helper.py": RESET, **{f"main{n}.py": MAIN for n in range(4)}})
    known = Callers(Sources())
    found = known.handed(str(tmp_path / "lib" / "helper.py"), load(isolated=True))
    assert [number for number, _ in found] == [1, 2, 3, 4]
    assert len(known._remembered) == 2
