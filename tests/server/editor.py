"""An editor for the tests: a real client, which has the server in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Long enough for a loaded machine; nothing is measured.
PATIENCE = 120
COMMAND = (str(Path(sys.executable).with_name("gradsafe")), "server")


class Editor:
    """A client, the documents that it has open, and all that the server has told it."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, cwd: Path | None = None) -> None:
        """Edit in a folder."""
        self.folder = folder
        self.published: list[types.PublishDiagnosticsParams] = []
        self.registered: list[types.Registration] = []
        self.refreshes: list[None] = []
        self._command = command
        self._cwd = cwd
        self._told = asyncio.Event()
        self._versions: dict[str, int] = {}
        self.client = LanguageClient(converter_factory=default_converter)
        features = DEFAULT_CLIENT_FEATURES | {
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: lambda params: self._note(self.published, [params]),
            types.CLIENT_REGISTER_CAPABILITY: lambda params: self._note(self.registered, params.registrations),
            types.WINDOW_SHOW_MESSAGE: lambda params: self._note(self.client.messages, [params]),
            types.WORKSPACE_DIAGNOSTIC_REFRESH: lambda params: self._note(self.refreshes, [params]),
        }
        register_lsp_features(self.client, features)

    async def start(
        self,
        capabilities: types.ClientCapabilities | None = None,
        *,
        options: object = None,
        folders: Sequence[Path] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> types.InitializeResult:
        """Start the server and introduce the client. `settings` are those of the section `gradsafe`, by folder's URI."""
        for scope, values in (settings or {}).items():
            self.client.set_configuration(values, section="gradsafe", scope_uri=scope)
        await self.client.start_io(*self._command, cwd=self._cwd or self.folder)
        return await self.client.initialize_session(
            types.InitializeParams(
                capabilities or types.ClientCapabilities(),
                initialization_options=options,
                workspace_folders=[
                    types.WorkspaceFolder(each.as_uri(), each.name)
                    for each in ([self.folder] if folders is None else folders)
                ],
            )
        )

    async def end(self) -> int | None:
        """Have the server end, and give its exit code."""
        process = self.client._server
        await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
        await self.client.stop()  # type: ignore[no-untyped-call]
        return None if process is None else process.returncode

    def uri(self, name: str) -> str:
        """A document's URI: a file of the folder, or whatever has a scheme already."""
        return name if ":" in name else (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> str:
        """Open a document that need not be on disk."""
        uri = self.uri(name)
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return uri

    def change(self, uri: str, text: str) -> int:
        """Give a document another text, and tell its version."""
        self._versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self._versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return self._versions[uri]

    def save(self, uri: str) -> None:
        """Say that a document was saved."""
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        """Close a document."""
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def send(self, body: str) -> None:
        """Send whatever it may be."""
        writer = self.client.protocol.writer
        assert writer is not None
        writer.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode("ascii"))

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until something holds that the server tells."""

        async def wait() -> Any:
            while not (found := holds()):
                self._told.clear()
                await self._told.wait()
            return found

        return await asyncio.wait_for(wait(), PATIENCE)

    async def shown(self, uri: str, version: int | None = None) -> list[types.Diagnostic]:
        """The diagnostics that are sent for a version of a document, its newest if None."""
        wanted = self._versions[uri] if version is None else version
        found = await self.until(
            lambda: [each for each in self.published if each.uri == uri and each.version == wanted]
        )
        return list(found[-1].diagnostics)

    async def diagnostics(self, name: str, text: str) -> list[types.Diagnostic]:
        """Open a document, and what is then sent of it."""
        return await self.shown(self.open(name, text))

    async def pull(self, uri: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
        """Ask for a document's diagnostics."""
        return await asyncio.wait_for(
            self.client.text_document_diagnostic_async(
                types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=previous)
            ),
            PATIENCE,
        )

    async def actions(
        self, uri: str, line: int, *, only: list[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        """What may be done on a line, from 0."""
        place = types.Position(line, 0)
        found = await asyncio.wait_for(
            self.client.text_document_code_action_async(
                types.CodeActionParams(
                    types.TextDocumentIdentifier(uri), types.Range(place, place), types.CodeActionContext([], only)
                )
            ),
            PATIENCE,
        )
        return [each for each in found or () if isinstance(each, types.CodeAction)]

    async def hover(self, uri: str, line: int, character: int) -> str:
        """What is shown of a place, both counted from 0; empty if nothing is."""
        found = await asyncio.wait_for(
            self.client.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
            ),
            PATIENCE,
        )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    def _note(self, where: list[Any], what: Sequence[Any]) -> None:
        where.extend(what)
        self._told.set()


def codes(diagnostics: Sequence[types.Diagnostic]) -> list[object]:
    """The codes of diagnostics, in order."""
    return [each.code for each in diagnostics]


def applied(text: str, action: types.CodeAction) -> str:
    """A text with an action's edit, counted in UTF-16."""
    assert action.edit is not None
    if action.edit.document_changes is not None:
        (change,) = action.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        edits = list(change.edits)
    else:
        assert action.edit.changes is not None
        ((_, edits),) = action.edit.changes.items()  # type: ignore[assignment]
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        assert isinstance(edit, types.TextEdit)
        start, end = (_offset(lines, each) for each in (edit.range.start, edit.range.end))
        data = text.encode("utf-16-le")
        text = (data[:start] + edit.new_text.encode("utf-16-le") + data[end:]).decode("utf-16-le")
    return text


def _offset(lines: Sequence[str], position: types.Position) -> int:
    """Where a position is in the bytes of the text."""
    before = "".join(f"{line}\n" for line in lines[: position.line])
    return len(before.encode("utf-16-le")) + 2 * position.character
