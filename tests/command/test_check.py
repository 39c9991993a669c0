"""`gradsafe check`: which rules are on, which comments silence them, what it ends with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.running import (
    CHOICES,
    CLEAN,
    CONFIGURATIONS,
    NO_RULE,
    PROVEN,
    SUSPECT,
    UNNAMED,
    check,
    codes,
    gradsafe,
)

ROOT = Path(__file__).parent.parent.parent


def flake8(folder: Path, *arguments: str) -> list[str]:
    """What flake8 prints of our codes."""
    command = [sys.executable, "-m", "flake8", "--select", "GRD", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        *CHOICES,
        (["--select=GRD911"], ["GRD911"]),
        (["--exclude", "proven.py"], ["GRD211"]),
        (["--extend-exclude", "pro*"], ["GRD211"]),
        (["--filename", "*t.py"], ["GRD211"]),
    ],
)
def test_options_choose_as_flake8_would(project: Path, arguments: list[str], expected: list[str]) -> None:
    run = check(project, "--isolated", *arguments)
    assert codes(run, NO_RULE if "E,W,F" in arguments else "") == expected
    assert run.returncode == (1 if expected else 0)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        *CONFIGURATIONS,
        ("extend_select = GRD9", ["GRD911", "GRD111", "GRD211"]),
        ("select = E,W,F", []),
        ("max-line-length = 120\nformat = pylint\nshow-source = true\njobs = 1\nunknown = 3", ["GRD111", "GRD211"]),
    ],
)
@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8"])
def test_configuration_is_read_as_flake8_reads_it(project: Path, name: str, section: str, expected: list[str]) -> None:
    (project / name).write_text(f"[flake8]\n{section}\n")
    assert codes(check(project), NO_RULE if section == "select = E,W,F" else "") == expected


def test_the_command_line_goes_before_a_named_file_before_the_nearest(project: Path) -> None:
    (project / "setup.cfg").write_text("[flake8]\nselect = GRD2\n")
    (project / "other.ini").write_text("[flake8]\nselect = GRD9\n")
    assert codes(check(project)) == ["GRD211"]
    assert codes(check(project, "--config", "other.ini")) == ["GRD911"]
    assert codes(check(project, "--config", "other.ini", "--select", "GRD1")) == ["GRD111"]
    assert codes(check(project, "--isolated")) == ["GRD111", "GRD211"]


def test_the_nearest_file_may_lie_above(project: Path) -> None:
    (project / "setup.cfg").write_text("[flake8]\nselect = GRD2\n")
    (project / "below").mkdir()
    (project / "below" / "suspect.py").write_text(SUSPECT)
    (project / "below" / "proven.py").write_text(PROVEN)
    assert codes(check(project / "below")) == ["GRD211"]


def test_plugins_that_a_configuration_names_are_not_loaded(project: Path) -> None:
    (project / "evil.py").write_text("open('loaded', 'w').close()\n")
    (project / "setup.cfg").write_text(
        "[flake8]\nselect = GRD1\nrequire-plugins = absent\n"
        "[flake8:local-plugins]\nextension =\n    EVL = evil:Plugin\npaths = .\n"
    )
    assert codes(check(project)) == ["GRD111"]
    assert not (project / "loaded").exists()


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# noqa", []),
        ("# NoQA", []),
        ("# noqa: GRD211", []),
        ("# noqa:GRD211", []),
        ("# noqa: E501, GRD2", []),
        ("# noqa: GRD111", ["GRD211"]),
        ("# noqa: E501", ["GRD211"]),
        ("# type: ignore # noqa: GRD211 - known", []),
    ],
)
def test_comments_silence_as_in_flake8(tmp_path: Path, comment: str, expected: list[str]) -> None:
    (tmp_path / "train.py").write_text(SUSPECT.rstrip() + f"  {comment}\n")
    assert codes(check(tmp_path, "--isolated")) == expected
    assert len(flake8(tmp_path, "--isolated")) == len(expected)
    assert codes(check(tmp_path, "--isolated", "--disable-noqa")) == ["GRD211"]


def test_a_file_is_silenced_as_in_flake8(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("# flake8: noqa\n" + SUSPECT)
    assert codes(check(tmp_path, "--isolated")) == []
    assert codes(check(tmp_path, "--isolated", "--disable-noqa")) == ["GRD211"]


def test_the_standard_input(tmp_path: Path) -> None:
    run = check(tmp_path, "--isolated", "--stdin-filename", "src/train.py", "-", text=SUSPECT)
    assert run.stdout.startswith("src/train.py:4:1: GRD211 ")
    assert run.returncode == 1
    assert codes(check(tmp_path, "--isolated", "-", text=CLEAN)) == []
    named = ("--isolated", "--stdin-filename", "src/train.py", "-")
    assert codes(check(tmp_path, "--per-file-ignores", "train.py:GRD", *named, text=SUSPECT)) == []
    assert codes(check(tmp_path, "--exclude", "src", *named, text=SUSPECT)) == ["GRD211"]
    assert codes(check(tmp_path, "--exclude", "train.py", *named, text=SUSPECT)) == []


@pytest.mark.parametrize(
    ("arguments", "expected", "printed"),
    [
        (["proven.py"], 1, True),
        (["--select", "GRD2", "proven.py"], 0, False),
        (["--exit-zero", "proven.py"], 0, True),
        (["-qq", "proven.py"], 1, False),
        (["absent.py", "proven.py"], 2, True),
        (["--exit-zero", "absent.py"], 2, False),
    ],
)
def test_exit_codes(project: Path, arguments: list[str], expected: int, printed: bool) -> None:
    run = check(project, "--isolated", *arguments)
    assert run.returncode == expected
    assert bool(run.stdout) == printed


def test_quiet_prints_names(project: Path) -> None:
    assert check(project, "--isolated", "-q").stdout == "proven.py\nsuspect.py\n"


def test_statistics_count_each_rule(project: Path) -> None:
    (project / "again.py").write_text(SUSPECT)
    run = check(project, "--isolated", "--statistics")
    assert run.stdout.splitlines()[-2:] == [
        "1       GRD111 data-write-corrupts-gradient",
        "2       GRD211 data-write",
    ]
    apart = gradsafe(project, "check", "--no-cache", "--isolated", "--statistics", "--format", "json")
    assert apart.stdout.endswith("]\n")
    assert apart.stderr.splitlines() == run.stdout.splitlines()[-2:]


def test_help_and_version() -> None:
    for arguments in (["--help"], ["check", "--help"], ["explain", "-h"], ["rules", "-h"], ["why", "-h"]):
        run = gradsafe(ROOT, *arguments)
        assert run.returncode == 0
        assert run.stdout.startswith("usage: gradsafe")
        assert max(map(len, run.stdout.splitlines())) <= 80
    assert gradsafe(ROOT, "--version").stdout.startswith("gradsafe ")
    assert gradsafe(ROOT).returncode == 2


def test_a_training_step_need_not_name_torch(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(UNNAMED)
    assert codes(check(tmp_path, "--isolated")) == ["GRD244"]


def test_a_clean_file_loads_no_libcst(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import torch\n\n\ndef f(x):\n    return torch.relu(x)\n")
    probe = (
        "import sys\nfrom flake8_gradsafe.command.main import main\n"
        "code = main(['check', '--isolated', 'train.py'])\n"
        "print(code, *sorted({'libcst', 'torch', 'rich', 'pathspec', 'nbformat', 'sqlite3'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "0\n"


def test_the_installed_command_is_the_module() -> None:
    script = Path(sys.executable).with_name("gradsafe")
    run = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout == gradsafe(ROOT, "--version").stdout


def test_it_finds_what_flake8_finds_in_the_seeds() -> None:
    folder = "fixtures/practice/seeds"
    run = check(ROOT, "--isolated", "--select", "GRD", folder)
    assert sorted(run.stdout.splitlines()) == sorted(flake8(ROOT, "--isolated", folder))
