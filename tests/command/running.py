"""Programs to check, and the command that checks them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.command.inside import TIMEOUT, UTF_8, run_inside

if TYPE_CHECKING:
    from pathlib import Path

SUSPECT = "import torch\n\nx = torch.randn(3, requires_grad=True)\nx.data.add_(1)\n"
PROVEN = (
    "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\nout.data.zero_()\nout.sum().backward()\n"
)
ADVISORY = "import torch\n\n\ndef clip(p: torch.Tensor):\n    p.data.clamp_(0, 1)\n"
CLEAN = "import torch\n\na = torch.ones(3, requires_grad=True)\na.sum().backward()\n"
#: The model and the optimizer are made in other files: this one does not name torch.
UNNAMED = (
    "def train(model, optimizer, loader, loss_of):\n    for inputs, targets in loader:\n"
    "        loss = loss_of(model(inputs), targets)\n        optimizer.step()\n"
    "        optimizer.zero_grad()\n        loss.backward()\n"
)

NO_RULE = "gradsafe: warning: no rule is selected by the options or the configuration: nothing can be found\n"

#: What both faces report of a file of each degree of sureness, under these options,
CHOICES = [
    ([], ["GRD111", "GRD211"]),
    (["--select", "GRD"], ["GRD911", "GRD111", "GRD211"]),
    (["--select", "GRD1"], ["GRD111"]),
    (["--select", "GRD1,GRD2"], ["GRD111", "GRD211"]),
    (["--select", "GRD911"], ["GRD911"]),
    (["--extend-select", "GRD9"], ["GRD911", "GRD111", "GRD211"]),
    (["--ignore", "GRD2"], ["GRD111"]),
    (["--ignore", "E501"], ["GRD111", "GRD211"]),
    (["--extend-ignore", "GRD1"], ["GRD211"]),
    (["--select", "GRD", "--ignore", "GRD9,GRD111"], ["GRD211"]),
    (["--per-file-ignores", "proven.py: GRD1"], ["GRD211"]),
    (["--select", "E,W,F"], []),
    (["--jobs", "2"], ["GRD111", "GRD211"]),
]
#: and with these lines in flake8's section of a configuration.
CONFIGURATIONS = [
    ("ignore = E501", ["GRD111", "GRD211"]),
    ("ignore =", ["GRD111", "GRD211"]),
    ("extend-select = GRD9", ["GRD911", "GRD111", "GRD211"]),
    ("select = GRD\nignore = E501", ["GRD911", "GRD111", "GRD211"]),
    ("per-file-ignores =\n    suspect.py: GRD2\n    proven.py: GRD", []),
    ("exclude = proven.py", ["GRD211"]),
]


def gradsafe(
    folder: Path, *arguments: str, text: str | bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, within this process. What it prints is decoded as UTF-8.

    Runs that start processes of their own, or are about a process' streams, signals or limits, need `gradsafe_process`.
    """
    return _decoded(arguments, *run_inside(folder, arguments, _encoded(text) or b"", {**UTF_8, **environment}))


def gradsafe_process(
    folder: Path, *arguments: str, text: str | bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "flake8_gradsafe", *arguments],
        cwd=folder,
        input=_encoded(text),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, **UTF_8, **environment},
    )
    return _decoded(arguments, run.returncode, run.stdout, run.stderr)


def _encoded(text: str | bytes | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text


def _decoded(arguments: tuple[str, ...], code: int, output: bytes, errors: bytes) -> subprocess.CompletedProcess[str]:
    run = subprocess.CompletedProcess(arguments, code, output.decode("utf-8"), errors.decode("utf-8"))
    assert "Traceback" not in run.stderr, run.stderr
    return run


def check_here(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Check files as `check` does, without configuration."""
    return gradsafe(folder, "check", "--isolated", "--no-cache", "--format", "concise", *arguments)


def check(folder: Path, *arguments: str, text: str | bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Check files without a memory of earlier runs, a line for each finding."""
    return gradsafe(folder, "check", "--no-cache", "--format", "concise", *arguments, text=text)


def codes(run: subprocess.CompletedProcess[str], warning: str = "") -> list[str]:
    """The codes that were reported, in order; nothing may be on stderr but the warning."""
    assert run.stderr == warning
    return [line.split(": ", 1)[1].split()[0] for line in run.stdout.splitlines()]


def objects(folder: Path, *arguments: str, text: str | None = None) -> list[dict[str, Any]]:
    """What is found, as JSON."""
    run = gradsafe(folder, "check", "--no-cache", "--format", "json", *arguments, text=text)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def notebook(*cells: str | tuple[str, str], language: str = "python") -> str:
    """A notebook's file. A cell is code, or a kind and its text."""
    made: list[dict[str, Any]] = []
    for cell in cells:
        kind, source = ("code", cell) if isinstance(cell, str) else cell
        outputs: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
        made.append({"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True), **outputs})
    metadata = {"language_info": {"name": language}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})
