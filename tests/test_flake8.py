"""flake8 as it is used: selection, noqa, configuration, stdin, jobs, and input of every bad kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.running import CHOICES, CONFIGURATIONS, SUSPECT, UNNAMED

ROOT = Path(__file__).parent.parent


def flake8(folder: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run flake8 in a folder as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "flake8", *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def codes(run: subprocess.CompletedProcess[str]) -> list[str]:
    """The codes reported, in order; nothing may be on stderr."""
    assert run.stderr == ""
    return [line.split(": ", 1)[1].split()[0] if ": " in line else line for line in run.stdout.splitlines()]


@pytest.mark.parametrize(("arguments", "expected"), CHOICES)
def test_selection(project: Path, arguments: list[str], expected: list[str]) -> None:
    run = flake8(project, "--isolated", *arguments)
    assert codes(run) == expected
    assert run.returncode == (1 if expected else 0)


@pytest.mark.parametrize(("section", "expected"), CONFIGURATIONS)
def test_configuration(project: Path, section: str, expected: list[str]) -> None:
    (project / "setup.cfg").write_text(f"[flake8]\n{section}\n")
    assert codes(flake8(project)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# noqa", []),
        ("# noqa: GRD211", []),
        ("# noqa: GRD2", []),
        ("# noqa: GRD111", ["GRD211"]),
        ("# noqa: E501", ["GRD211"]),
    ],
)
def test_noqa(tmp_path: Path, comment: str, expected: list[str]) -> None:
    (tmp_path / "train.py").write_text(SUSPECT.rstrip() + f"  {comment}\n")
    assert codes(flake8(tmp_path, "--isolated", "--select", "GRD")) == expected


def test_noqa_on_the_line_of_the_offending_attribute(tmp_path: Path) -> None:
    text = "import torch\n\nx = torch.randn(3, requires_grad=True)\n(\n    x\n    .data\n    .add_(1){}\n)\n"
    (tmp_path / "plain.py").write_text(text.format(""))
    (tmp_path / "silenced.py").write_text(text.format("  # noqa: GRD211"))
    run = flake8(tmp_path, "--isolated", "--select", "GRD")
    assert run.stdout.startswith("./plain.py:7:6: GRD211 `( x .data .add_(1) )`"[:24])
    assert len(run.stdout.splitlines()) == 1


def test_stdin_and_its_display_name(tmp_path: Path) -> None:
    run = flake8(tmp_path, "--isolated", "--stdin-display-name", "train.py", "-", text=SUSPECT)
    assert run.stdout.startswith("train.py:4:1: GRD211 `x.data.add_(1)` changes a tensor that is in a graph")


def test_show_source_points_at_the_statement(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    lines = flake8(tmp_path, "--isolated", "--show-source").stdout.splitlines()
    assert lines[1:] == ["x.data.add_(1)", "^"]


def test_nothing_is_computed_when_none_of_our_codes_is_selected(project: Path) -> None:
    probe = (
        "import sys\nfrom flake8.main.cli import main\n"
        "main(['--isolated', '--jobs', '1', *sys.argv[1:]])\nprint('libcst' in sys.modules)\n"
    )
    for select, loaded in (("E,W,F", "False"), ("GRD", "True")):
        command = [sys.executable, "-c", probe, "--select", select]
        run = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=True)
        assert run.stdout.splitlines()[-1] == loaded


DEEP = {
    "calls": "y = x" + ".abs()" * 150,
    "attributes": "y = x" + ".T" * 160,
    "brackets": "y = " + "[" * 160 + "x" + "]" * 160,
    "sum": "y = x" + " + x" * 160,
}


@pytest.mark.parametrize("name", sorted(DEEP))
def test_what_nests_too_deep_is_passed_over_with_a_note(tmp_path: Path, name: str) -> None:
    (tmp_path / "deep.py").write_text(SUSPECT + DEEP[name] + "\n")
    run = flake8(tmp_path, "--isolated", "--select", "GRD", "--jobs", "1")
    assert run.stdout == ""
    assert run.stderr == "./deep.py:5: not analysed: nests too deep\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", []),
        (b"# only a comment", []),
        (b"\xef\xbb\xbf" + SUSPECT.encode(), ["GRD211"]),
        (SUSPECT.replace("\n", "\r\n").encode(), ["GRD211"]),
        (SUSPECT.rstrip("\n").encode(), ["GRD211"]),
        (b"# -*- coding: latin-1 -*-\n# \xe9\n" + SUSPECT.encode(), ["GRD211"]),
        (b"import torch\n\x0c\n" + SUSPECT.encode(), ["GRD211"]),
        (SUSPECT.replace("x.data", "s = '\u65e5\u672c\U0001f600'; x.data").encode(), ["GRD211"]),
        (UNNAMED.encode(), ["GRD244"]),
        (SUSPECT.encode() + b"def f(:\n", ["E999"]),
        (SUSPECT.encode() + b"print 'x'\n", ["E999"]),
        (SUSPECT.encode() + b"y = " + b"(" * 2000 + b"x" + b")" * 2000 + b"\n", ["E999"]),
        (SUSPECT.encode() + b"\0\n", ["E999"]),
        (SUSPECT.encode() + "".join(f"v{i} = {i}\n" for i in range(10_000)).encode(), ["GRD211"]),
    ],
    ids=[
        "empty",
        "blank",
        "comment",
        "bom",
        "crlf",
        "no newline at the end",
        "latin-1",
        "form feed",
        "wide characters",
        "torch is not named",
        "broken",
        "python 2",
        "2000 parentheses",
        "nul",
        "10000 lines",
    ],
)
def test_unusual_files(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    (tmp_path / "train.py").write_bytes(content)
    assert codes(flake8(tmp_path, "--isolated", "--select", "GRD,E9")) == expected


def test_a_missing_file_is_left_to_flake8(tmp_path: Path) -> None:
    assert codes(flake8(tmp_path, "--isolated", "--select", "GRD,E9", "absent.py")) == ["E902"]


def test_an_internal_error_ends_neither_the_run_nor_other_files(project: Path) -> None:
    broken = (
        "import sys\nimport flake8_gradsafe.engine as engine\nfrom flake8.main.cli import main\n"
        "real = engine.check\n"
        "def check(text, *arguments, **options):\n"
        "    if 'clamp_' in text:\n"
        "        raise KeyError('lost')\n"
        "    return real(text, *arguments, **options)\n"
        "engine.check = check\n"
        "sys.exit(main(['--isolated', '--jobs', '1', '--select', 'GRD']))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", broken], cwd=project, capture_output=True, text=True, timeout=120, check=False
    )
    assert [line.split()[1] for line in run.stdout.splitlines()] == ["GRD111", "GRD211"]
    assert run.stderr == "./advisory.py: not analysed: internal error, please report it: KeyError: 'lost'\n"


def test_the_readme_lists_what_the_seeds_report() -> None:
    run = flake8(ROOT, "--isolated", "--select", "GRD", "fixtures/practice/seeds")
    proven = {"GRD111", "GRD121", "GRD122", "GRD123", "GRD131", "GRD133", "GRD134", "GRD142", "GRD151"}
    assert set(codes(run)) == proven | {"GRD211", "GRD911", "GRD931"}
