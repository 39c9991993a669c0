"""Findings that are put up with: silenced by comments."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe import explain_line
from flake8_gradsafe.engine import check as engine_check
from flake8_gradsafe.interpreter import entry_points
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding
from flake8_gradsafe.source.noqa import silenced
from tests.command.running import ADVISORY, PROVEN, SUSPECT, check, check_here, codes, notebook

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax.program import Body


def test_comments_are_added_and_silence(project: Path) -> None:
    run = check(project, "--isolated", "--add-noqa")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "added 2 comments in 2 files\n")
    assert (project / "suspect.py").read_text() == SUSPECT.replace("add_(1)", "add_(1)  # noqa: GRD211")
    assert (project / "advisory.py").read_text() == ADVISORY
    assert codes(check(project, "--isolated")) == []
    assert check(project, "--isolated", "--add-noqa").stderr == "no comments added: nothing was found\n"
    assert (project / "suspect.py").read_text().count("noqa") == 1
    (project / "suspect.py").write_text(SUSPECT + "x.data.mul_(2); x.data.zero_()\n")
    assert check(project, "--isolated", "--add-noqa").stderr == "added 2 comments in 1 file\n"
    (project / "suspect.py").write_text(SUSPECT)
    assert check(project, "--isolated", "--add-noqa", "-q").stderr == ""


def test_a_reason_is_given(project: Path) -> None:
    check(project, "--isolated", "--add-noqa=GRD1 is known, see A12")
    text = (project / "suspect.py").read_text()
    assert text.splitlines()[3] == "x.data.add_(1)  # noqa: GRD211 - GRD1 is known, see A12"
    assert codes(check(project, "--isolated")) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["--add-noqa", "a reason", "suspect.py"],
            "a reason: no such file or folder; a reason goes after a =: --add-noqa='",
        ),
        (["--add-noqa", "suspect.py", "absent.py"], "absent.py: no such file or folder"),
        (["--add-noqa=suspect.py"], "--add-noqa=suspect.py: this is a path, not a reason"),
        (["--add-noqa=src/gone.py", "suspect.py"], "--add-noqa=src/gone.py: this is a path, not a reason"),
        (["--add-noqa=.", "suspect.py"], "--add-noqa=.: this is a path, not a reason"),
        (["--add-noqa=", "suspect.py"], "argument --add-noqa: the reason after the = is empty"),
        (["--add-noqa= ", "suspect.py"], "argument --add-noqa: the reason after the = is empty"),
        (
            ["--report-unused-noqa", "--disable-noqa"],
            "--report-unused-noqa: has no effect together with --disable-noqa",
        ),
    ],
)
def test_a_reason_is_checked_before_anything_is_written(project: Path, arguments: list[str], complaint: str) -> None:
    run = check(project, "--isolated", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"gradsafe: error: {complaint}")
    assert len(run.stderr.splitlines()) == 1
    assert (project / "suspect.py").read_text() == SUSPECT


COMMENTS = """\
import torch


def train(a):
    out = a.sigmoid()  # noqa: E501, GRD111, GRD9
    out.data.zero_()  # noqa: GRD111,E501
    out.sum().backward()  # noqa: GRD9999 - why
    text = "# noqa: GRD111"  # noqa
    out = a.exp()
    out.data.add_(  # noqa: GRD1
        1,
    )
    out.sum().backward()
    return text  # NOQA:grd2,GRD111
