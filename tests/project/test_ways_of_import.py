"""A package that gives the names of its modules, and modules of it that import one another in a circle."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources

_BASE = """\
import torch


def frozen(q):
    hidden = q / 0.8
    hidden.requires_grad_(False)  # this is refused
    return (hidden**2).sum()
"""
_BLOCKS = """\
import torch
{statement}


def train():
    scale = torch.rand(4).requires_grad_()
    {spelling}(scale).backward()
"""
_INSIDE = {
    "from pkg.base import frozen": "frozen",
    "from .base import frozen": "frozen",
    "import pkg.base": "pkg.base.frozen",
    "import pkg.base as base": "base.frozen",
    "from pkg import base": "base.frozen",
    "from . import base": "base.frozen",
    "import pkg": "pkg.frozen",
}
_PACKAGE = (
    "from pkg.base import frozen\nfrom pkg.blocks import train\n",
    "from .base import *\nfrom .blocks import *\n",
    "from . import base, blocks\nfrom .base import frozen\nfrom .blocks import train\n",
)
_OUTSIDE = {
    "from pkg.blocks import train": "train",
    "from pkg.blocks import *": "train",
    "from pkg import train": "train",
    "from pkg import *": "train",
    "import pkg.blocks": "pkg.blocks.train",
    "import pkg": "pkg.train",
    "from pkg import blocks": "blocks.train",
}


@pytest.mark.parametrize(("inside", "package"), [*product(_INSIDE, _PACKAGE)])
def test_a_package_and_its_modules(tmp_path: Path, inside: str, package: str) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text(package, encoding="utf-8")
    (tmp_path / "pkg/base.py").write_text(_BASE, encoding="utf-8")
    blocks = _BLOCKS.format(statement=inside, spelling=_INSIDE[inside])
    (tmp_path / "pkg/blocks.py").write_text(blocks, encoding="utf-8")
    sources = Sources()
    main = tmp_path / "main.py"
    for statement, spelling in _OUTSIDE.items():
        found = check(f"{statement}\n\n{spelling}()\n", imports=FileImports(str(main), sources))
        places = [(finding.code, finding.line, Path(finding.location.path).name) for finding in found]
        assert places == [("GRD154", 6, "base.py")], statement


def test_a_name_that_is_also_a_module(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("from .frozen import *\n", encoding="utf-8")
    (tmp_path / "pkg/frozen.py").write_text(_BASE, encoding="utf-8")
    text = "import torch\nfrom pkg import frozen\n\nfrozen(torch.rand(4, requires_grad=True)).backward()\n"
    found = check(text, imports=FileImports(str(tmp_path / "main.py"), Sources()))
    assert [finding.code for finding in found] == ["GRD154"]
