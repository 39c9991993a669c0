"""Projects of a few lines, each written into a folder, and what is found in one of its files when its imports are followed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = frozenset(code for code in CODES if not code.startswith("GRD9"))

#: A file in which nothing is wrong as long as the write to `out` is not seen.
_MAIN = "import torch\n{}\n\na = torch.ones(3, requires_grad=True)\nout = torch.exp(a)\n{}\nout.sum().backward()\n"
#: A module with that write; its comment has the code.
RESET = "def reset(x):\n    x.data.zero_()  # GRD111\n"
#: A module with the same name for what is harmless.
KEEP = "def reset(x):\n    return x.sum()\n"

Place = tuple[str, int, str]

_EXPECTED = re.compile(r"# (GRD\d{3})$")


def main(imports: str, calls: str = "reset(out)") -> str:
    """A file that imports something and calls it between the forward and the backward."""
    return _MAIN.format(imports, calls)


def write_tree(folder: Path, files: Mapping[str, str], mark: str = "pyproject.toml") -> Path:
    """Write files into a folder, by their paths in it. `mark` makes it the top of a project."""
    for name, text in {**({mark: ""} if mark else {}), **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def found(folder: Path, name: str = "main.py", sources: Sources | None = None) -> list[Place]:
    """The findings of a file: the file where each stands, its line and its code."""
    path = folder / name
    imports = FileImports(str(path), sources or Sources())
    findings = check(path.read_text(encoding="utf-8"), wanted=DEFAULT, imports=imports)
    root = folder.resolve()
    return sorted(
        (Path(finding.location.path or path).resolve().relative_to(root).as_posix(), finding.line, finding.code)
        for finding in findings
    )


def found_alone(folder: Path, name: str = "main.py") -> list[str]:
    """The codes that are found in a file where its imports are not followed."""
    return [finding.code for finding in check((folder / name).read_text(encoding="utf-8"), wanted=DEFAULT)]


def expected(files: Mapping[str, str]) -> list[Place]:
    """What the comments of some files expect."""
    return sorted(
        (name, number, match[1])
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _EXPECTED.search(line))
    )
