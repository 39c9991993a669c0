"""Imports of what is no module, or none that can be read: the other findings are made, and nothing else happens."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.project import linking, search, sources
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.search import ImportSearch
from flake8_gradsafe.project.sources import Sources
from tests.project.trees import RESET, found, main, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_gradsafe.project.search import Location
    from flake8_gradsafe.project.source_module import SourceModule

#: A write in a module that is good, one in the file itself, and a call of what is bad.
CHECKED = main(
    "from bad import reset as spoil\nimport bad\nfrom helper import reset",
    "reset(out)\n\nb = torch.ones(3, requires_grad=True)\nother = torch.exp(b)\nother.data.zero_()\nother.sum().backward()\n"
    "spoil(a)\nbad.reset(a)",
)
FOUND = [("helper.py", 2, "GRD111"), ("main.py", 12, "GRD111")]

BAD: dict[str, bytes] = {
    "broken": RESET.encode() + b"def f(:\n",
    "Python 2": RESET.encode() + b"print 'x'\n",
    "half an encoding": b"# \xe9\n" + RESET.encode(),
    "an encoding that there is not": b"# -*- coding: klingon -*-\n" + RESET.encode(),
    "an encoding of no text": b"# -*- coding: idna -*-\n" + RESET.encode(),
    "binary": bytes(range(256)) * 40,
    "nul": RESET.encode() + b"\0",
    "empty": b"",
    "blank": b"\n\n",
    "a comment": b"# reset",
    "too large": RESET.encode() + b"#" * sources.LARGEST,
    "many brackets": RESET.encode() + b"y = " + b"(" * 5000 + b"0" + b")" * 5000,
    "deep brackets": RESET.encode() + b"y = " + b"[" * 150 + b"0" + b"]" * 150,
    "a deep chain": RESET.encode() + b"y = reset" + b".a()" * 3000,
    "a deep sum": RESET.encode() + b"y = 0" + b" + 1" * 20_000,
    "a deep table": b"reset = " + b"[" * 90 + b"0" + b"]" * 90 + b"\n" + b"reset = reset" + b".a()" * 90,
    "deep blocks": b"".join(b" " * depth + b"if reset:\n" for depth in range(95)) + b" " * 95 + b"reset = 1\n",
}


def checked(folder: Path) -> Path:
    """A folder with the file that is checked, and the good module."""
    return write_tree(folder, {"main.py": CHECKED, "helper.py": RESET})


@pytest.mark.parametrize("name", BAD)
def test_a_module_that_cannot_be_used_spoils_nothing(tmp_path: Path, name: str) -> None:
    checked(tmp_path)
    (tmp_path / "bad.py").write_bytes(BAD[name])
    assert found(tmp_path) == FOUND


@pytest.mark.parametrize("name", ["broken", "binary", "too large", "many brackets"])
def test_a_package_that_cannot_be_used_spoils_nothing(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {"main.py": CHECKED.replace("import bad\n", "import bad.inner\n"), "helper.py": RESET})
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "inner.py").write_text(RESET)
    (tmp_path / "bad" / "__init__.py").write_bytes(BAD[name])
    assert found(tmp_path) == FOUND


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_a_module_that_may_not_be_read(tmp_path: Path) -> None:
    checked(tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text(RESET)
    bad.chmod(0)
    assert found(tmp_path) == FOUND
    bad.chmod(stat.S_IRUSR)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_a_package_that_may_not_be_entered(tmp_path: Path) -> None:
    checked(tmp_path)
    bad = tmp_path / "bad"
    bad.mkdir()
    bad.chmod(0)
    assert found(tmp_path) == FOUND
    bad.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("name", ["bad.py", "bad/__init__.py"])
def test_a_folder_that_is_called_like_a_file(tmp_path: Path, name: str) -> None:
    checked(tmp_path)
    (tmp_path / name).mkdir(parents=True)
    assert found(tmp_path) == FOUND


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    checked(tmp_path)
    os.mkfifo(tmp_path / "bad.py")
    assert found(tmp_path) == FOUND


def test_a_module_that_vanishes_once_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked(tmp_path)
    (tmp_path / "bad.py").write_text(RESET)
    real = ImportSearch.absolute

    def absolute(self: ImportSearch, name: str) -> Location | None:
        location = real(self, name)
        if name == "bad":
            (tmp_path / "bad.py").unlink(missing_ok=True)
        return location

    monkeypatch.setattr(search.ImportSearch, "absolute", absolute)
    assert found(tmp_path) == FOUND
    assert not (tmp_path / "bad.py").exists()


def test_a_module_that_vanishes_or_changes_between_two_files(tmp_path: Path) -> None:
    kept = Sources()
    checked(tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text("def reset(x):\n    pass\n")
    assert found(tmp_path, sources=kept) == FOUND
    bad.unlink()
    assert found(tmp_path, sources=kept) == FOUND
    (tmp_path / "helper.py").write_text("\n\n" + RESET)
    assert found(tmp_path, sources=kept) == [("helper.py", 4, "GRD111"), FOUND[1]]


def test_a_module_of_a_project_that_vanishes_as_a_whole(tmp_path: Path) -> None:
    checked(tmp_path)
    imports = FileImports(str(tmp_path / "gone" / "main.py"), Sources())
    assert imports.may_link(CHECKED)


def test_two_hundred_modules_that_import_one_another(tmp_path: Path) -> None:
    files = {
        f"m{number}.py": "".join(f"from m{other} import f{other}\n" for other in range(200) if other != number)
        + f"\n\ndef f{number}(x):\n    return f{(number + 1) % 200}(x)\n"
        for number in range(200)
    }
    calls = "keep = f0\nreset(out)"
    write_tree(
        tmp_path, {**files, "helper.py": RESET, "main.py": main("from helper import reset\nfrom m0 import f0", calls)}
    )
    reads: set[str] = set()

    class Counting(Sources):
        def module(self, file: str) -> SourceModule | None:
            reads.add(file)
            return super().module(file)

    assert found(tmp_path, sources=Counting()) == [("helper.py", 2, "GRD111")]
    assert len(reads) <= linking.MAX_MODULES + 1


def test_two_hundred_modules_that_import_all_names_of_one_another(tmp_path: Path) -> None:
    files = {
        f"m{number}.py": "".join(f"from m{other} import *\n" for other in range(200) if other != number)
        + f"\n\ndef f{number}(x):\n    return f{(number + 1) % 200}(x)\n"
        for number in range(200)
    }
    calls = "keep = f0\nreset(out)"
    write_tree(
        tmp_path, {**files, "helper.py": RESET, "main.py": main("from helper import reset\nfrom m0 import *", calls)}
    )
    assert found(tmp_path) == [("helper.py", 2, "GRD111")]


def test_a_long_chain_of_modules(tmp_path: Path) -> None:
    files = {f"m{n}.py": f"from m{n + 1} import reset\n" for n in range(200)}
    write_tree(tmp_path, {**files, "m200.py": RESET, "main.py": main("from m0 import reset")})
    assert found(tmp_path) == []
    write_tree(tmp_path, {"m40.py": RESET})
    assert found(tmp_path) == [("m40.py", 2, "GRD111")]


def test_a_name_that_every_module_takes_from_the_next_in_a_circle(tmp_path: Path) -> None:
    files = {f"m{n}.py": f"from m{(n + 1) % 5} import reset\n" for n in range(5)}
    write_tree(
        tmp_path,
        {
            **files,
            "helper.py": RESET,
            "main.py": main("from m0 import reset as spoil\nfrom helper import reset", "spoil(a)\nreset(out)"),
        },
    )
    assert found(tmp_path) == [("helper.py", 2, "GRD111")]
