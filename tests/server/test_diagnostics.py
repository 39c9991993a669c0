"""Diagnostics, sent and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from tests.command.running import CLEAN, PROVEN, SUSPECT
from tests.server.editor import Editor, codes

if TYPE_CHECKING:
    pass

HALF_TYPED = PROVEN + "x = (a.\n"
RICH = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True,
            tag_support=types.ClientDiagnosticsTagOptions((types.DiagnosticTag.Unnecessary,)),
        )
    )
)
PULLING = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
)


def span(found: types.Diagnostic) -> tuple[int, int, int, int]:
    """Start and end, lines and characters."""
    return found.range.start.line, found.range.start.character, found.range.end.line, found.range.end.character


async def test_a_finding_has_its_range_severity_code_and_help(editor: Editor) -> None:
    await editor.start()
    (found,) = await editor.diagnostics("train.py", PROVEN)
    assert span(found) == (4, 0, 4, 16)
    assert (found.severity, found.code, found.source) == (types.DiagnosticSeverity.Error, "GRD111", "gradsafe")
    assert found.message.startswith("`out.data.zero_()` overwrites the output that sigmoid saved")
    assert "\nhelp: " in found.message
    # A client that does not say that it can show them is not sent them; and the pages have no address yet.
    assert (found.tags, found.related_information, found.code_description) == (None, None, None)


async def test_the_trace_is_related_information(editor: Editor) -> None:
    await editor.start(RICH)
    (found,) = await editor.diagnostics("train.py", PROVEN)
    assert found.related_information is not None
    assert [(each.location.range.start.line, each.message.split(":")[0]) for each in found.related_information] == [
        (3, "saved here"),
        (4, "shares the memory, not the version counter"),
        (4, "overwritten here, unseen by autograd"),
        (5, "read here"),
    ]
    assert {each.location.uri for each in found.related_information} == {editor.uri("train.py")}


@pytest.mark.parametrize(
    ("statement", "code", "severity", "tags"),
    [
        ("x.data.add_(1)", "GRD211", types.DiagnosticSeverity.Warning, None),
        ("y = x * 2\ny.detach()", "GRD162", types.DiagnosticSeverity.Error, (types.DiagnosticTag.Unnecessary,)),
        ("y = x.data", "GRD912", types.DiagnosticSeverity.Hint, None),
    ],
)
async def test_severities_and_tags(
    editor: Editor, statement: str, code: str, severity: object, tags: tuple[object, ...] | None
) -> None:
    await editor.start(RICH, options={"extendSelect": ["GRD9"]})
    text = f"import torch\nx = torch.randn(3, requires_grad=True)\n{statement}\n"
    (found,) = await editor.diagnostics("train.py", text)
    assert (found.code, found.severity, found.tags and tuple(found.tags)) == (code, severity, tags)


async def test_a_change_a_save_and_a_close(editor: Editor) -> None:
    await editor.start()
    assert codes(await editor.diagnostics("train.py", CLEAN)) == []
    uri = editor.uri("train.py")
    editor.change(uri, PROVEN)
    assert codes(await editor.shown(uri)) == ["GRD111"]
    editor.change(uri, CLEAN)
    assert await editor.shown(uri) == []
    editor.change(uri, SUSPECT)
    assert codes(await editor.shown(uri)) == ["GRD211"]
    count = len(editor.published)
    editor.save(uri)
    await editor.until(lambda: len(editor.published) > count)
    assert codes(await editor.shown(uri)) == ["GRD211"]
    editor.close(uri)
    taken_back = await editor.until(lambda: [each for each in editor.published if each.version is None])
    assert (taken_back[0].uri, list(taken_back[0].diagnostics)) == (uri, [])


async def test_what_is_closed_is_not_spoken_of_again(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN)
    editor.change(uri, PROVEN + "\n")
    editor.close(uri)
    other = editor.open("other.py", SUSPECT)
    assert codes(await editor.shown(other)) == ["GRD211"]
    assert not [each.diagnostics for each in editor.published if each.uri == uri][-1]


async def test_of_many_changes_the_newest_wins(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN)
    for count in range(1, 40):
        editor.change(uri, "\n" * count + PROVEN)
    (found,) = await editor.shown(uri)
    assert found.range.start.line == 4 + 39
    # Of whatever else was sent, each was right for its own version, and none came after a newer one.
    versions = [each.version or 0 for each in editor.published]
    assert versions == sorted(set(versions))
    for each in editor.published:
        assert [one.range.start.line for one in each.diagnostics] == [3 + (each.version or 0)]


async def test_half_typed_code_keeps_what_was_found(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN)
    assert codes(await editor.shown(uri)) == ["GRD111"]
    version = editor.change(uri, HALF_TYPED)
    # The actions wait until the text has been examined. There are none: what was found is elsewhere by now, perhaps.
    assert await editor.actions(uri, 4) == []
    assert await editor.hover(uri, 4, 2) == ""
    assert not [each for each in editor.published if each.version == version]
    editor.change(uri, HALF_TYPED.replace("x = (a.\n", "x = (a)\n"))
    assert codes(await editor.shown(uri)) == ["GRD111"]


async def test_other_texts_that_cannot_be_read_say_nothing(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN + "\0")
    deep = editor.open("deep.py", PROVEN + f"y = {'(' * 5000}a{')' * 5000}\n")
    assert await editor.actions(uri, 4) == []
    assert await editor.actions(deep, 4) == []
    assert editor.published == []
    assert editor.client.messages == []


async def test_a_client_that_asks_is_not_also_told(editor: Editor) -> None:
    result = await editor.start(PULLING)
    provider = result.capabilities.diagnostic_provider
    assert isinstance(provider, types.DiagnosticOptions)
    assert (provider.identifier, provider.inter_file_dependencies) == ("gradsafe", True)
    uri = editor.open("train.py", PROVEN)
    first = await editor.pull(uri)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    assert codes(first.items) == ["GRD111"]
    again = await editor.pull(uri, first.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    editor.change(uri, "\n" + PROVEN)
    second = await editor.pull(uri, first.result_id)
    assert isinstance(second, types.RelatedFullDocumentDiagnosticReport)
    assert [each.range.start.line for each in second.items] == [5]
    editor.change(uri, HALF_TYPED)
    assert isinstance(await editor.pull(uri, second.result_id), types.RelatedUnchangedDocumentDiagnosticReport)
    nothing = await editor.pull(uri)
    assert isinstance(nothing, types.RelatedFullDocumentDiagnosticReport)
    assert not nothing.items
    editor.close(uri)
    # Opened anew, it is not taken for what it was.
    editor.open("train.py", CLEAN)
    anew = await editor.pull(uri, first.result_id)
    assert isinstance(anew, types.RelatedFullDocumentDiagnosticReport)
    assert not anew.items
    editor.close(uri)
    unknown = await editor.pull(uri)
    assert isinstance(unknown, types.RelatedFullDocumentDiagnosticReport)
    assert not unknown.items
    assert editor.published == []


async def test_other_languages_are_left_alone(editor: Editor) -> None:
    await editor.start()
    document = types.TextDocumentItem(editor.uri("notes.txt"), "plaintext", 1, PROVEN)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    assert codes(await editor.diagnostics("train.py", PROVEN)) == ["GRD111"]
    assert {each.uri for each in editor.published} == {editor.uri("train.py")}


async def test_untitled_documents_and_names_that_need_escapes(editor: Editor) -> None:
    await editor.start()
    assert codes(await editor.diagnostics("untitled:Untitled-1", PROVEN)) == ["GRD111"]
    assert codes(await editor.diagnostics("größe #1 %.py", PROVEN)) == ["GRD111"]


WIDE = "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\n" + (
    '名 = "🔥é"; out.data.zero_(); b = "ü"\nout.sum().backward()\n'
)


@pytest.mark.parametrize(
    ("offered", "chosen", "start"),
    [(None, "utf-16", 11), (["utf-8", "utf-16"], "utf-8", 16), (["utf-32", "utf-16"], "utf-32", 10)],
)
async def test_columns_beside_wide_characters(
    editor: Editor, offered: list[str] | None, chosen: str, start: int
) -> None:
    general = types.GeneralClientCapabilities(position_encodings=offered)
    result = await editor.start(types.ClientCapabilities(general=general))
    assert result.capabilities.position_encoding == chosen
    (found,) = await editor.diagnostics("train.py", WIDE)
    assert span(found) == (4, start, 4, start + len("out.data.zero_()"))
    # The other way: the last character of the finding is hovered, the one behind is not.
    uri = editor.uri("train.py")
    assert "GRD111" in await editor.hover(uri, 4, start + 15)
    assert "GRD111" not in await editor.hover(uri, 4, start + 18)
    assert "GRD111" not in await editor.hover(uri, 4, start - 2)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
async def test_other_line_ends_and_form_feeds(editor: Editor, end: str) -> None:
    await editor.start()
    text = ("# \f page\n\f\n# \x1c \u2028 \x85\n" + PROVEN).replace("\n", end)
    (found,) = await editor.diagnostics("train.py", text)
    assert span(found) == (7, 0, 7, 16)
