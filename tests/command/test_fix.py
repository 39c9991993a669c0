"""`--fix`, `--unsafe-fixes` and `--diff`: what is applied, what is shown, and what is left alone."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.engine import check as engine_check
from tests.command.inside import run_inside
from tests.command.running import SUSPECT, check, gradsafe, objects

ADVISORY = "import torch\n\n\ndef norm(p: torch.Tensor) -> float:\n    return float(p.data.norm())\n"
MENDED = ADVISORY.replace(".data", ".detach()")
ON = ("--isolated", "--extend-select", "GRD9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file that has a safe fix."""
    (finding,) = engine_check(ADVISORY)
    assert finding.code == "GRD912"
    (tmp_path / "norm.py").write_text(ADVISORY)
    return tmp_path


def test_a_safe_fix_is_applied_and_nothing_is_left(folder: Path) -> None:
    (folder / "norm.py").chmod(0o640)
    run = check(folder, *ON, "--fix")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mended: 1 finding\n")
    assert (folder / "norm.py").read_text() == MENDED
    assert stat.S_IMODE((folder / "norm.py").stat().st_mode) == 0o640
    again = check(folder, *ON, "--fix")
    assert (again.returncode, again.stderr) == (0, "")


def test_what_is_left_is_reported_where_it_stands_then(folder: Path) -> None:
    (folder / "norm.py").write_text(
        ADVISORY + "\n\nx = torch.randn(3, requires_grad=True)\nx.data.add_(len('''\n'''))\n"
    )
    run = check(folder, *ON, "--fix")
    assert run.returncode == 1
    assert run.stdout.startswith("norm.py:9:1: GRD211 ")
    assert ".detach().norm()" in (folder / "norm.py").read_text()


def test_a_fix_of_what_is_off_or_silenced_is_not_applied(folder: Path) -> None:
    silenced = ADVISORY.replace("norm())", "norm())  # noqa: GRD912")
    for text, arguments in (
        (silenced, ON),
        (ADVISORY, ("--isolated",)),
        (ADVISORY, (*ON, "--per-file-ignores", "norm.py:GRD9")),
    ):
        (folder / "norm.py").write_text(text)
        assert check(folder, *arguments, "--fix").returncode == 0
        assert (folder / "norm.py").read_text() == text


