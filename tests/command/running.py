"""Programs to check, and the command in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.command.main import main

if TYPE_CHECKING:
    from pathlib import Path

SUSPECT = "import torch\n\nx = torch.randn(3, requires_grad=True)\nx.data.add_(1)\n"
PROVEN = (
    "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\nout.data.zero_()\nout.sum().backward()\n"
)
ADVISORY = "import torch\n\n\ndef clip(p: torch.Tensor):\n    p.data.clamp_(0, 1)\n"
CLEAN = "import torch\n\na = torch.ones(3, requires_grad=True)\na.sum().backward()\n"

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
    """Run the command in a folder. What it prints is decoded as UTF-8."""
    data = text.encode() if isinstance(text, str) else text
    run = subprocess.run(
        [sys.executable, "-m", "flake8_gradsafe", *arguments],
        cwd=folder,
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )
    stdout, stderr = (stream.decode("utf-8") for stream in (run.stdout, run.stderr))
    assert "Traceback" not in stderr, stderr
    return subprocess.CompletedProcess(run.args, run.returncode, stdout, stderr)


def here(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, in this process: much faster, where nothing depends on the streams."""
    stdout, stderr = io.StringIO(), io.StringIO()
    before = os.getcwd()
    os.chdir(folder)
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            code = main(arguments)
    finally:
        os.chdir(before)
    return subprocess.CompletedProcess([*arguments], code, stdout.getvalue(), stderr.getvalue())


def check_here(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Check files in this process as `check` does in another, without configuration."""
    return here(folder, "check", "--isolated", "--no-cache", "--format", "concise", *arguments)


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
