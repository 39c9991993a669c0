"""The server starts, ends, and does not die in between."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled

from tests.command.running import CLEAN, PROVEN, SUSPECT
from tests.server.editor import PATIENCE, Editor, codes

if TYPE_CHECKING:
    from pathlib import Path

#: The server with a part that fails.
BROKEN = """
import sys
from flake8_gradsafe import engine
from flake8_gradsafe.server.main import serve

def fail(source, *rest, **named):
    if "FAIL" in source:
        raise RuntimeError("a part\\nthat fails")
    return check(source, *rest, **named)

check, engine.check = engine.check, fail
sys.exit(serve())
"""
WITHOUT = """
import sys
sys.modules["pygls"] = None
from flake8_gradsafe.command.main import main
sys.exit(main(["server"]))
"""


async def test_it_introduces_itself(editor: Editor) -> None:
    result = await editor.start()
    assert result.server_info is not None
    assert result.server_info.name == "gradsafe"
    able = result.capabilities
    assert able.hover_provider
    assert isinstance(able.code_action_provider, types.CodeActionOptions)
    assert able.code_action_provider.resolve_provider
    assert list(able.code_action_provider.code_action_kinds or ()) == ["quickfix", "source.fixAll.gradsafe"]


async def test_editors_may_add_stdio(tmp_path: Path) -> None:
    editor = Editor(tmp_path, command=(sys.executable, "-m", "flake8_gradsafe", "server", "--stdio"))
    await editor.start()
    assert codes(await editor.diagnostics("train.py", PROVEN)) == ["GRD111"]
    assert await editor.end() == 0


async def test_an_error_of_ours_is_logged_and_shown_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    editor = Editor(tmp_path, command=(sys.executable, "-c", BROKEN))
    await editor.start()
    uri = editor.open("train.py", PROVEN)
    assert codes(await editor.shown(uri)) == ["GRD111"]
    editor.change(uri, f"{PROVEN}# FAIL\n")
    assert await editor.shown(uri) == []
    for count in range(3):
        editor.change(uri, f"{PROVEN}# FAIL{count}\n")
        assert await editor.shown(uri) == []
    editor.change(uri, SUSPECT)
    assert codes(await editor.shown(uri)) == ["GRD211"]
    assert [each.message for each in editor.client.messages] == [
        "gradsafe: not analysed: internal error, please report it: RuntimeError: a part that fails"
    ]
    assert await editor.end() == 0
    assert "a part that fails" in capfd.readouterr().err


async def test_messages_that_make_no_sense(editor: Editor) -> None:
    await editor.start()
    editor.client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(7, editor.uri("unknown.py")),
            [types.TextDocumentContentChangeWholeDocument(PROVEN)],
        )
    )
    editor.save(editor.uri("unknown.py"))
    editor.send('{"jsonrpc": "2.0", "method": "$/unheard", "params": {"of": 1}}')
    editor.send('{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"nonsense": true}}')
    editor.send("{no JSON at all")
    await editor.until(lambda: editor.client.messages)
    assert await editor.hover(editor.uri("unknown.py"), 3, 3) == ""
    assert await editor.actions(editor.uri("unknown.py"), 3) == []
    assert codes(await editor.diagnostics("train.py", PROVEN)) == ["GRD111"]


async def test_a_request_that_is_taken_back(editor: Editor) -> None:
    await editor.start()
    uri = editor.open("train.py", PROVEN)
    asked = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(4, 4))
    answer = editor.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, asked, msg_id="7")
    editor.client.cancel_request(types.CancelParams("7"))
    with pytest.raises(JsonRpcRequestCancelled):
        await asyncio.wait_for(asyncio.wrap_future(answer), PATIENCE)
    assert codes(await editor.shown(uri)) == ["GRD111"]


def test_it_ends_when_its_client_has_gone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8_gradsafe", "server"],
        cwd=tmp_path,
        input=b"",
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "gradsafe: error: the language server needs more: pip install 'flake8-gradsafe[lsp]'\n"


async def test_what_was_answered_is_forgotten(tmp_path: Path) -> None:
    counting = """
import sys
from flake8_gradsafe.server import main
made = main.service()
main.service = lambda: made
code = main.serve()
print(len(made.protocol._request_futures), file=sys.stderr)
sys.exit(code or (1 if len(made.protocol._request_futures) > 3 else 0))
"""
    editor = Editor(tmp_path, command=(sys.executable, "-c", counting))
    await editor.start()
    uri = editor.open("train.py", CLEAN)
    for count in range(50):
        editor.change(uri, CLEAN + "\n" * count)
        await editor.hover(uri, 3, 3)
    await editor.shown(uri)
    assert await editor.end() == 0
