"""Fixes and comments in notebooks: of the file, the lines that they change are written, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.command.running import check, codes, gradsafe, notebook, objects

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import torch\nw = torch.zeros(3, requires_grad=True)\n"
BUG = "h = torch.relu(w)\nh.add_(1.0)\nh.sum().backward()"
MENDED = BUG.replace("h.add_", "h = h.add")
NOTED = BUG.replace("(1.0)", "(1.0)  # noqa: GRD141")
#: An output in every way that JSON has of writing a text, which must stay.
OUTPUT = r'{"name":"stdout", "output_type" : "stream","text":["\u00e9é\/\ud83d\ude00\t", "x\r\n"], "n": 1.50E+3}'


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "train.ipynb"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def raw(*sources: str, indent: str = " ", end: str = "\n", newline: str = "\n") -> str:
    """A notebook's file by its raw sources, with outputs and metadata that no library would write like that."""
    cells = f",{newline}{indent}".join(
        f'{{"outputs": [{OUTPUT}], "cell_type": "code", "source": {source},"metadata":{{ "b":1,"a":[ ]}}, "id":"{n}"}}'
        for n, source in enumerate(sources)
    )
    return f'{{"nbformat":4 ,{newline}"cells": [{cells}], "metadata":{{}}, "nbformat_minor": 5}}{end}'


def listed(text: str, between: str = ",\n    ") -> str:
    return f"[{between.join(json.dumps(line) for line in text.splitlines(keepends=True))}]"


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["", "mark"])
@pytest.mark.parametrize(
    "layout", [{}, {"newline": "\r\n", "indent": "\t"}, {"end": ""}], ids=["", "returns", "no end"]
)
@pytest.mark.parametrize(
    "form", [json.dumps, listed, lambda text: listed(text, ", "), lambda text: f"[{json.dumps(text)}]"]
)
@pytest.mark.parametrize(("option", "after"), [("--fix", MENDED), ("--add-noqa", NOTED)])
def test_nothing_but_the_lines_concerned_is_written(
    tmp_path: Path, option: str, after: str, form: Any, layout: dict[str, str], prefix: bytes
) -> None:
    ends = json.dumps("s = 'gr\u00f6\u00dfe'\n\n")
    text = raw(form(HEAD), form(BUG), ends, **layout)
    path = put(tmp_path, prefix + text.encode())
    run = check(tmp_path, "--isolated", option)
    assert (run.returncode, run.stdout) == (0, "")
    assert path.read_bytes() == prefix + raw(form(HEAD), form(after), ends, **layout).encode()
    assert codes(check(tmp_path, "--isolated")) == []


def test_what_a_line_keeps_keeps_its_spelling(tmp_path: Path) -> None:
    source = (
        r'"h = torch.relu(w); s = \"\u00e9é\/\ud83d\ude00\"\r\nh.add_(1.0)  \u0023 \u00e9\u000ah.sum().backward()\r\n"'
    )
    path = put(tmp_path, raw(json.dumps(HEAD), source))
    assert codes(check(tmp_path, "--isolated")) == ["GRD141"]
    check(tmp_path, "--isolated", "--fix")
    assert path.read_bytes().decode() == raw(json.dumps(HEAD), source.replace("h.add_", "h = h.add"))


def test_a_reason_is_written_as_the_file_writes(tmp_path: Path) -> None:
    text = notebook(HEAD, BUG)
    path = put(tmp_path, text)
    assert check(tmp_path, "--isolated", "--add-noqa=für später").returncode == 0
    assert path.read_text() == text.replace("(1.0)\\n", "(1.0)  # noqa: GRD141 - f\\u00fcr sp\\u00e4ter\\n")
    path.write_text(text.replace('"python"', '"python", "of": "é"'))
    check(tmp_path, "--isolated", "--add-noqa=für später")
    assert "(1.0)  # noqa: GRD141 - für später\\n" in path.read_text()


def test_magics_stay_where_they_are(tmp_path: Path) -> None:
    cell = f"%%time\n%matplotlib inline\nfiles = !ls \\\n   -l\n{BUG}\nif True:\n    !date\nw.sum?\n\n"
    put(tmp_path, notebook(HEAD, "%%bash\nls", cell, "!pip install x"))
    assert check(tmp_path, "--isolated", "--fix").returncode == 0
    mended = [("".join(each["source"])) for each in json.loads((tmp_path / "train.ipynb").read_text())["cells"]]
    assert mended == [HEAD, "%%bash\nls", cell.replace(BUG, MENDED), "!pip install x"]


def test_a_fix_that_would_change_a_magic_is_not_offered(tmp_path: Path) -> None:
    # What mends it is a block around all three lines.
    cell = "model = torch.nn.Linear(2, 2)\nfor p in model.parameters():\n    !date\n    p.data.mul_(0.5); x = !ls"
    text = notebook("import torch", cell)
    path = put(tmp_path, text)
    plain = objects(tmp_path, "--isolated", "--select", "GRD")
    assert [each["fix"] for each in plain] == [None] * len(plain)
    check(tmp_path, "--isolated", "--select", "GRD", "--fix", "--unsafe-fixes")
    assert path.read_text() == text


def test_a_fix_over_several_cells_tells_the_cell_of_each_edit(tmp_path: Path) -> None:
    put(tmp_path, notebook(HEAD, BUG))
    (found,) = objects(tmp_path, "--isolated")
    edits = found["fix"]["edits"]
    assert {edit["cell"] for edit in edits} == {2}
    assert {edit["location"]["row"] for edit in edits} == {2}


def test_a_difference_is_shown_cell_by_cell(tmp_path: Path) -> None:
    text = notebook(HEAD, ("markdown", "# More"), BUG)
    path = put(tmp_path, text)
    run = gradsafe(tmp_path, "check", "--no-cache", "--isolated", "--diff")
    assert run.returncode == 1
    assert run.stdout.startswith("--- train.ipynb:cell 3\n+++ train.ipynb:cell 3\n@@ -1,3 +1,3 @@\n")
    assert "-h.add_(1.0)\n+h = h.add(1.0)\n" in run.stdout
    assert path.read_text() == text


def test_the_standard_input_comes_back_mended(tmp_path: Path) -> None:
    text = notebook(HEAD, BUG)
    run = check(tmp_path, "--isolated", "--fix", "--stdin-filename", "a.ipynb", "-", text=text)
    assert (run.returncode, run.stdout) == (0, text.replace("h.add_", "h = h.add"))


def test_older_formats_are_written_too(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": source.splitlines(keepends=True), "outputs": []} for source in (HEAD, BUG)]
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells[:1]}, {"cells": cells[1:]}]}, indent=1)
    path = put(tmp_path, text)
    assert check(tmp_path, "--isolated", "--fix").returncode == 0
    assert path.read_text() == text.replace("h.add_", "h = h.add")
