"""Notebooks open in an editor: diagnostics, hover and actions in their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from tests.server.editor import Editor, codes
from tests.server.test_actions import LAZY
from tests.server.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEAD = "import torch\nw = torch.zeros(3, requires_grad=True)\n"
BUG = "h = torch.relu(w)\nh.add_(1.0)\nh.sum().backward()\n"
OTHER = "%%time\nv = torch.zeros(3, requires_grad=True)\ng = v.sigmoid()\ng.data.zero_()\ng.sum().backward()"
CLEAN = "w.sum().backward()"


def test_notebooks_with_python_are_asked_for(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    result = wire.begin(notebookDocument={"synchronization": {}})["result"]
    assert result["capabilities"]["notebookDocumentSync"] == {"notebookSelector": [{"cells": [{"language": "python"}]}]}
    assert wire.end() == 0
    wire.leave()


class Book:
    """A notebook that an editor has open."""

    def __init__(self, editor: Editor, *cells: str | tuple[str, str]) -> None:
        """Open it. A cell is Python, or a language and its text; of Markdown the server is told no text."""
        self.editor = editor
        self.uri = editor.uri("train.ipynb")
        self.version = 1
        self.made = 0
        told = [self._cell(*(("python", each) if isinstance(each, str) else each)) for each in cells]
        self.uris = [cell.document for cell, _ in told]
        document = types.NotebookDocument(self.uri, "jupyter-notebook", 1, [cell for cell, _ in told])
        editor.client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(document, [text for _, text in told if text is not None])
        )

    def _cell(self, language: str, text: str) -> tuple[types.NotebookCell, types.TextDocumentItem | None]:
        self.made += 1
        uri = f"{self.editor.uri('train.ipynb').replace('file:', 'vscode-notebook-cell:')}#C{self.made}"
        if language == "markdown":
            return types.NotebookCell(types.NotebookCellKind.Markup, uri), None
        return types.NotebookCell(types.NotebookCellKind.Code, uri), types.TextDocumentItem(uri, language, 1, text)

    def change(self, changes: types.NotebookDocumentCellChanges) -> None:
        """Tell a change of cells."""
        self.version += 1
        self.editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(self.version, self.uri),
                types.NotebookDocumentChangeEvent(cells=changes),
            )
        )

    def write(self, number: int, version: int, *changes: types.TextDocumentContentChangeEvent) -> None:
        """Change a cell's text."""
        identifier = types.VersionedTextDocumentIdentifier(version, self.uris[number])
        self.change(
            types.NotebookDocumentCellChanges(
                text_content=[types.NotebookDocumentCellContentChanges(identifier, list(changes))]
            )
        )

    def replace(self, start: int, count: int, *texts: str) -> None:
        """Put other cells in the place of some."""
        told = [self._cell("python", text) for text in texts]
        closed = [types.TextDocumentIdentifier(uri) for uri in self.uris[start : start + count]]
        self.uris[start : start + count] = [cell.document for cell, _ in told]
        array = types.NotebookCellArrayChange(start, count, [cell for cell, _ in told])
        opened = [text for _, text in told if text is not None]
        structure = types.NotebookDocumentCellChangeStructure(array, opened, closed)
        self.change(types.NotebookDocumentCellChanges(structure=structure))

    async def shown(self, number: int, version: int = 1) -> list[types.Diagnostic]:
        """What is sent of a cell."""
        return await self.editor.shown(self.uris[number], version)


def whole(text: str) -> types.TextDocumentContentChangeWholeDocument:
    return types.TextDocumentContentChangeWholeDocument(text)


