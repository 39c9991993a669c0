"""What is shown of a place."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from flake8_gradsafe.engine import check
from flake8_gradsafe.rules import RULES
from flake8_gradsafe.server.hovering import about_findings, plain
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding
from tests.command.running import PROVEN
from tests.losses.programs import GAN, GIVEN_OPTIMIZER, GIVING_OPTIMIZER, LIGHTNING
from tests.project.trees import write_tree
from tests.server.editor import Editor

if TYPE_CHECKING:
    from pathlib import Path

MARKDOWN = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown])
    )
)
TWO = """\
import torch


def wrong(a: torch.Tensor):
    leaf = torch.ones(3, requires_grad=True)
    out = leaf.sigmoid()
    out.data.zero_()
    out.sum().backward()


def right(a: torch.Tensor):
    leaf = torch.ones(3, requires_grad=True)
    out = leaf.sigmoid()
    out.sum().backward()
"""


async def test_a_finding_shows_its_trace_and_its_page(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    uri = editor.open("train.py", PROVEN)
    shown = await editor.hover(uri, 4, 5)
    assert shown.startswith("**GRD111** data-write-corrupts-gradient\n")
    for part in (
        "overwrites the output that sigmoid saved",
        "- line 4: saved here",
        "Help: ",
        "### Why it is unsafe\n`.data` gives a second tensor on the same memory,",
        "### Use instead\n```python\n",
        "### What PyTorch printed\nRun with PyTorch ",
    ):
        assert part in shown


def test_a_page_is_plain_text_for_who_reads_no_markdown() -> None:
    (finding,) = check(PROVEN)
    for code in RULES:
        named = replace(finding, code=code, message="`a**b**c` is written")
        (part,) = about_findings([FileFinding(Document("train.py", PROVEN), named, 5)])
        shown = plain(f"{part}\n\n---\n\n`out`\n\n- a leaf")
        assert shown.startswith(f"{code} data-write-corrupts-gradient\n\n`a**b**c` is written\n\n- line 4: saved")
        assert "\nUse instead:\n" in shown
        assert re.search(r"^    \w", shown, re.MULTILINE)
        assert shown.endswith("\n\n\n`out`\n\n- a leaf")
        assert not re.search(r"^(#|\*\*|```|---$)", shown, re.MULTILINE)


async def test_a_client_that_reads_no_markdown_gets_plain_text(editor: Editor) -> None:
    await editor.start()
    shown = await editor.hover(editor.open("train.py", PROVEN), 4, 5)
    assert shown.startswith("GRD111 data-write-corrupts-gradient\n")
    assert "\nWhy it is unsafe:\n" in shown
    assert "```" not in shown


async def test_a_name_shows_what_is_known_of_its_tensor(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    uri = editor.open("train.py", TWO)
    shown = await editor.hover(uri, 5, 4)
    assert shown.startswith("`out`\n")
    assert "- in the graph, computed by sigmoid (line 6)" in shown
    assert "- sigmoid saved it for its backward (line 6); the backward of line 8 reads it" in shown
    assert "- a leaf that requires grad (line 5)" in await editor.hover(uri, 5, 12)
    # On the finding: both.
    both = await editor.hover(uri, 6, 5)
    assert both.startswith("**GRD111**")
    assert "overwritten since sigmoid saved it, unseen by autograd" in both


async def test_functions_without_findings_show_nothing(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    uri = editor.open("train.py", TWO)
    assert await editor.hover(uri, 12, 4) == ""
    # No name, no tensor, no line.
    assert await editor.hover(uri, 1, 0) == ""
    assert await editor.hover(uri, 0, 3) == ""
    assert await editor.hover(uri, 5, 8) == ""
    assert await editor.hover(uri, 99, 99) == ""


async def test_a_backward_shows_what_it_trains(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    uri = editor.open("gan.py", GAN)
    shown = await editor.hover(uri, 11, GAN.splitlines()[11].index("backward"))
    assert shown.splitlines() == [
        "What this backward trains:",
        "",
        "| parameters | reached | requires grad | held by | gradient afterwards |",
        "| --- | --- | --- | --- | --- |",
        "| `G (2)` | no, cut by detach() (line 10) | yes | opt_g | "
        "first round: none; later: fresh from line 16 (used by the step of line 17) |",
        "| `D (4)` | yes | yes | opt_d | fresh from line 12 |",
    ]
    # On the loss where it is bound, on the step, and on neither.
    assert (await editor.hover(uri, 13, 6)).startswith("What `loss_g` trains, where it is differentiated:")
    assert (await editor.hover(uri, 16, 12)).startswith("What this step holds, and what it leaves:")
    assert await editor.hover(uri, 13, 16) == ""
    assert await editor.hover(uri, 8, 6) == ""


async def test_a_client_that_reads_no_markdown_gets_the_table_all_the_same(editor: Editor) -> None:
    await editor.start()
    shown = await editor.hover(editor.open("gan.py", GAN), 11, 8)
    assert shown.startswith("What this backward trains:\n\n| parameters | reached |")


async def test_what_is_not_examined_shows_no_table(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    assert await editor.hover(editor.open("broken.py", GAN + "x = (\n"), 11, 8) == ""
    assert await editor.hover(editor.open("empty.py", ""), 0, 0) == ""


async def test_attributes_are_names_too(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    text = """\
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3))

    def forward(self, x):
        h = torch.sigmoid(x * self.scale)
        h.data.mul_(2)
        return h
"""
    uri = editor.open("net.py", text)
    assert "requires grad" in await editor.hover(uri, 9, text.splitlines()[9].index("scale") + 2)


async def test_a_loss_shows_what_a_caller_makes_of_it(folder: Path, editor: Editor) -> None:
    write_tree(folder, {"net.py": GIVEN_OPTIMIZER, "train.py": GIVING_OPTIMIZER})
    await editor.start(MARKDOWN)
    uri = editor.open("net.py", GIVEN_OPTIMIZER)
    shown = await editor.hover(uri, 10, 19)
    own, _, callers = shown.partition("Where train.py comes by here:\n\nWhat this step holds, and what it leaves:\n\n")
    assert "| `self (2 or more)` | unknown, what the optimizer holds is out of sight |" in own
    assert callers.endswith("| `self (2)` | yes | yes | optimizer | fresh from line 10 |")
    editor.open("train.py", GIVING_OPTIMIZER.replace("net.fit(", "print("))
    assert "comes by here" not in await editor.hover(uri, 10, 19)


async def test_a_lightning_module_has_the_optimizers_that_it_makes(editor: Editor) -> None:
    await editor.start(MARKDOWN)
    shown = await editor.hover(editor.open("train.py", LIGHTNING), 17, 9)
    assert "| `self.head (2)` | yes | yes | self.configure_optimizers() |" in shown