"""
NOTHING = "it silences nothing"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            [],
            [
                (5, 38, "GRD111", NOTHING),
                (7, 35, "GRD9999", "no rule has this code"),
                (14, 25, "grd2", NOTHING),
                (14, 30, "GRD111", NOTHING),
            ],
        ),
        (
            ["--extend-select", "GRD9", "--ignore", "GRD111"],
            [(5, 46, "GRD9", NOTHING), (7, 35, "GRD9999", "no rule has this code"), (14, 25, "grd2", NOTHING)],
        ),
    ],
)
def test_comments_that_silence_nothing_are_named(
    tmp_path: Path, arguments: list[str], expected: list[tuple[int, int, str, str]]
) -> None:
    (tmp_path / "train.py").write_text(COMMENTS)
    run = check(tmp_path, "--isolated", "--report-unused-noqa", *arguments)
    lines = [
        f"gradsafe: train.py:{line}:{column}: unused `# noqa: {code}`: {why}" for line, column, code, why in expected
    ]
    assert (run.returncode, run.stdout, run.stderr.splitlines()) == (1, "", lines)
    assert check(tmp_path, "--isolated", "--report-unused-noqa", "--exit-zero").returncode == 0
    assert check(tmp_path, "--isolated").returncode == 0


def test_a_comment_in_a_file_without_torch_silences_nothing(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x = 1  # noqa: GRD111\ny = 2  # noqa: E501\n")
    run = check(tmp_path, "--isolated", "--report-unused-noqa")
    assert (run.returncode, run.stderr) == (1, f"gradsafe: train.py:1:16: unused `# noqa: GRD111`: {NOTHING}\n")


def test_a_comment_that_is_used_or_not_looked_at_is_not_named(tmp_path: Path) -> None:
    behind = (
        "h = x.relu()\nh.add_(1)  # noqa: GRD141\nh.sum().backward()\n"
        + "y = x.exp()\ny.data.zero_()  # noqa: GRD111\n"
    )
    (tmp_path / "behind.py").write_text(SUSPECT.replace("x.data.add_(1)\n", behind + "y.sum().backward()\n"))
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(  # noqa: GRD111\n")
    (tmp_path / "train.py").write_text(SUSPECT.replace("add_(1)", "add_(1)  # noqa: GRD211"))
    run = check(tmp_path, "--isolated", "--report-unused-noqa")
    assert "unused" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith("gradsafe: broken.py:2: not analysed")


def test_a_program_is_run_once_more_for_all_its_unused_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = "x = torch.ones(3, requires_grad=True)\nh = x.exp()\n" + "print(h)  # noqa: GRD111, GRD2\n" * 40
    behind = "h.add_(1)  # noqa: GRD141\nh.sum().backward()\n" + "print(h)  # noqa: GRD111\n" * 40
    (tmp_path / "train.py").write_text(f"import torch\n{used}{behind}")
    runs: list[object] = []
    run = entry_points.run_in

    def counted(witness: Run, body: Body) -> list[Event]:
        runs.append(body)
        return run(witness, body)

    monkeypatch.setattr(explain_line, "run_in", counted)
    told = check_here(tmp_path, "--report-unused-noqa").stderr
    places = [line.split(":")[2:4] for line in told.splitlines() if "unused" in line]
    assert places == [[str(line), column] for line in range(4, 44) for column in ("19", "27")]
    assert len(runs) == 1


def test_an_unused_comment_of_a_notebook_is_named_by_its_cell(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(
        notebook("import torch", SUSPECT.replace("import torch", "y = 1  # noqa: GRD211"))
    )
    run = check(tmp_path, "--isolated", "--report-unused-noqa")
    assert run.stderr == f"gradsafe: train.ipynb:cell 2:1:16: unused `# noqa: GRD211`: {NOTHING}\n"


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
    assert silenced(text, [FileFinding(document, finding, 4)]) == (text, [4])


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
    assert run.stderr.startswith("added 1 comment in 1 file\ngradsafe: b.py: not written: a link to ")
    assert (tmp_path / "outside.py").read_text() == SUSPECT
    assert (tree / "a.py").is_symlink()
    assert "# noqa: GRD111" in (tree / "deep" / "inside.py").read_text()
    assert check(tree, "--isolated", "--add-noqa", str(tmp_path / "outside.py")).returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    from flake8_gradsafe.source import writing

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
