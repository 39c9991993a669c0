"""`python -m tests.bench.editing`: what the language server costs while one types, with a real client.

Times are those of the clock, each beside `libcst.parse_module` of the same text in the same moment. Memory is read from
/proc: it needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import libcst
from rich.console import Console

from flake8_gradsafe.server.documents import DELAY
from tests.bench.__main__ import processor
from tests.bench.processes import ROOT
from tests.bench.tables import Table
from tests.server.editor import Editor

WRITTEN = ROOT / "docs" / "benchmark-editor.md"
_SIZES = (100, 1_000, 5_000)
_CHANGES = 30
_STARTS = 11
_EDITS = 10_000
#: Of so many edits one is waited for; the others come faster than they could be examined.
_BETWEEN = 20
_HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"
#: Thirty lines, with a finding in the last function.
_BLOCK = """

class Block{n}(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.first(x))
        return self.second(hidden)


def train{n}(batches: list[torch.Tensor], rounds: int = 3) -> Block{n}:
    net = Block{n}()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(rounds):
        for batch in batches:
            optimizer.zero_grad()
            F.mse_loss(net(batch), torch.zeros(4, 1)).backward()
            optimizer.step()
    return net


def scale{n}() -> torch.Tensor:
    weight = torch.ones(3, requires_grad=True)
    out = weight.sigmoid()
    out.data.mul_(2)
    return out.sum().backward()
"""


@dataclass
class Figures:
    """Seconds from a change to its diagnostics, the server's delay left out, and for libcst's parse of the same text."""

    lines: int
    findings: int = 0
    diagnostics: list[float] = field(default_factory=list)
    parse: list[float] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        median, tail = statistics.median(self.diagnostics), percentile(self.diagnostics)
        parse = statistics.median(self.parse)
        return (
            str(self.lines),
            str(self.findings),
            f"{median * 1000:.0f}",
            f"{tail * 1000:.0f}",
            f"{parse * 1000:.0f}",
            f"{median / parse:.2f}",
            f"{tail / parse:.2f}",
        )


def program(lines: int, edit: int = 0) -> str:
    """A module of about that many lines, which differs with each edit in one line at its end."""
    blocks = max(1, round(lines / _BLOCK.count("\n")))
    text = _HEAD + "".join(_BLOCK.replace("{n}", str(number)) for number in range(blocks))
    return f"{text}\n\nseed = torch.tensor({edit}.0)\n"


def percentile(values: list[float], hundredths: int = 95) -> float:
    """The value below which so many hundredths lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]


async def changes(folder: Path, lines: int) -> Figures:
    """The time from a change to its diagnostics."""
    figures = Figures(program(lines).count("\n"))
    editor = Editor(folder)
    await editor.start()
    uri = editor.open("train.py", program(lines))
    figures.findings = len(await editor.shown(uri))
    for edit in range(1, _CHANGES + 1):
        text = program(lines, edit)
        started = time.perf_counter()
        editor.change(uri, text)
        await editor.shown(uri)
        figures.diagnostics.append(time.perf_counter() - started - DELAY)
        started = time.perf_counter()
        kept = libcst.parse_module(text)
        figures.parse.append(time.perf_counter() - started)
        del kept
    await editor.end()
    return figures


async def starts(folder: Path) -> tuple[list[float], list[float]]:
    """The time from the process's start until it has introduced itself, and until its first diagnostics."""
    ready, shown = [], []
    for _ in range(_STARTS):
        editor = Editor(folder)
        started = time.perf_counter()
        await editor.start()
        ready.append(time.perf_counter() - started)
        await editor.diagnostics("train.py", program(100))
        shown.append(time.perf_counter() - started)
        await editor.end()
    return ready, shown


async def memory(folder: Path, edits: int) -> list[tuple[int, float]]:
    """The server's memory in MiB after some of many edits."""
    editor = Editor(folder)
    await editor.start()
    process = editor.client._server
    assert process is not None
    uri = editor.open("train.py", program(1_000))
    await editor.shown(uri)
    points = []
    for edit in range(1, edits + 1):
        editor.change(uri, program(1_000, edit) if edit % 7 else program(1_000, edit) + "half(")
        if edit % _BETWEEN == 0:
            await editor.hover(uri, 30, 5)
            editor.published.clear()
        if edit in {edits // 100, edits // 10, edits // 2, edits}:
            points.append((edit, resident(process.pid)))
    await editor.end()
    return points


def resident(process: int) -> float:
    """What a process has in memory, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kibibytes) / 1024


def tables(folder: Path, edits: int) -> list[Table]:
    """Measure everything."""
    rows = [asyncio.run(changes(folder, lines)).row() for lines in _SIZES]
    ready, shown = asyncio.run(starts(folder))
    points = asyncio.run(memory(folder, edits))
    return [
        Table(
            "From a change to its diagnostics",
            ("lines", "findings", "median ms", "95 % below, ms", "parse ms", "median × parse", "95 % below × parse"),
            rows,
            f"Without the {DELAY * 1000:.0f} ms that the server waits for the next change. The unit is `libcst.parse_module`, "
            f"once per change, of the same text: {_CHANGES} changes.",
        ),
        Table(
            "Start-up",
            ("until", "median ms", "95 % below, ms"),
            [
                (what, f"{statistics.median(times) * 1000:.0f}", f"{percentile(times) * 1000:.0f}")
                for what, times in (("it has introduced itself", ready), ("the first diagnostics, of 100 lines", shown))
            ],
            f"{_STARTS} starts.",
        ),
        Table(
            "Memory",
            ("edits", "MiB"),
            [(f"{edit}", f"{mebibytes:.0f}") for edit, mebibytes in points],
            f"Of the server's process, with a text of 1,000 lines, every seventh of them half typed; one in {_BETWEEN} is "
            "waited for, and a name hovered.",
        ),
    ]


def head() -> str:
    """How the page begins."""
    return (
        "# Benchmark of the language server\n\nWritten by `python -m tests.bench.editing --write`. "
        f"{processor()}, {platform.python_implementation()} {platform.python_version()}, libcst {version('libcst')}, "
        f"pygls {version('pygls')}.\n\n"
    )


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.editing", description=__doc__)
    parser.add_argument("--edits", type=int, default=_EDITS, help=f"for the memory (default: {_EDITS})")
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.relative_to(ROOT)} anew")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        made = tables(Path(folder), options.edits)
    for table in made:
        console.print(table.rich(), "")
    if options.write:
        WRITTEN.write_text(head() + "\n".join(table.markdown() for table in made), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
