"""The requests and notifications of the client, and their answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from flake8_gradsafe.server import actions, hovering
from flake8_gradsafe.server.analysis import KnownHere, known_at
from flake8_gradsafe.server.configuration import SECTION
from flake8_gradsafe.server.diagnostics import SOURCE
from flake8_gradsafe.server.notebooks import Notebook
from flake8_gradsafe.server.positions import changed
from flake8_gradsafe.server.service import Service
from flake8_gradsafe.server.watching import watch

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Edit, Location
    from flake8_gradsafe.server.actions import Choice

_LANGUAGE = "python"
_SUFFIXES = (".py", ".pyi")


def service() -> Service:
    """A server with all that it can do."""
    made = Service()
    for method, feature, options in (
        (types.INITIALIZE, initialize, None),
        (types.INITIALIZED, initialized, None),
        (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
        (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
        (types.NOTEBOOK_DOCUMENT_DID_OPEN, did_open_notebook, None),
        (types.NOTEBOOK_DOCUMENT_DID_CHANGE, did_change_notebook, None),
        (types.NOTEBOOK_DOCUMENT_DID_CLOSE, did_close_notebook, None),
        (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files, None),
        (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_folders, None),
        (types.TEXT_DOCUMENT_DIAGNOSTIC, diagnostic, types.DiagnosticOptions(True, False, SOURCE)),
        (types.TEXT_DOCUMENT_CODE_ACTION, code_action, types.CodeActionOptions(actions.KINDS, resolve_provider=True)),
        (types.CODE_ACTION_RESOLVE, resolve, None),
        (types.TEXT_DOCUMENT_HOVER, hover, None),
    ):
        made.feature(method, options)(feature)
    return made


def initialize(ls: Service, params: types.InitializeParams) -> None:
    """Take what the client can do, its folders and its settings."""
    ls.begin(params.capabilities)
    watch(params.process_id, lambda: ls.lost("the client's process has ended"))
    ls.take_folders()
    ls.configuration.begin(params.initialization_options)


async def initialized(ls: Service, params: types.InitializedParams) -> None:
    """Ask for what could not be asked before."""
    await ls.configure()
    await ls.register()


def did_open(ls: Service, params: types.DidOpenTextDocumentParams) -> None:
    """Examine a document."""
    document = params.text_document
    if document.language_id == _LANGUAGE or document.uri.endswith(_SUFFIXES):
        ls.documents.open(document.uri, document.version, document.text)


def did_change(ls: Service, params: types.DidChangeTextDocumentParams) -> None:
    """Examine a document a little later."""
    document = ls.documents.get(params.text_document.uri)
    if document is not None:
        text = document.text
        for change in params.content_changes:
            text = changed(text, change, ls.workspace.position_codec)
        ls.documents.change(document.uri, params.text_document.version, text)


def did_save(ls: Service, params: types.DidSaveTextDocumentParams) -> None:
    """Examine a document with the configuration files as they are now, for clients that cannot watch its files."""
    document = ls.documents.get(params.text_document.uri)
    if document is not None:
        ls.configuration.forget()
        ls.documents.again(document)


def did_close(ls: Service, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a document, and take back what was said of it. Who imports it has it now as it stands on disk."""
    ls.documents.close(params.text_document.uri)
    ls.publish(params.text_document.uri, [])
    ls.reexamine_importers()


def did_open_notebook(ls: Service, params: types.DidOpenNotebookDocumentParams) -> None:
    """Examine a notebook."""
    told = params.notebook_document
    notebook = ls.notebooks[told.uri] = Notebook(told.uri, told.version, list(told.cells))
    notebook.open(params.cell_text_documents)
    ls.documents.open(notebook.uri, notebook.version, notebook.text, notebook.parts)


def did_change_notebook(ls: Service, params: types.DidChangeNotebookDocumentParams) -> None:
    """Examine a notebook a little later, and take back what was said of cells that are gone."""
    notebook = ls.notebooks.get(params.notebook_document.uri)
    if notebook is not None:
        before = {part.uri for part in notebook.parts}
        notebook.version = params.notebook_document.version
        edited = notebook.change(params.change, ls.workspace.position_codec)
        ls.documents.change(notebook.uri, notebook.version, notebook.text, notebook.parts, edited)
        for uri in before.difference(part.uri for part in notebook.parts):
            ls.publish(uri, [])


