"""The server's state, and what it tells the client unasked."""

from __future__ import annotations

import asyncio
import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from flake8_gradsafe.analysis import Analysis, internal_error
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.server.analysis import (
    TOO_LONG,
    DocumentAnalysis,
    examine,
    examine_cells,
    is_too_long,
    translated,
    with_handed,
)
from flake8_gradsafe.server.callers import Callers
from flake8_gradsafe.server.client import Client
from flake8_gradsafe.server.configuration import FILES, SECTION, Configuration
from flake8_gradsafe.server.diagnostics import diagnostic
from flake8_gradsafe.server.documents import Documents, Opened
from flake8_gradsafe.server.positions import Layout
from flake8_gradsafe.server.protocol import Protocol
from flake8_gradsafe.server.uris import name
from flake8_gradsafe.server.worker import Worker
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.server.notebooks import Notebook

#: Texts that are examined at once, so that a long one does not keep the others waiting.
_THREADS = 4
#: Seconds to wait for the client's settings before a text is examined without them.
_PATIENCE = 5
#: Seconds without an examination before the files are looked at that import the open ones.
_PAUSE = 0.5
_LOG = logging.getLogger(__name__)
Result = TypeVar("Result")


class Service(LanguageServer):
    """One client's server."""

    protocol: Protocol

    def __init__(self) -> None:
        """Start without documents; what the client can do is known once it has introduced itself."""
        super().__init__(
            "gradsafe",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                [types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage("python")])]
            ),
            protocol_cls=Protocol,
        )
        #: Called in a thread, with the reason, once the client is gone.
        self.lost: Callable[[str], None] = lambda why: None
        self.client = Client(types.ClientCapabilities())
        self.configuration = Configuration(self.warn)
        self.documents = Documents(self._examine, self._examined, self._not_examined)
        self.notebooks: dict[str, Notebook] = {}
        self._worker = Worker(_THREADS)
        self._sources = Sources(self._opened_text)
        self._callers = Callers(self._sources)
        self._callers_worker = Worker()
        self._callers_round: asyncio.Task[None] | None = None
        self._has_failed = False
        self._is_configured = asyncio.Event()

    async def attempt(self, job: Callable[[], Result]) -> Result | None:
        """Return the result of a job that is done where the stack suffices; None where it fails."""
        try:
            return await asyncio.wrap_future(self._worker.submit(job))
        except Exception as error:  # noqa: BLE001
            self.fail(error)
            return None

    def layout(self, document: Opened) -> Layout:
        """Return the layout of a document's program in the client's documents, and the client's way to count columns."""
        return Layout(document.parts, self.workspace.position_codec, self._opened_text)

    def diagnostics(self, document: Opened) -> list[tuple[str, types.Diagnostic]]:
        """Return the findings of a document, each with the name of the cell or text that it is in."""
        examination = document.current
        if examination is None or not examination.reported:
            return []
        layout = self.layout(document)
        return [
            (layout.location(finding.location).uri, diagnostic(finding, layout, self.client))
            for finding in (reported.finding for reported in examination.reported)
        ]

    def publish(self, uri: str, items: list[types.Diagnostic], version: int | None = None) -> None:
        """Send what is found in a document, to a client that does not ask for it."""
        if not self.client.pulls:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items, version))

    def warn(self, text: str) -> None:
        """Tell the user what cannot be used."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"gradsafe: {text}"))

    def fail(self, error: Exception) -> None:
        """Log an error of ours, and tell the user of the first."""
        _LOG.error("internal error", exc_info=error)
        self._tell(internal_error("not done", error))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log an error that the protocol has met, and tell the user of the first. Who has asked gets it as the answer."""
        if source is FeatureRequestError:
            return
        if isinstance(error, JsonRpcInvalidParams):
            self._tell(f"the editor has sent what cannot be understood: {error}")
        else:
            _LOG.error("internal error", exc_info=error)
            self._tell(internal_error("not done", error))

    def begin(self, capabilities: types.ClientCapabilities) -> None:
        """Take what the client can do. Its settings are waited for, but not forever."""
        self.client = Client(capabilities)
        patience = _PATIENCE if self.client.has_configuration else 0
        asyncio.get_running_loop().call_later(patience, self._is_configured.set)

    def take_folders(self) -> None:
        """Take the workspace's folders as they are now."""
        folders = [folder.uri for folder in self.workspace.folders.values()]
        root = self.workspace.root_uri
        self.configuration.place(folders or ([root] if root else []))

    async def configure(self) -> None:
        """Ask the client for its settings, and examine everything with them."""
        if self.client.has_configuration:
            scopes = [None, *(folder.uri for folder in self.workspace.folders.values())]
            items = [types.ConfigurationItem(scope_uri=scope, section=SECTION) for scope in scopes]
            try:
                answers = await self.workspace_configuration_async(types.ConfigurationParams(items))
            except JsonRpcException as error:
                _LOG.warning("the client does not tell its settings: %s", error)
                answers = []
            for scope, answer in zip(scopes, answers if isinstance(answers, (list, tuple)) else (), strict=False):
                self.configuration.take(answer, scope)
        self._is_configured.set()
        self.reexamine()

    def reexamine(self) -> None:
        """Examine every document with the configuration as it is now."""
        self.configuration.forget()
        for document in self.documents:
            self.documents.again(document)
        self._have_pulled_again()

    def _have_pulled_again(self) -> None:
        """Have a client ask again that asks for what is found."""
        if self.client.pulls and self.client.pulls_again:
            self.workspace_diagnostic_refresh(None)

    async def register(self) -> None:
        """Ask to be told when the configuration changes."""
        registrations = []
        if self.client.registers_configuration:
            options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            registrations.append(
                types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options),
            )
        if self.client.watches_files:
            watchers = [types.FileSystemWatcher(f"**/{file}") for file in (*FILES, "*.py")]
            registrations.append(
                types.Registration(
                    "files",
                    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    types.DidChangeWatchedFilesRegistrationOptions(watchers),
                )
            )
        if registrations:
            await self.client_register_capability_async(types.RegistrationParams(registrations))

    async def with_fixes(self, document: Opened) -> DocumentAnalysis | None:
        """Return the findings of a document's newest text, with the fixes."""
        examination = document.current
        if examination is None or examination.fixes or not examination.reported:
            return examination
        found = await self.attempt(self._examining(document, fixes=True))
        if found is None or found.problem or document.current is not examination:
            return document.current
        document.examination = found
        return found

    async def _examine(self, document: Opened) -> DocumentAnalysis:
        self._leave_callers()
        await self._is_configured.wait()
        abandoned = threading.Event()
        try:
            return await asyncio.wrap_future(self._worker.submit(self._examining(document, abandoned=abandoned.is_set)))
        finally:
            # Where a newer text has come, the worker is to leave off.
            abandoned.set()

    def _examining(
        self, document: Opened, *, fixes: bool = False, abandoned: Callable[[], bool] | None = None
    ) -> Callable[[], DocumentAnalysis]:
        """The examination of a document, with what the files that import it have found in the same text before."""
        examining = self._examining_alone(document, fixes=fixes, abandoned=abandoned)
        settings, before = self.configuration.settings(document.uri), document.current
        if settings is None or before is None or not before.handed:
            return examining
        called, handed = name(document.uri), before.handed
        return lambda: with_handed(examining(), called, settings, handed)

    def _examining_alone(
        self, document: Opened, *, fixes: bool, abandoned: Callable[[], bool] | None
    ) -> Callable[[], DocumentAnalysis]:
        settings = self.configuration.settings(document.uri)
        if settings is None:
            return partial(DocumentAnalysis, document.text)
        if is_too_long(document.text):
            return partial(DocumentAnalysis, document.text, problem=TOO_LONG, unreadable=True)
        called = name(document.uri)
        sources = None if settings.options.gradsafe_no_project else self._sources
        if document.cells is None:
            return partial(examine, called, document.text, settings, fixes=fixes, sources=sources, abandoned=abandoned)
        return partial(
            examine_cells,
            called,
            document.text,
            document.cells,
            settings,
            edited=document.edited,
            fixes=fixes,
            sources=sources,
            abandoned=abandoned,
        )

    def _opened_text(self, file: str) -> str | None:
        """The text of a file that is open, as it stands in the editor."""
        for document in self.documents:
            if document.cells is None and document.file == file:
                return translated(document.text)
        return None

    def reexamine_importers(self) -> None:
        """Examine those documents once more whose findings depend on another file that has changed, then look at callers."""
        stale = [
            document
            for document in self.documents
            if document.work is None and (current := document.current) is not None and not current.is_current()
        ]
        for document in stale:
            self.documents.again(document)
        if stale:
            self._have_pulled_again()
        self._look_at_callers()

    def _leave_callers(self) -> None:
        if self._callers_round is not None:
            self._callers_round.cancel()

    def _look_at_callers(self) -> None:
        """Look at the files that import the open ones, once nothing is examined any more."""
        self._leave_callers()
        self._callers_round = asyncio.create_task(self._callers_in_turn())

    async def _callers_in_turn(self) -> None:
        await asyncio.sleep(_PAUSE)
        documents = list(self.documents)
        if any(document.work is not None for document in documents):
            return  # the end of that work begins another round
        try:
            for document in sorted(documents, key=lambda document: document.serial, reverse=True):
                await self._take_callers(document)
        except Exception as error:  # noqa: BLE001
            self.fail(error)

    async def _take_callers(self, document: Opened) -> None:
        """Add to what is found in a document what the files that import it find there, and tell it where that is new."""
        settings, looked_at = self.configuration.settings(document.uri), document.current
        if settings is None or looked_at is None:
            return
        handed: tuple[tuple[int, Finding], ...] = ()
        if looked_at.imports is not None and document.cells is None:
            handed = await self._handed(document, settings)
        while (examination := document.current) is not None and examination.text == looked_at.text:
            called = name(document.uri)
            renewed = await self._by_callers_worker(partial(with_handed, examination, called, settings, handed))
            if renewed is examination:
                return
            if document.current is examination:
                self.documents.renew(document, renewed)
                self._publish(document)
                self._have_pulled_again()
                return

    async def _handed(self, document: Opened, settings: Settings) -> tuple[tuple[int, Finding], ...]:
        abandoned = threading.Event()
        try:
            return await self._by_callers_worker(
                partial(self._callers.handed, document.file, settings, abandoned.is_set)
            )
        finally:
            abandoned.set()

    async def _by_callers_worker(self, job: Callable[[], Result]) -> Result:
        return await asyncio.wrap_future(self._callers_worker.submit(job))

    def _not_examined(self, error: Exception) -> None:
        self.fail(error)
        self._look_at_callers()

    def _examined(self, document: Opened, examination: DocumentAnalysis) -> None:
        if examination.problem == TOO_LONG and not document.told:
            document.told = True
            self.warn(f"{name(document.uri)}: {TOO_LONG}")
        if examination.problem and not examination.unreadable:
            _LOG.error("%s: %s", document.uri, examination.problem)
            self._tell(examination.problem)
        # Of what is half typed nothing is said: the client moves what it shows along with the text.
        if not examination.unreadable:
            self._publish(document)
            self._remember(document, examination)
        self.reexamine_importers()

    def _publish(self, document: Opened) -> None:
        found = self.diagnostics(document)
        for part in document.parts:
            self.publish(part.uri, [reported for uri, reported in found if uri == part.uri], part.version)

    def _remember(self, document: Opened, examination: DocumentAnalysis) -> None:
        """Keep what is found from a document in the files that it imports, which may be open themselves."""
        if examination.imports is not None and examination.cells is None and examination.wanted:
            text = translated(examination.program)
            analysis = Analysis(examination.found, consulted=examination.consulted)
            self._callers.remember(document.file, text, examination.wanted, examination.imports, analysis)

    def _tell(self, text: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"gradsafe: {text}"))
