"""Findings that a baseline knows: which they are, what is told of those that are gone, and what is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command.running import PROVEN, SUSPECT, check, check_here, codes, gradsafe

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = """\
import torch


def train(a):  # a step
    out = a.sigmoid()
    out.data.add_(1)  # on purpose
    out.sum().backward()
"""
GONE = "gradsafe: known.json: 1 known finding no longer found; --write-baseline takes out what is gone"


def known(folder: Path, *arguments: str) -> list[str]:
    """The codes that are new to the baseline."""
    return codes(check(folder, "--isolated", "--baseline", "known.json", *arguments))


def write(folder: Path, *arguments: str) -> str:
    """What is said when the baseline is written."""
    run = check(folder, "--isolated", "--baseline", "known.json", "--write-baseline", *arguments)
    assert (run.returncode, run.stdout) == (0, "")
    return run.stderr


def entries(folder: Path) -> list[tuple[str, str]]:
    """The files and codes in the baseline."""
    return [(each["path"], each["code"]) for each in json.loads((folder / "known.json").read_text())["findings"]]


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
    run = check(project, "--isolated", "--baseline", "known.json")
    assert (run.returncode, run.stderr) == (1, f"{GONE}, -v names it\n")
    assert run.stdout.startswith("suspect.py:4:1: GRD211 ")


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


def test_each_entry_names_its_function(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FUNCTION)
    write(tmp_path)
    assert json.loads((tmp_path / "known.json").read_text()) == {
        "version": 2,
        "findings": [
            {"path": "train.py", "code": "GRD111", "function": "train", "source": "out.data.add_(1)", "count": 1}
        ],
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # on purpose", "  # for a reason"),
        ("out.data.add_(1)", "out.data.add_(\n        1,  # one\n    )"),
        ("\n    out.data", "\n\n    out . data"),
        ("def train(a):", "@torch.enable_grad()\ndef train(\n    a,\n    b=None,\n):"),
        ("def train", "class Net:\n    pass\n\n\ndef step"),
        ("import torch", "import os\n\nimport torch"),
    ],
)
def test_an_edit_that_changes_no_statement_is_no_new_finding(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "train.py").write_text(FUNCTION)
    write(tmp_path)
    assert before in FUNCTION
    (tmp_path / "train.py").write_text(FUNCTION.replace(before, after))
    assert known(tmp_path) == []


@pytest.mark.parametrize("written", [".", "sub/train.py"])
def test_a_file_that_is_renamed_or_moved_keeps_its_known_findings(tmp_path: Path, written: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "train.py").write_text(FUNCTION)
    write(tmp_path, written)
    (tmp_path / "sub" / "train.py").rename(tmp_path / "other.py")
    assert known(tmp_path) == []
    (tmp_path / "other.py").write_text(FUNCTION.replace("add_(1)", "add_(2)"))
    run = check(tmp_path, "--isolated", "--baseline", "known.json")
    assert (run.returncode, "GRD111" in run.stdout) == (1, True)


@pytest.mark.parametrize("part", [["lib"], ["lib/proven.py"], ["src"], ["--select", "GRD2", "."]])
def test_writing_a_part_does_not_forget_what_moved_out_of_its_sight(tmp_path: Path, part: list[str]) -> None:
    for folder in ("src", "lib", "new"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src" / "train.py").write_text(FUNCTION)
    (tmp_path / "lib" / "proven.py").write_text(PROVEN)
    baseline = ("--baseline", "known.json")
    check_here(tmp_path, *baseline, "--write-baseline")
    (tmp_path / "src" / "train.py").rename(tmp_path / "new" / "train.py")
    assert "no longer found" not in check_here(tmp_path, *baseline, *part).stderr
    check_here(tmp_path, *baseline, "--write-baseline", *part)
    assert codes(check_here(tmp_path, *baseline)) == []
    (tmp_path / "new" / "train.py").unlink()
    assert check_here(tmp_path, *baseline, "src", "lib").stderr == f"{GONE}, -v names it\n"


def test_what_may_have_moved_to_a_file_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FUNCTION)
    write(tmp_path)
    (tmp_path / "train.py").unlink()
    (tmp_path / "moved.py").write_text(FUNCTION + "    x.data.add_(\n")
    assert check_here(tmp_path, "--baseline", "known.json", "--write-baseline").returncode == 2
    assert entries(tmp_path) == [("train.py", "GRD111")]


def test_a_copy_of_a_known_finding_is_new(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FUNCTION)
    write(tmp_path)
    (tmp_path / "a_copy.py").write_text(FUNCTION)
    for arguments in ([], ["a_copy.py"]):
        run = check(tmp_path, "--isolated", "--baseline", "known.json", *arguments)
        assert codes(run) == ["GRD111"]
        assert run.stdout.startswith("a_copy.py:")


def test_writing_a_part_keeps_what_it_could_not_find(project: Path) -> None:
    write(project, "--select", "GRD")
    everything = [("advisory.py", "GRD911"), ("proven.py", "GRD111"), ("suspect.py", "GRD211")]
    assert entries(project) == everything
    kept = "known.json: 3 known findings ({} kept that this run did not look for)\n"
    assert write(project, "--select", "GRD", "proven.py") == kept.format(2)
    assert write(project, "--select", "GRD1") == kept.format(2)
    assert write(project) == kept.format(1)
    (project / "suspect.py").write_text("import torch\nx.data.add_(\n")
    run = check(project, "--isolated", "--baseline", "known.json", "--write-baseline")
    assert (run.returncode, run.stderr.splitlines()[0]) == (2, kept.format(2).strip())
    assert entries(project) == everything


def test_writing_says_what_has_changed(project: Path) -> None:
    assert write(project) == "known.json: 2 known findings\n"
    assert write(project) == "known.json: 2 known findings\n"
    (project / "proven.py").unlink()
    (project / "suspect.py").write_text(SUSPECT + "x.data.mul_(2)\n")
    assert write(project) == "known.json: 2 known findings (1 added, 1 taken out)\n"
    (project / "suspect.py").write_text(SUSPECT)
    assert write(project) == "known.json: 1 known finding (1 taken out)\n"
    assert write(project, "-qq") == ""


def test_what_is_no_longer_found_is_told(project: Path) -> None:
    write(project)
    (project / "suspect.py").write_text("import torch\n")
    run = check(project, "--isolated", "--baseline", "known.json")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", f"{GONE}, -v names it\n")
    run = check(project, "--isolated", "--baseline", "known.json", "-v")
    assert run.stderr == f"{GONE}\n  suspect.py: GRD211: x.data.add_(1)\n"
    (project / "suspect.py").unlink()
    assert check(project, "--isolated", "--baseline", "known.json").stderr == f"{GONE}, -v names it\n"
    for unseen in (["proven.py", "--select", "GRD1"], ["--select", "GRD1", "proven.py"], ["-q"]):
        (project / "suspect.py").write_text("import torch\n")
        assert known(project, *unseen) == []


def test_a_fix_counts_what_is_known_only_once(tmp_path: Path) -> None:
    text = "import torch\n\n\ndef norm(p: torch.Tensor) -> float:\n    p.data.norm()\n    return float(p.data.norm())\n"
    (tmp_path / "norm.py").write_text(text)
    check(tmp_path, "--isolated", "--extend-select", "GRD9", "--baseline", "known.json", "--write-baseline")
    (tmp_path / "norm.py").write_text(
        text + "\n\ndef size(q: torch.Tensor) -> float:\n    return float(q.data.max())\n"
    )
    run = check(tmp_path, "--isolated", "--extend-select", "GRD9", "--baseline", "known.json", "--fix")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mended: 1 finding\n")
    assert (tmp_path / "norm.py").read_text().count(".detach()") == 1


OLD = {"path": "train.py", "code": "GRD111", "source": "out.data.add_(1) # on purpose", "count": 1}


def test_a_baseline_of_the_first_version_is_read_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FUNCTION)
    (tmp_path / "other.py").write_text(PROVEN)
    other = {"path": "other.py", "code": "GRD111", "source": "out.data.zero_()", "count": 1}
    (tmp_path / "known.json").write_text(json.dumps({"version": 1, "findings": [OLD, other]}))
    assert known(tmp_path) == []
    assert "2 known findings (1 kept" in write(tmp_path, "train.py")
    written = json.loads((tmp_path / "known.json").read_text())
    assert written["version"] == 2
    assert [each["function"] for each in written["findings"]] == [None, "train"]
    assert known(tmp_path) == []


def test_a_file_that_is_no_baseline_is_not_overwritten(project: Path) -> None:
    (project / "known.json").write_text("my notes")
    run = check(project, "--isolated", "--baseline", "known.json", "--write-baseline")
    assert run.returncode == 2
    assert run.stderr.startswith("gradsafe: error: known.json: no baseline of gradsafe")
    assert (project / "known.json").read_text() == "my notes"


def test_a_terminal_form_tells_new_findings_alone(project: Path) -> None:
    write(project)
    (project / "suspect.py").write_text(SUSPECT + "x.data.mul_(2)\n")
    run = gradsafe(project, "check", "--no-cache", "--isolated", "--baseline", "known.json")
    assert "1 finding in 1 file." in run.stdout