def part(start: tuple[int, int], end: tuple[int, int], text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(types.Range(types.Position(*start), types.Position(*end)), text)


def places(diagnostics: Sequence[types.Diagnostic]) -> list[tuple[object, int]]:
    return [(each.code, each.range.start.line) for each in diagnostics]


async def test_each_cell_has_its_own_findings(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, HEAD, ("markdown", "# More"), ("sql", "SELECT"), "def f(:", BUG, OTHER)
    assert places(await book.shown(4)) == [("GRD141", 1)]
    assert places(await book.shown(5)) == [("GRD111", 3)]
    assert [await book.shown(0), await book.shown(3)] == [[], []]


async def test_the_trace_leads_into_other_cells(editor: Editor) -> None:
    related = types.PublishDiagnosticsClientCapabilities(related_information=True)
    await editor.start(
        types.ClientCapabilities(text_document=types.TextDocumentClientCapabilities(publish_diagnostics=related))
    )
    book = Book(editor, HEAD + "h = torch.relu(w)", "\nh.add_(1.0)", "h.sum().backward()")
    (found,) = await book.shown(1)
    steps = [(each.location.uri, each.location.range.start.line) for each in found.related_information or ()]
    assert steps == [(book.uris[0], 2), (book.uris[1], 1), (book.uris[2], 0)]


async def test_cells_are_written_added_moved_and_removed(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, HEAD, "h = 'größe😀'; h = torch.relu(w)", "h.add_(1.0)", "h.sum().backward()")
    assert codes(await book.shown(2)) == ["GRD141"]
    book.write(2, 2, part((0, 0), (0, 11), "x = 1\r\n"), part((1, 0), (1, 0), "h.mul_(2)"))
    assert places(await book.shown(2, 2)) == [("GRD141", 1)]
    book.write(1, 2, part((0, 12), (0, 14), ""), whole("h = w * 2"))
    assert codes(await book.shown(2, 2)) == ["GRD141"]
    await editor.until(lambda: [each for each in editor.published if each.uri == book.uris[2] and not each.diagnostics])
    gone = book.uris[2]
    book.replace(1, 2, BUG, CLEAN)
    assert codes(await book.shown(1)) == ["GRD141"]
    await editor.until(lambda: [each for each in editor.published if each.uri == gone and each.version is None])


async def test_of_a_half_typed_cell_nothing_is_said(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, HEAD, BUG)
    assert codes(await book.shown(1)) == ["GRD141"]
    book.write(1, 2, whole("h = torch.relu(w\n"))
    book.write(1, 3, whole(f"{BUG}\n# more\n"))
    assert codes(await book.shown(1, 3)) == ["GRD141"]
    assert not [each for each in editor.published if each.uri == book.uris[1] and each.version == 2]


async def test_hover_counts_in_cells(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, HEAD, ("markdown", "#"), BUG)
    shown = await editor.hover(book.uris[2], 1, 3)
    assert shown.startswith("GRD141")
    assert "- cell 3, line 1: saved here" in shown
    assert "computed by relu (cell 3, line 1)" in await editor.hover(book.uris[2], 0, 0)
    assert await editor.hover(book.uris[0], 0, 0) == ""


async def test_the_empty_end_of_a_cell_is_not_the_next_one(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, f"{HEAD}h = torch.relu(w)\n\n\n\n", "h.add_(1.0)", f"{CLEAN}\nh.sum().backward()\n\n\n")
    assert places(await book.shown(1)) == [("GRD141", 0)]
    for number, line in ((0, 4), (0, 5), (2, 4), (2, 99)):
        assert await editor.hover(book.uris[number], line, 0) == ""
        assert await editor.actions(book.uris[number], line, only=["quickfix"]) == []
    assert await editor.actions(book.uri, 0, only=["quickfix"]) == []
    assert await editor.hover(book.uri, 0, 0) == ""
    assert not editor.client.messages


@pytest.mark.parametrize("capabilities", [None, LAZY], ids=["at once", "lazily"])
async def test_actions_change_the_cell(editor: Editor, capabilities: types.ClientCapabilities | None) -> None:
    await editor.start(capabilities)
    book = Book(editor, HEAD, f"%%time\n!date\n{BUG}\n\n")
    fix, comment, _ = await editor.actions(book.uris[1], 3)
    for action, line in ((fix, "h = h.add(1.0)"), (comment, "h.add_(1.0)  # noqa: GRD141")):
        made = action if action.edit is not None else await editor.client.code_action_resolve_async(action)
        assert made.edit is not None
        if capabilities is None:
            ((uri, edits),) = (made.edit.changes or {}).items()
        else:
            (change,) = made.edit.document_changes or ()
            assert isinstance(change, types.TextDocumentEdit)
            uri, edits = change.text_document.uri, change.edits  # type: ignore[assignment]
            assert change.text_document.version == 1
        assert uri == book.uris[1]
        assert [(each.range.start.line, each.range.end.line, each.new_text) for each in edits] == [(3, 4, f"{line}\n")]


async def test_cells_may_be_asked_for(editor: Editor) -> None:
    capabilities = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
    await editor.start(types.ClientCapabilities(text_document=capabilities))
    book = Book(editor, HEAD, BUG)
    report = await editor.pull(book.uris[1])
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert codes(report.items) == ["GRD141"]
    report = await editor.pull(book.uris[0])
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert list(report.items) == []


async def test_a_notebook_that_is_closed_is_forgotten(editor: Editor) -> None:
    await editor.start()
    book = Book(editor, HEAD, BUG)
    assert codes(await book.shown(1)) == ["GRD141"]
    editor.client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(book.uri), [types.TextDocumentIdentifier(uri) for uri in book.uris]
        )
    )
    await editor.until(lambda: [each for each in editor.published if each.uri == book.uris[1] and each.version is None])
    assert await editor.hover(book.uris[1], 1, 3) == ""


async def test_what_a_backward_trains_counts_in_cells(editor: Editor) -> None:
    await editor.start()
    head = "import torch\nnet = torch.nn.Linear(2, 1)\nloss = net(torch.ones(2)).detach().sum() + net.bias.sum()"
    book = Book(editor, head, ("markdown", "#"), "loss.backward()")
    shown = await editor.hover(book.uris[2], 0, 6)
    assert "| `net.weight` | no, cut by detach() (cell 1, line 3) | yes | none | none |" in shown
    assert "| fresh from cell 3, line 1 |" in shown
