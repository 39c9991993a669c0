"""Findings that are put up with: silenced by comments, or known to a baseline."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.document import Document
from flake8_gradsafe.engine import check as engine_check
from flake8_gradsafe.inspection import Reported
from flake8_gradsafe.silencing import silenced
from tests.command.running import ADVISORY, PROVEN, SUSPECT, check, codes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_baseline_leaves_out_what_it_knows(project: Path) -> None:
    run = check(project, "--isolated", "--baseline", "known.json", "--write-baseline")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "known.json: 2 known findings\n")
    assert codes(check(project, "--isolated", "--baseline", "known.json")) == []
    assert codes(check(project, "--isolated", "--baseline", "known.json", "--select", "GRD")) == ["GRD911"]


def test_a_baseline_knows_by_content_not_by_line(project: Path) -> None:
    check(project, "--isolated", "--baseline", "known.json", "--write-baseline")
    (project / "suspect.py").write_text(
        "import os\n\n\nprint(os)\n" + SUSPECT.replace("x.data", "if True:\n    x.data")
    )
    assert codes(check(project, "--isolated", "--baseline", "known.json")) == []
    (project / "suspect.py").write_text(SUSPECT.replace("add_(1)", "add_(2)"))
    assert codes(check(project, "--isolated", "--baseline", "known.json")) == ["GRD211"]


def test_a_baseline_covers_as_many_as_it_counts(project: Path) -> None:
    check(project, "--isolated", "--baseline", "known.json", "--write-baseline")
    (project / "suspect.py").write_text(SUSPECT + "x.data.add_(1)\n")
    run = check(project, "--isolated", "--baseline", "known.json")
    assert codes(run) == ["GRD211"]
    assert run.stdout.startswith("suspect.py:5:")


def test_a_baseline_is_found_from_other_folders(project: Path) -> None:
    (project / "sub").mkdir()
    check(project, "--isolated", "--baseline", "sub/known.json", "--write-baseline")
    paths = [entry["path"] for entry in json.loads((project / "sub" / "known.json").read_text())["findings"]]
    assert paths == ["../proven.py", "../suspect.py"]
    assert codes(check(project / "sub", "--isolated", "--baseline", "known.json", "..")) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 9, "findings": []}', '{"version": 1, "findings": [1]}']
)
def test_what_is_no_baseline_is_named(project: Path, content: str) -> None:
    (project / "known.json").write_text(content)
    run = check(project, "--isolated", "--baseline", "known.json")
    assert run.returncode == 2
    assert run.stderr.startswith("gradsafe: error: known.json: ")
    assert len(run.stderr.splitlines()) == 1


def test_comments_are_added_and_silence(project: Path) -> None:
    run = check(project, "--isolated", "--add-noqa")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (project / "suspect.py").read_text() == SUSPECT.replace("add_(1)", "add_(1)  # noqa: GRD211")
    assert (project / "advisory.py").read_text() == ADVISORY
    assert codes(check(project, "--isolated")) == []
    check(project, "--isolated", "--add-noqa")
    assert (project / "suspect.py").read_text().count("noqa") == 1


def test_a_reason_is_given(project: Path) -> None:
    check(project, "--isolated", "--add-noqa=GRD1 is known, see A12")
    text = (project / "suspect.py").read_text()
    assert text.splitlines()[3] == "x.data.add_(1)  # noqa: GRD211 - GRD1 is known, see A12"
    assert codes(check(project, "--isolated")) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x.data.add_(1)  # why", "x.data.add_(1)  # why  # noqa: GRD211"),
        ("x.data.add_(1)  # noqa: E501", "x.data.add_(1)  # noqa: E501, GRD211"),
        ("x.data.add_(1)  # noqa: E501,W1 - long", "x.data.add_(1)  # noqa: E501,W1, GRD211 - long"),
        ("x.data.add_(1)   ", "x.data.add_(1)  # noqa: GRD211"),
        ("x.data.add_(\n    1,\n)", "x.data.add_(  # noqa: GRD211\n    1,\n)"),
        ("(\n    x\n    .data\n    .add_(1)\n)", "(\n    x\n    .data\n    .add_(1)  # noqa: GRD211\n)"),
        ("x.data.add_(1); \\\n    y = 1", "x.data.add_(1); \\\n    y = 1  # noqa: GRD211"),
        ("x.data.add_(len('''\n\n'''))", "x.data.add_(len('''\n\n'''))  # noqa: GRD211"),
    ],
)
def test_a_comment_is_put_where_it_is_heeded(tmp_path: Path, line: str, expected: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT.replace("x.data.add_(1)", line))
    assert check(tmp_path, "--isolated", "--add-noqa").returncode == 0
    assert (tmp_path / "train.py").read_text() == SUSPECT.replace("x.data.add_(1)", expected)
    assert codes(check(tmp_path, "--isolated")) == []


def test_a_comment_that_would_change_the_program_is_not_written() -> None:
    text = SUSPECT.replace("x.data.add_(1)", "x.data.add_(len('''\n'''))")
    (finding,) = engine_check(text)
    document = Document("train.py", text)
    assert silenced(text, [Reported(document, finding, 4)]) == (text, [4])


@pytest.mark.parametrize(
    "data",
    [
        SUSPECT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SUSPECT.encode(),
        b"# coding: latin-1\n# \xe9\r\n" + SUSPECT.encode(),
        SUSPECT.rstrip().encode(),
        b"import torch\n\x0c\n" + SUSPECT.encode() + b"\tif_ = 1\n".lstrip(),
    ],
    ids=["crlf", "bom", "latin-1", "no newline at the end", "form feed"],
)
def test_everything_else_stays_byte_for_byte(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "train.py"
    path.write_bytes(data)
    path.chmod(0o640)
    assert check(tmp_path, "--isolated", "--add-noqa").returncode == 0
    assert path.read_bytes() == data.replace(b"add_(1)", b"add_(1)  # noqa: GRD211")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["train.py"]


def test_a_reason_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    data = b"# coding: latin-1\n" + SUSPECT.encode()
    (tmp_path / "train.py").write_bytes(data)
    run = check(tmp_path, "--isolated", "--add-noqa=日本")
    assert (run.returncode, run.stderr) == (2, "gradsafe: train.py: not changed: its encoding cannot hold the reason\n")
    assert (tmp_path / "train.py").read_bytes() == data


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_written_through_only_inside_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(SUSPECT)
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "inside.py").write_text(PROVEN)
    (tree / "a.py").symlink_to("deep/inside.py")
    (tree / "b.py").symlink_to(tmp_path / "outside.py")
    run = check(tree, "--isolated", "--add-noqa", "a.py", "b.py")
    assert run.returncode == 2
    assert run.stderr.startswith("gradsafe: b.py: not written: a link to ")
    assert (tmp_path / "outside.py").read_text() == SUSPECT
    assert (tree / "a.py").is_symlink()
    assert "# noqa: GRD111" in (tree / "deep" / "inside.py").read_text()
    assert check(tree, "--isolated", "--add-noqa", str(tmp_path / "outside.py")).returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    from flake8_gradsafe import writing

    real = os.fsync

    def full(handle: int) -> None:
        with open("/dev/full", "wb", buffering=0) as device:
            device.write(b"x")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(writing.Unwritable, match="no space left on device"):
            writing.rewrite(str(tmp_path / "train.py"), SUSPECT.encode(), b"half", str(tmp_path))
    assert os.fsync is real
    assert (tmp_path / "train.py").read_text() == SUSPECT
    assert [entry.name for entry in tmp_path.iterdir()] == ["train.py"]
