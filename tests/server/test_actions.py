"""Code actions: fixes, all safe fixes at once, and comments that silence."""

from __future__ import annotations

import pytest
from lsprotocol import types

from flake8_gradsafe.engine import check
from flake8_gradsafe.server.actions import FIX_ALL
from tests.command.running import PROVEN
from tests.command.test_fix import BEHIND, REFUSED
from tests.server.editor import Editor, applied

QUICK = types.CodeActionKind.QuickFix
#: A safe fix in each of the first two functions, an unsafe one in the third.
FIXABLE = """\
import torch


def first():
    a = torch.ones(3, requires_grad=True)
    h = torch.relu(a * 2)
    h.add_(1.0)
    h.sum().backward()


def second():
    a = torch.ones(3, requires_grad=True)
    k = torch.relu(a * 2)
    k.add_(1.0)
    k.sum().backward()


def third():
    a = torch.ones(3, requires_grad=True)
    root = torch.sqrt(a)
    root.data.mul_(2)
    root.sum().backward()
"""
FIRST, THIRD = 6, 20
LAZY = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
    ),
    text_document=types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(
            data_support=True, resolve_support=types.ClientCodeActionResolveOptions(["edit"])
        )
    ),
)


def found(text: str) -> list[str]:
    """The codes that are found in a text."""
    return [finding.code for finding in check(text)]


async def resolved(editor: Editor, action: types.CodeAction) -> types.CodeAction:
    """An action with what it changes."""
    assert action.edit is None
    return await editor.client.code_action_resolve_async(action)


@pytest.mark.parametrize("capabilities", [None, LAZY], ids=["at once", "lazily"])
async def test_a_safe_fix_is_preferred_and_mends(editor: Editor, capabilities: types.ClientCapabilities | None) -> None:
    await editor.start(capabilities)
    uri = editor.open("train.py", FIXABLE)
    (action, *_) = await editor.actions(uri, FIRST)
    if capabilities is not None:
        action = await resolved(editor, action)
    assert (action.kind, action.is_preferred) == (QUICK, True)
    assert action.title.startswith("GRD141: ")
    assert action.diagnostics is not None
    assert [each.code for each in action.diagnostics] == ["GRD141"]
    assert found(FIXABLE) == ["GRD141", "GRD141", "GRD111"]
    assert applied(FIXABLE, action) == FIXABLE.replace("h.add_(1.0)", "h = h.add(1.0)")


async def test_the_preferred_action_mends_what_hides_another_finding(editor: Editor) -> None:
    await editor.start(LAZY)
    uri = editor.open("train.py", BEHIND)
    (action, *_) = await editor.actions(uri, 4)
    assert action.is_preferred
    mended = applied(BEHIND, await resolved(editor, action))
    assert mended == BEHIND.replace("h.add_", "h = h.add")
    assert found(mended) == ["GRD141"]


async def test_a_fix_that_would_be_refused_is_not_offered(editor: Editor) -> None:
    await editor.start(LAZY)
    uri = editor.open("train.py", REFUSED)
    actions = await editor.actions(uri, 4)
    assert [action.title for action in actions] == ["GRD162: ignore with # noqa: GRD162"]


async def test_an_edit_names_the_version_that_it_is_for(editor: Editor) -> None:
    await editor.start(LAZY)
    uri = editor.open("train.py", PROVEN)
    version = editor.change(uri, FIXABLE)
    action = await resolved(editor, (await editor.actions(uri, FIRST))[0])
    assert action.edit is not None
    assert action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (uri, version)


async def test_an_unsafe_fix_says_so_and_is_not_preferred(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", FIXABLE)
    (action, *_) = await editor.actions(uri, THIRD)
    assert "(unsafe: " in action.title
    assert not action.is_preferred
    assert found(applied(FIXABLE, action)) == ["GRD141", "GRD141"]


async def test_an_action_for_another_text_changes_nothing(editor: Editor) -> None:
    await editor.start(LAZY)
    uri = editor.open("train.py", FIXABLE)
    (action, *_) = await editor.actions(uri, FIRST)
    editor.change(uri, "\n" + FIXABLE)
    assert (await resolved(editor, action)).edit is None
    assert len(await editor.until(lambda: editor.client.messages)) == 1
    strange = types.CodeAction("not ours", data={"of": "another server"})
    assert (await resolved(editor, strange)).edit is None


async def test_all_safe_fixes_at_once(editor: Editor) -> None:
    await editor.start(LAZY)
    uri = editor.open("train.py", FIXABLE)
    for only in ([FIX_ALL], [types.CodeActionKind.SourceFixAll], [types.CodeActionKind.Source]):
        (action,) = await editor.actions(uri, 0, only=list(only))
        assert action.kind == FIX_ALL
        after = applied(FIXABLE, await resolved(editor, action))
        assert found(after) == ["GRD111"]
    assert await editor.actions(uri, FIRST, only=["source.organizeImports", "refactor"]) == []
    assert {each.kind for each in await editor.actions(uri, FIRST, only=[QUICK])} == {QUICK}


async def test_nothing_is_offered_where_nothing_is_found(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN.replace("out.data", "out"))
    assert await editor.actions(uri, 0, only=[FIX_ALL]) == []
    assert await editor.actions(uri, 0) == []


async def ignored(editor: Editor, text: str) -> str:
    """A text with the comment that silences what is found in it."""
    uri = editor.open("train.py", text)
    (found,) = await editor.shown(uri)
    (action,) = [each for each in await editor.actions(uri, found.range.start.line) if "# noqa" in each.title]
    editor.close(uri)
    assert not action.is_preferred
    after = applied(text, action)
    assert await editor.diagnostics("silent.py", after) == []
    editor.close(editor.uri("silent.py"))
    return after


@pytest.mark.parametrize(
    ("line", "commented"),
    [
        ("out.data.zero_()", "out.data.zero_()  # noqa: GRD111"),
        ("out.data.zero_()  # noqa: E501", "out.data.zero_()  # noqa: E501, GRD111"),
        ("out.data.zero_()  # 🔥", "out.data.zero_()  # 🔥  # noqa: GRD111"),
        ("out.data\\\n.zero_()", "out.data\\\n.zero_()  # noqa: GRD111"),
        ('out.data.zero_(); s = """\ntwo lines"""', 'out.data.zero_(); s = """\ntwo lines"""  # noqa: GRD111'),
    ],
)
async def test_a_comment_silences(editor: Editor, line: str, commented: str) -> None:
    await editor.start()
    before = PROVEN.replace("out.data.zero_()", line)
    assert await ignored(editor, before) == PROVEN.replace("out.data.zero_()", commented)


async def test_edits_keep_the_line_ends_and_need_no_last_one(editor: Editor) -> None:
    await editor.start()
    text = FIXABLE.rstrip("\n").replace("\n", "\r\n")
    uri = editor.open("train.py", text)
    (action,) = await editor.actions(uri, 0, only=[FIX_ALL])
    assert action.edit is not None
    after = applied(text, action)
    assert found(after) == ["GRD111"]
    assert after.count("\n") == after.count("\r\n")


async def test_findings_that_comments_silence_are_not_mended(editor: Editor) -> None:
    await editor.start()
    text = FIXABLE.replace("k.add_(1.0)", "k.add_(1.0)  # noqa: GRD141")
    uri = editor.open("train.py", text)
    (action,) = await editor.actions(uri, 0, only=[FIX_ALL])
    assert applied(text, action) == text.replace("h.add_(1.0)", "h = h.add(1.0)")
