"""What is measured in one process: each tool is a function of what flake8 would hand it."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

GATE = "text gate"
AST = "ast.parse"
PARSE = "libcst.parse_module"
DEFAULT = "gradsafe GRD1,GRD2"
ALL = "gradsafe GRD"
TORCHFIX = "TorchFix"

#: Concerns every tool: it loads what is loaded on demand.
WARM_UP = (
    "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\nout.data.zero_()\nout.sum().backward()\n"
)


@dataclass(frozen=True)
class Handed:
    """What flake8 has of a file before it calls a plugin."""

    text: str
    lines: list[str]
    tree: ast.Module


Tool = Callable[[Handed], object]


def read(path: Path) -> Handed:
    """Read a file as flake8 does. Raises SyntaxError or UnicodeDecodeError where it cannot be."""
    with tokenize.open(path) as file:
        return handed(file.read())


def handed(text: str) -> Handed:
    """What flake8 makes of a text."""
    return Handed(text, text.splitlines(keepends=True), ast.parse(text))


def load(name: str) -> Tool:
    """Import a tool, and run it once."""
    tool = _LOADERS[name]()
    tool(handed(WARM_UP))
    return tool


def has_torchfix() -> bool:
    """Whether TorchFix is installed."""
    return find_spec("torchfix") is not None


def _gate() -> Tool:
    from flake8_gradsafe.syntax.gate import may_concern_us

    return lambda file: may_concern_us(file.text)


def _ast() -> Tool:
    return lambda file: ast.parse(file.text)


def _parse() -> Tool:
    import libcst

    return lambda file: libcst.parse_module(file.text)


def _gradsafe(*selected: str) -> Tool:
    from flake8_gradsafe.config.codes import CODES
    from flake8_gradsafe.engine import check

    wanted = frozenset(code for code in CODES if code.startswith(selected))
    return lambda file: check(file.text, file.tree, wanted)


def _torchfix() -> Tool:
    from torchfix.torchfix import TorchChecker

    return lambda file: list(TorchChecker(file.tree, file.lines).run())


_LOADERS: dict[str, Callable[[], Tool]] = {
    GATE: _gate,
    AST: _ast,
    PARSE: _parse,
    DEFAULT: lambda: _gradsafe("GRD1", "GRD2"),
    ALL: lambda: _gradsafe("GRD"),
    TORCHFIX: _torchfix,
}
