"""Where the project of a file begins, and which of its files an import means."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.analysis import document
from flake8_gradsafe.engine import check
from flake8_gradsafe.project import root
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.search import ImportSearch
from flake8_gradsafe.project.sources import Sources
from tests.command.running import notebook
from tests.project.trees import DEFAULT, KEEP, RESET, expected, found, main, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")

#: The path of the file that is checked, and the files of its project.
PLACES = {
    "a module beside a script": (
        "scripts/train.py",
        {"scripts/train.py": main("from model import reset"), "scripts/model.py": RESET},
    ),
    "a module at the top": (
        "scripts/train.py",
        {"scripts/train.py": main("from model import reset"), "model.py": RESET},
    ),
    "the one beside the script before the one at the top": (
        "scripts/train.py",
        {"scripts/train.py": main("from model import reset"), "scripts/model.py": RESET, "model.py": KEEP},
    ),
    "a package at the top": (
        "scripts/deep/train.py",
        {"scripts/deep/train.py": main("from pkg.tools import reset"), "pkg/__init__.py": "", "pkg/tools.py": RESET},
    ),
    "a package in src": (
        "scripts/train.py",
        {
            "scripts/train.py": main("from pkg.tools import reset"),
            "src/pkg/__init__.py": "",
            "src/pkg/tools.py": RESET,
        },
    ),
    "a test of a package in src": (
        "tests/unit/test_it.py",
        {
            "tests/unit/test_it.py": main("import pkg.tools", "pkg.tools.reset(out)"),
            "src/pkg/__init__.py": "",
            "src/pkg/tools.py": RESET,
        },
    ),
    "a file of a package that names the package": (
        "src/pkg/deep/train.py",
        {
            "src/pkg/deep/train.py": main("from pkg.tools import reset"),
            "src/pkg/deep/__init__.py": "",
            "src/pkg/__init__.py": "",
            "src/pkg/tools.py": RESET,
        },
    ),
    "a package in a folder of its own": (
        "code/pkg/deep/train.py",
        {
            "code/pkg/deep/train.py": main("from pkg.tools import reset"),
            "code/pkg/deep/__init__.py": "",
            "code/pkg/__init__.py": "",
            "code/pkg/tools.py": RESET,
        },
    ),
    "a file of a package with dots": (
        "pkg/train.py",
        {"pkg/train.py": main("from .tools import reset"), "pkg/__init__.py": "", "pkg/tools.py": RESET},
    ),
    "dots without a package's file": (
        "pkg/deep/train.py",
        {"pkg/deep/train.py": main("from ..tools import reset"), "pkg/tools.py": RESET},
    ),
    "a package's own file": (
        "pkg/__init__.py",
        {"pkg/__init__.py": main("from .tools import reset"), "pkg/tools.py": RESET},
    ),
    "a package without a file": (
        "main.py",
        {"main.py": main("from space.tools import reset"), "space/tools.py": RESET},
    ),
    "a package without a file in a package without a file": (
        "main.py",
        {"main.py": main("import space.deep.tools as t", "t.reset(out)"), "space/deep/tools.py": RESET},
    ),
    "attributes of packages without files": (
        "main.py",
        {"main.py": main("import space.deep.tools", "space.deep.tools.reset(out)"), "space/deep/tools.py": RESET},
    ),
    "a package without a file in two places": (
        "scripts/train.py",
        {
            "scripts/train.py": main("from space.tools import reset"),
            "scripts/space/other.py": "",
            "space/tools.py": RESET,
        },
    ),
    "a module before a folder of its name": (
        "main.py",
        {"main.py": main("from helper import reset"), "helper.py": RESET, "helper/data.txt": ""},
    ),
    "a module at the top before a folder of its name": (
        "scripts/train.py",
        {"scripts/train.py": main("from model import reset"), "scripts/model/weights.txt": "", "model.py": RESET},
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_which_file_is_meant(tmp_path: Path, name: str) -> None:
    checked, files = PLACES[name]
    write_tree(tmp_path, files)
    assert expected(files)
    assert found(tmp_path, checked) == expected(files)


@pytest.mark.parametrize("mark", [".git/HEAD", ".hg/store", "setup.cfg", "setup.py", "pyproject.toml"])
def test_a_project_begins_at_a_mark(tmp_path: Path, mark: str) -> None:
    files = {"work/scripts/train.py": main("from model import reset"), "work/model.py": RESET, "model.py": KEEP}
    write_tree(tmp_path, files, f"work/{mark}")
    assert root.project_root(str(tmp_path / "work/scripts/train.py")) == str(tmp_path.resolve() / "work")
    assert found(tmp_path, "work/scripts/train.py") == [("work/model.py", 2, "GRD111")]


def test_what_is_above_the_mark_is_not_read(tmp_path: Path) -> None:
    files = {
        "inner/pkg/__init__.py": "",
        "inner/pkg/train.py": main(
            "from ...helper import reset\nfrom helper import reset as wipe", "reset(out)\nwipe(out)"
        ),
        "inner/setup.py": "",
        "helper.py": RESET,
    }
    write_tree(tmp_path, files)
    assert found(tmp_path, "inner/pkg/train.py") == []


@pytest.fixture
def _no_marks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No folder above has a mark, whatever there is on this machine."""
    root._root_of.cache_clear()
    monkeypatch.setattr(root, "_MARKS", ("no-mark-that-there-is",))
    yield
    root._root_of.cache_clear()


