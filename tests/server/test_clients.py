"""Each feature once more, with the capabilities that real editors tell of themselves."""

from __future__ import annotations

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from tests.command.running import PROVEN
from tests.server.editor import Editor, codes


@pytest.mark.parametrize("client", ["visual-studio-code", "neovim@v0.7.0", "neovim@v0.11.0", "emacs"])
async def test_a_finding_its_page_and_its_comment(editor: Editor, client: str) -> None:
    capabilities = client_capabilities(client)
    editor.client.set_configuration({"ignore": "GRD2"}, section="gradsafe")
    await editor.start(capabilities)
    uri = editor.open("train.py", PROVEN)
    if capabilities.text_document is not None and capabilities.text_document.diagnostic is not None:
        report = await editor.pull(uri)
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        found = list(report.items)
    else:
        found = await editor.shown(uri)
    assert codes(found) == ["GRD111"]
    assert bool(found[0].related_information) == (client != "emacs")
    assert "Why it is unsafe" in await editor.hover(uri, 4, 3)
    (action,) = [each for each in await editor.actions(uri, 4) if "# noqa" in each.title]
    if action.edit is None:
        action = await editor.client.code_action_resolve_async(action)
    assert action.edit is not None
    assert editor.client.messages == []