def test_a_difference_is_shown_and_nothing_is_written(folder: Path) -> None:
    run = check(folder, *ON, "--diff")
    assert run.returncode == 1
    assert run.stdout.splitlines()[:2] == ["--- norm.py", "+++ norm.py"]
    assert "-    return float(p.data.norm())\n+    return float(p.detach().norm())\n" in run.stdout
    assert (folder / "norm.py").read_text() == ADVISORY
    (folder / "norm.py").write_text(MENDED)
    clean = check(folder, *ON, "--diff")
    assert (clean.returncode, clean.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch")
@pytest.mark.parametrize(
    "data",
    [
        ADVISORY.encode(),
        ADVISORY.rstrip().encode(),
        b"# coding: latin-1\n# caf\xe9\n" + ADVISORY.encode(),
        b"\xef\xbb\xbf" + ADVISORY.encode(),
    ],
    ids=["plain", "no newline at the end", "latin-1", "bom"],
)
def test_patch_does_with_a_difference_what_a_fix_does(folder: Path, data: bytes) -> None:
    path = folder / "norm.py"
    path.write_bytes(data)
    command = ("check", "--no-cache", *ON)
    _, difference, _ = run_inside(folder, [*command, "--diff"])
    assert run_inside(folder, [*command, "--fix"])[0] == 0
    mended = path.read_bytes()
    assert mended != data
    path.write_bytes(data)
    subprocess.run(["patch", "-p0"], cwd=folder, input=difference, capture_output=True, check=True)
    assert path.read_bytes() == mended


def test_the_standard_input_is_given_back_mended(tmp_path: Path) -> None:
    run = check(tmp_path, *ON, "--fix", "-", text=ADVISORY)
    assert (run.returncode, run.stdout, run.stderr) == (0, MENDED, "mended: 1 finding\n")
    for text in ("x = 1\r\n", "import torch\nx.data = (\n", ""):
        run = check(tmp_path, *ON, "--fix", "-", text=text)
        assert run.stdout == text


def test_reports_carry_the_fix(folder: Path) -> None:
    (found,) = objects(folder, *ON)
    assert found["fix"]["applicability"] == "safe"
    assert found["fix"]["edits"]
    text = gradsafe(folder, "check", "--no-cache", *ON).stdout
    assert "= fix:" in text
    assert text.endswith("1 finding in 1 file. Can be mended: 1 with --fix.\n")
    sarif = gradsafe(folder, "check", "--no-cache", "--format", "sarif", *ON).stdout
    assert '"deletedRegion"' in sarif


def test_an_unsafe_fix_is_applied_only_on_demand(tmp_path: Path) -> None:
    fixes = {finding.code: finding for finding in engine_check(SUSPECT, fixes=True)}
    fix = fixes["GRD211"].fix
    if fix is None or fix.safe:
        pytest.skip("this finding has no unsafe fix")
    (tmp_path / "train.py").write_text(SUSPECT)
    assert check(tmp_path, "--isolated", "--fix").returncode == 1
    assert (tmp_path / "train.py").read_text() == SUSPECT
    check(tmp_path, "--isolated", "--fix", "--unsafe-fixes")
    assert (tmp_path / "train.py").read_text() != SUSPECT


BEHIND = """\
import torch

w = torch.zeros(3, requires_grad=True)
h = torch.relu(w)
h.add_(1.0)
h.sum().backward()
m = w.exp()
m.mul_(2)
m.sum().backward()
"""
#: The fix would bring a RuntimeError.
REFUSED = """\
import torch

w = torch.ones(3, requires_grad=True)
h = w * 2
h.detach()
(h**2).sum().backward()
"""


def test_what_stands_behind_an_error_is_mended_with_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BEHIND)
    first = gradsafe(tmp_path, "check", "--no-cache", "--isolated")
    assert first.stdout.endswith("2 findings in 1 file. Can be mended: 2 with --fix.\n")
    shown = check(tmp_path, "--isolated", "--diff")
    assert shown.returncode == 1
    assert "+h = h.add(1.0)\n" in shown.stdout
    assert "+m = m.mul(2)\n" in shown.stdout
    run = check(tmp_path, "--isolated", "--fix")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mended: 2 findings\n")
    assert (tmp_path / "train.py").read_text() == BEHIND.replace("h.add_", "h = h.add").replace("m.mul_", "m = m.mul")


def test_a_fix_that_would_be_refused_is_not_promised(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(REFUSED)
    assert engine_check(REFUSED, fixes=True)[0].fix is not None
    run = gradsafe(tmp_path, "check", "--no-cache", "--isolated")
    assert run.stdout.endswith("1 finding in 1 file.\n")
    assert "fix:" not in run.stdout
    assert objects(tmp_path, "--isolated")[0]["fix"] is None
    assert check(tmp_path, "--isolated", "--diff", "--unsafe-fixes").returncode == 0
    run = check(tmp_path, "--isolated", "--fix", "--unsafe-fixes")
    assert (run.returncode, run.stderr) == (1, "")
    assert (tmp_path / "train.py").read_text() == REFUSED


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_of_the_tree_is_not_written(folder: Path) -> None:
    (folder / "tree").mkdir()
    (folder / "tree" / "norm.py").symlink_to(folder / "norm.py")
    run = check(folder / "tree", *ON, "--fix")
    assert run.returncode == 2
    assert "norm.py: not written: a link to " in run.stderr
    assert (folder / "norm.py").read_text() == ADVISORY


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--unsafe-fixes"], "--unsafe-fixes: needs --fix or --diff"),
        (["--fix", "--diff"], "--diff: cannot go together with --fix"),
        (["--fix", "--add-noqa"], "--add-noqa: cannot go together with --fix"),
    ],
)
def test_contradictions_are_named(folder: Path, arguments: list[str], complaint: str) -> None:
    run = check(folder, *ON, *arguments)
    assert (run.returncode, run.stderr) == (2, f"gradsafe: error: {complaint}\n")
    assert (folder / "norm.py").read_text() == ADVISORY
