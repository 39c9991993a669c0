"""Notebooks: the cells in order are one program, and what is IPython's alone is passed over."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.command.running import SUSPECT, UNNAMED, check, codes, notebook, objects

if TYPE_CHECKING:
    from pathlib import Path

MAKE = "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()"
WRITE = "out.data.zero_()"
READ = "out.sum().backward()"


def put(folder: Path, *cells: str | tuple[str, str], language: str = "python") -> None:
    (folder / "train.ipynb").write_text(notebook(*cells, language=language))


def test_cells_need_not_name_torch(tmp_path: Path) -> None:
    put(tmp_path, UNNAMED)
    assert codes(check(tmp_path, "--isolated")) == ["GRD244"]


def test_cells_are_one_program(tmp_path: Path) -> None:
    put(tmp_path, ("markdown", "# Training"), MAKE, "\n" + WRITE, READ)
    run = check(tmp_path, "--isolated")
    assert run.stdout.startswith("train.ipynb:cell 3:2:1: GRD111 `out.data.zero_()` overwrites")
    (found,) = objects(tmp_path, "--isolated")
    assert (found["cell"], found["location"]) == (3, {"row": 2, "column": 1})
    assert [(step["cell"], step["location"]["row"]) for step in found["trace"]] == [(2, 4), (3, 2), (3, 2), (4, 1)]


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\nimport os",
        "!pip install torch\n!ls \\\n   -l",
        "files = !ls\nname = %env HOME",
        "a?\n?a\nout.sum??",
        "if True:\n    %time a.sum()\n    !ls",
        "%%bash\nls -l | wc > x",
        "%%html\n<b>bold</b>",
        "x = [1,\n     2]\n%timeit a.sum()",
        "await something()",
        "",
        "# only a comment",
    ],
)
def test_what_python_does_not_know_is_passed_over_in_its_place(tmp_path: Path, cell: str) -> None:
    put(tmp_path, MAKE, cell, WRITE, READ)
    run = check(tmp_path, "--isolated")
    assert codes(run) == ["GRD111"]
    assert run.stdout.startswith("train.ipynb:cell 3:1:1: ")


def test_a_timed_cell_is_part_of_the_program(tmp_path: Path) -> None:
    put(tmp_path, MAKE, "%%time\n!date\n" + WRITE, READ)
    run = check(tmp_path, "--isolated")
    assert run.stdout.startswith("train.ipynb:cell 2:3:1: GRD111")


def test_a_remainder_is_no_magic(tmp_path: Path) -> None:
    put(tmp_path, MAKE, "n = (7\n%2)\n" + WRITE, READ)
    assert check(tmp_path, "--isolated").stdout.startswith("train.ipynb:cell 2:3:1: GRD111")


def test_a_cell_that_is_no_python_is_named_and_the_others_are_checked(tmp_path: Path) -> None:
    put(tmp_path, MAKE, "def f(:\n    pass", WRITE, READ)
    run = check(tmp_path, "--isolated")
    assert run.returncode == 2
    assert run.stdout.startswith("train.ipynb:cell 3:1:1: GRD111")
    assert run.stderr.startswith("gradsafe: train.ipynb:cell 2:1: passed over: no valid Python: ")


def test_a_comment_silences_in_a_cell(tmp_path: Path) -> None:
    put(tmp_path, MAKE, WRITE + "  # noqa: GRD111", READ)
    assert codes(check(tmp_path, "--isolated")) == []


def test_a_notebook_of_another_language_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "library(torch)\nx <- torch_ones(3)\nx$data", language="R")
    assert codes(check(tmp_path, "--isolated")) == []


def test_a_notebook_from_the_standard_input(tmp_path: Path) -> None:
    run = check(tmp_path, "--isolated", "--stdin-filename", "a.ipynb", "-", text=notebook(SUSPECT))
    assert run.stdout.startswith("a.ipynb:cell 1:4:1: GRD211")


def test_notebooks_of_an_older_format_are_read(tmp_path: Path) -> None:
    cells = ", ".join(
        f'{{"cell_type": "code", "collapsed": false, "input": {text!r}, "language": "python", "metadata": {{}}, '
        '"outputs": []}'
        for text in (["import torch\n", "x = torch.ones(3, requires_grad=True)"], ["x.data.add_(1)"])
    ).replace("'", '"')
    text = f'{{"metadata": {{"name": ""}}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{{"cells": [{cells}]}}]}}'
    (tmp_path / "old.ipynb").write_text(text)
    assert codes(check(tmp_path, "--isolated")) == ["GRD211"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"import torch", "no notebook: "),
        (b'{"torch": 1}', "no notebook: "),
        (b'["torch"]', "no notebook: "),
        (b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"torch": 1}]}', "no notebook: "),
        (b'{"nbformat": 99, "cells": ["torch"]}', "no notebook: "),
        (b'{"torch": "\xff"}', "no notebook: not utf-8"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "train.ipynb").write_bytes(content)
    (tmp_path / "other.py").write_text(SUSPECT)
    run = check(tmp_path, "--isolated")
    assert run.returncode == 2
    assert run.stdout.startswith("other.py:4:1: GRD211")
    assert run.stderr.startswith(f"gradsafe: train.ipynb: {complaint}")
    assert len(run.stderr.splitlines()) == 1


def test_no_library_is_needed(tmp_path: Path) -> None:
    put(tmp_path, MAKE, WRITE, READ)
    probe = (
        "import sys\nsys.modules['nbformat'] = None\nfrom flake8_gradsafe.command.main import main\n"
        "sys.exit(main(['check', '--isolated', '--no-cache', '.']))\n"
    )
    run = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.startswith("train.ipynb:cell 2:1:1: GRD111")


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ('{"torch": 1}', "it has no list of cells"),
        ('["torch"]', "cell 1 has no cell_type"),
        ('[{"cell_type": ["torch"]}]', "cell 1 has no cell_type"),
        ('[{"cell_type": "raw"}, {"cell_type": "code", "id": "torch"}]', "the source of cell 2 is neither"),
        ('[{"cell_type": "code", "source": {"torch": 1}}]', "the source of cell 1 is neither"),
        ('[{"cell_type": "code", "source": ["import torch", 7]}]', "the source of cell 1 is neither"),
        ("torch", "Expecting value: line 1 column "),
        ('[{"cell_type": "code", "source": "import torch\n"}', "Invalid control character"),
        ('[{"torch": 1,}]', ""),
        ('[], "torch": ' + "[" * 100_000, "nests too deep"),
        ('[], "metadata": [' + "9" * 10_000 + ", torch", "Expecting value"),
    ],
)
def test_what_a_notebook_has_not_as_it_should_is_named(tmp_path: Path, cells: str, complaint: str) -> None:
    (tmp_path / "train.ipynb").write_text(f'{{"nbformat": 4, "cells": {cells}}}')
    (tmp_path / "other.py").write_text(SUSPECT)
    run = check(tmp_path, "--isolated")
    assert (run.returncode, run.stdout[:20]) == (2, "other.py:4:1: GRD211")
    assert run.stderr.startswith("gradsafe: train.ipynb: no notebook: ")
    assert complaint in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"language_info": {"name": "julia"}},
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"kernelspec": "python3", "language_info": {"name": "C++"}},
    ],
)
def test_another_language_is_passed_over(tmp_path: Path, metadata: dict[str, object]) -> None:
    book = json.loads(notebook(MAKE, WRITE, READ))
    (tmp_path / "train.ipynb").write_text(json.dumps({**book, "metadata": metadata}))
    assert codes(check(tmp_path, "--isolated")) == []


@pytest.mark.parametrize("metadata", [{}, {"language_info": 7}, {"kernelspec": {"language": ["R"]}}])
def test_a_language_that_is_not_told_is_python(tmp_path: Path, metadata: dict[str, object]) -> None:
    book = json.loads(notebook(MAKE, WRITE, READ))
    (tmp_path / "train.ipynb").write_text(json.dumps({**book, "metadata": metadata}))
    assert codes(check(tmp_path, "--isolated")) == ["GRD111"]


def test_a_cell_of_another_language_is_passed_over(tmp_path: Path) -> None:
    book = json.loads(notebook(MAKE, WRITE, READ, "SELECT * FROM torch"))
    book["cells"][3]["metadata"] = {"vscode": {"languageId": "sql"}}
    (tmp_path / "train.ipynb").write_text(json.dumps(book))
    assert codes(check(tmp_path, "--isolated")) == ["GRD111"]


def test_of_a_notebook_without_torch_nothing_is_told(tmp_path: Path) -> None:
    put(tmp_path, ("markdown", "Not about torch"), "def f(:")
    assert codes(check(tmp_path, "--isolated")) == []


@pytest.mark.parametrize("cell", ["%%time\n" * 3000, " " * 200_000 + "!x\n(\n", "\n" * 200_000 + "(", "(" * 100_000])
def test_cells_of_any_size_are_passed_over(tmp_path: Path, cell: str) -> None:
    put(tmp_path, cell, MAKE, WRITE, READ)
    (tmp_path / "other.py").write_text(SUSPECT)
    run = check(tmp_path, "--isolated", "--jobs", "1")
    assert [line.split(": ")[1][:6] for line in run.stdout.splitlines()] == ["GRD211", "GRD111"]


ERROR = "w = torch.zeros(3, requires_grad=True)\nh = torch.relu(w)\nh.add_(1.0)\nh.sum().backward()"


@pytest.mark.parametrize(
    "error",
    [
        ERROR,
        "def run(w):\n    h = torch.relu(w)\n    h.add_(1.0)\n    h.sum().backward()\nrun(torch.ones(3, requires_grad=True))",
        "for i in range(2):\n" + textwrap.indent(ERROR, "    "),
        "with torch.no_grad():\n    torch.ones(3, requires_grad=True).sum().backward()",
        "raise SystemExit",
        f"{ERROR}  # noqa: GRD141\n".replace("add_(1.0)", "add_(1.0)  # noqa: GRD141"),
    ],
)
def test_an_error_in_one_cell_hides_nothing_in_the_next(tmp_path: Path, error: str) -> None:
    put(tmp_path, "import torch", error, error, MAKE, WRITE, READ)
    run = check(tmp_path, "--isolated")
    assert [line for line in run.stdout.splitlines() if line.startswith("train.ipynb:cell 5:1:1: GRD111")]


def test_what_an_error_leaves_untrained_is_not_told(tmp_path: Path) -> None:
    refused = "loss = model(torch.ones(3)).sum()\nloss.backward()\nopt.zero_grad()\nloss.backward()\nopt.step()"
    made = "import torch\nmodel = torch.nn.Linear(3, 1)\nopt = torch.optim.SGD(model.parameters(), lr=0.1)"
    put(tmp_path, made, refused)
    assert codes(check(tmp_path, "--isolated")) == ["GRD152"]