def did_close_notebook(ls: Service, params: types.DidCloseNotebookDocumentParams) -> None:
    """Forget a notebook, and take back what was said of it."""
    notebook = ls.notebooks.pop(params.notebook_document.uri, None)
    if notebook is not None:
        ls.documents.close(notebook.uri)
        for part in notebook.parts:
            ls.publish(part.uri, [])


async def did_change_configuration(ls: Service, params: types.DidChangeConfigurationParams) -> None:
    """Take the client's settings, which come along where it cannot be asked for them."""
    if not ls.client.has_configuration and isinstance(params.settings, dict):
        ls.configuration.take(params.settings.get(SECTION))
    await ls.configure()


def did_change_watched_files(ls: Service, params: types.DidChangeWatchedFilesParams) -> None:
    """Read the configuration files anew; of Python files alone, examine what depends on them."""
    if all(change.uri.endswith(".py") for change in params.changes):
        ls.reexamine_importers()
    else:
        ls.reexamine()


async def did_change_folders(ls: Service, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Take the workspace's folders as they are now."""
    ls.take_folders()
    await ls.configure()


async def diagnostic(ls: Service, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """Answer with the findings of a document's newest text; while it is half typed, with those that were found before."""
    document = await ls.documents.examined(params.text_document.uri)
    if document is None:
        return types.RelatedFullDocumentDiagnosticReport([])
    serial = str(document.serial)
    if params.previous_result_id == serial and document.serial:
        return types.RelatedUnchangedDocumentDiagnosticReport(serial)
    items = [diagnostic for uri, diagnostic in ls.diagnostics(document) if uri == params.text_document.uri]
    return types.RelatedFullDocumentDiagnosticReport(items, result_id=serial)


async def code_action(ls: Service, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    """Answer with the actions for the findings on some lines."""
    document = await ls.documents.examined(params.text_document.uri, hurry=True)
    if document is None or not document.parts or (examination := await ls.with_fixes(document)) is None:
        return None
    uri, layout = params.text_document.uri, ls.layout(document)
    lines = range(layout.place(uri, params.range.start)[0], layout.place(uri, params.range.end)[0] + 1)
    shown = [diagnostic for _, diagnostic in ls.diagnostics(document)]
    found = []
    for action, choice in actions.offered(document, examination, params.context, lines):
        action.diagnostics = [shown[number] for number in choice.findings] or None
        if ls.client.resolves_edits:
            action.data = choice.data()
        else:
            made = await _edits(ls, choice)
            if not made:
                continue
            action.edit = actions.workspace_edit(made, layout, ls.client)
        found.append(action)
    return found


async def resolve(ls: Service, action: types.CodeAction) -> types.CodeAction:
    """Answer with an action and its edit. An action whose text is no longer there stays without."""
    choice = actions.Choice.read(action.data)
    if choice is None:
        return action
    document = ls.documents.get(choice.uri)
    made = await _edits(ls, choice)
    if document is not None and made:
        action.edit = actions.workspace_edit(made, ls.layout(document), ls.client)
    else:
        ls.warn("not changed: the text is not what it was, or would have another finding")
    return action


async def _edits(ls: Service, choice: Choice) -> tuple[Edit, ...]:
    """Return the edits of an action in the newest text, if it was offered for that."""
    document = ls.documents.get(choice.uri)
    if document is None or document.serial != choice.serial or (examination := document.current) is None:
        return ()
    made = await ls.attempt(partial(actions.edits, examination, choice))
    return made if made and document.current is examination else ()


async def hover(ls: Service, params: types.HoverParams) -> types.Hover | None:
    """The findings at a place, and what is known of the name there."""
    document = await ls.documents.examined(params.text_document.uri, hurry=True)
    if document is None or (examination := document.current) is None:
        return None
    line, column = ls.layout(document).place(params.text_document.uri, params.position)
    here = [
        file_finding for file_finding in examination.reported if _covers(file_finding.finding.location, line, column)
    ]
    known = await ls.attempt(partial(known_at, examination, line, column)) or KnownHere()
    parts = hovering.about_findings(here) + hovering.about_losses(known.losses, examination.named)
    if known.caller is not None:
        parts += hovering.about_losses_of(*known.caller, examination.named)
    parts += hovering.about_name(known.name, known.facts)
    if not parts:
        return None
    text = "\n\n---\n\n".join(parts)
    if ls.client.takes_markdown:
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))
    return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, hovering.plain(text)))


def _covers(location: Location, line: int, column: int) -> bool:
    start, end = (location.line, location.column), (location.end_line, location.end_column)
    return start <= (line, column) <= end