@pytest.mark.usefixtures("_no_marks")
def test_without_a_mark_the_folder_is_the_project(tmp_path: Path) -> None:
    files = {
        "scripts/train.py": main("from model import reset\nfrom other import reset as wipe", "reset(out)\nwipe(out)"),
        "scripts/model.py": KEEP,
        "other.py": RESET,
    }
    write_tree(tmp_path, files, "")
    assert found(tmp_path, "scripts/train.py") == []
    (tmp_path / "scripts" / "other.py").write_text(RESET)
    assert found(tmp_path, "scripts/train.py") == [("scripts/other.py", 2, "GRD111")]


@pytest.mark.usefixtures("_no_marks")
def test_without_a_mark_a_package_is_whole(tmp_path: Path) -> None:
    files = {
        "pkg/deep/train.py": main("from pkg.tools import reset"),
        "pkg/deep/__init__.py": "",
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
    }
    write_tree(tmp_path, files, "")
    assert found(tmp_path, "pkg/deep/train.py") == [("pkg/tools.py", 2, "GRD111")]


@pytest.mark.parametrize("library", ["torch", "numpy", "torchvision", "typing"])
def test_what_a_library_is_called_is_not_looked_up(tmp_path: Path, library: str) -> None:
    files = {
        "main.py": main(f"import {library}\nfrom {library}.tools import reset", f"reset(out)\n{library}.wipe(out)"),
        f"{library}/__init__.py": RESET.replace("reset", "wipe"),
        f"{library}/tools.py": RESET,
    }
    write_tree(tmp_path, files)
    assert found(tmp_path) == []
    assert ImportSearch(str(tmp_path / "main.py")).absolute(f"{library}.tools") is None


def test_a_module_of_a_package_may_be_called_as_a_library_is(tmp_path: Path) -> None:
    files = {"main.py": main("from pkg.torch import reset"), "pkg/__init__.py": "", "pkg/torch.py": RESET}
    write_tree(tmp_path, files)
    assert found(tmp_path) == [("pkg/torch.py", 2, "GRD111")]


@needs_links
def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"helper.py": RESET, "pkg/__init__.py": "", "pkg/tools.py": RESET}, "")
    files = {
        "main.py": main(
            "from helper import reset\nfrom pkg.tools import reset as wipe\nfrom space.helper import reset as clear",
            "reset(out)\nwipe(out)\nclear(out)",
        )
    }
    inside = write_tree(tmp_path / "inside", files)
    (inside / "helper.py").symlink_to(outside / "helper.py")
    (inside / "pkg").symlink_to(outside / "pkg")
    (inside / "space").symlink_to(outside)
    assert found(inside) == []


@needs_links
def test_a_link_within_the_project_is_followed(tmp_path: Path) -> None:
    files = {"main.py": main("from helper import reset"), "lib/real.py": RESET}
    write_tree(tmp_path, files)
    (tmp_path / "helper.py").symlink_to(tmp_path / "lib" / "real.py")
    assert found(tmp_path) == [("lib/real.py", 2, "GRD111")]


@needs_links
def test_a_link_that_leads_to_itself_is_no_module(tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.py": main("from helper import reset\nimport loop.loop.loop")})
    (tmp_path / "helper.py").symlink_to(tmp_path / "helper.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert found(tmp_path) == []


def test_a_notebook_imports_a_module_of_the_project(tmp_path: Path) -> None:
    cells = "%matplotlib inline\nimport torch", "from helper import reset", *main("").split("\n\n", 1)[1].split("\n", 1)
    write_tree(tmp_path, {"lab/look.ipynb": notebook(*cells), "helper.py": RESET})
    path = str(tmp_path / "lab" / "look.ipynb")
    made, problems = document(path, (tmp_path / "lab" / "look.ipynb").read_bytes())
    assert made is not None
    assert problems == []
    (finding,) = check(made.text, wanted=DEFAULT, imports=FileImports(path, Sources()))
    assert (finding.code, finding.location.path, finding.line) == ("GRD111", str(tmp_path.resolve() / "helper.py"), 2)
    assert finding.lead is not None
    assert made.lines[finding.lead.line - 1] == "reset(out)\n"


def test_a_notebook_is_no_module(tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.py": main("from helper import reset"), "helper.ipynb": notebook(RESET)})
    assert json.loads((tmp_path / "helper.ipynb").read_text())
    assert found(tmp_path) == []


def test_names_that_are_no_paths(tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.py": main("from größe import reset"), "größe.py": RESET})
    assert found(tmp_path) == [("größe.py", 2, "GRD111")]
    search = ImportSearch(str(tmp_path / "main.py"))
    assert search.absolute("") is None
    assert search.absolute("a" * 5000) is None
    assert search.absolute("x\0y") is None
    assert search.absolute(f"..{os.sep}helper") is None
