"""Options and configurations that cannot be used: one line that names them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command.running import NO_RULE, SUSPECT, check, check_here, codes, gradsafe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check", "--selct", "GRD1"], "gradsafe: error: unrecognized arguments: --selct"),
        (["check", "--sel", "GRD1"], "gradsafe: error: unrecognized arguments: --sel"),
        (["check", "--format", "xml"], "gradsafe check: error: argument --format: invalid choice: 'xml'"),
        (["check", "--color", "blue"], "gradsafe check: error: argument --color: invalid choice: 'blue'"),
        (["check", "--select"], "gradsafe check: error: argument --select: expected one argument"),
        (["check", "--select", "grd1"], "gradsafe: error: --select: 'grd1' is no code and no prefix of one"),
        (["check", "--select", "GRD0"], "gradsafe: error: --select: no rule's code begins with 'GRD0'"),
        (["check", "--extend-ignore", "GRD11x"], "gradsafe: error: --extend-ignore: 'GRD11x' is no code"),
        (
            ["check", "--jobs", "many"],
            "gradsafe: error: --jobs: 'many': expected a number of processes (1 or more) or auto",
        ),
        (["check", "--watch", "--fix", "--diff"], "gradsafe: error: --diff: cannot go together with --fix"),
        (["check", "--fix-only", "--diff"], "gradsafe: error: --diff: cannot go together with --fix-only"),
        (
            ["check", "--jobs", "-3"],
            "gradsafe: error: --jobs: '-3': expected a number of processes (1 or more) or auto",
        ),
        (["check", "--per-file-ignores", "GRD1"], "gradsafe: error: --per-file-ignores: expected `pattern:CODES`"),
        (["check", "--config", "absent.cfg"], "gradsafe: error: absent.cfg: no such configuration file"),
        (["check", "--config", "."], "gradsafe: error: .: no such configuration file"),
        (["check", "--baseline", "absent.json"], "gradsafe: error: absent.json: no such file or folder"),
        (["check", "--write-baseline"], "gradsafe: error: --write-baseline: needs --baseline FILE"),
        (["check", "-", "train.py"], "gradsafe: error: -: the standard input is checked alone"),
        (["check", "-", "--add-noqa"], "gradsafe: error: --add-noqa: cannot change the standard input"),
        (["check", "--add-noqa=a\nb"], "gradsafe: error: --add-noqa: the reason must be one line"),
        (["check", "--add-noqa", "--disable-noqa"], "gradsafe: error: --add-noqa: has no effect together"),
        (["chek"], "gradsafe: error: argument COMMAND: invalid choice: 'chek'"),
        (["why"], "gradsafe why: error: the following arguments are required: FILE:LINE"),
        (["explain", "GRD1111"], "gradsafe: error: GRD1111: no rule has this code or name; the nearest is GRD111"),
        (
            ["explain", "GRD11"],
            "gradsafe: error: GRD11: no rule has this code or name; so begin GRD111, GRD112, GRD113",
        ),
        (["check", "--show-fixes"], "gradsafe: error: --show-fixes: needs --fix or --fix-only"),
        (["check", "-o", "x", "--diff"], "gradsafe: error: --output-file: cannot go together with --diff"),
        (["check", "--watch", "-"], "gradsafe: error: --watch: the standard input cannot be watched"),
        (["check", "--watch", "--add-noqa"], "gradsafe: error: --watch: cannot go together with --add-noqa"),
        (["check", "--watch", "--select", "GRD0"], "gradsafe: error: --select: no rule's code begins with 'GRD0'"),
        (["explain", "nonsense"], "gradsafe: error: nonsense: no rule has this code or name; `gradsafe rules`"),
    ],
)
def test_an_option_is_named(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    run = gradsafe(tmp_path, *arguments, text="")
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(complaint)
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["chek"], "check"),
        (["exlain", "GRD111"], "explain"),
        (["train.py"], "gradsafe check train.py"),
        (["check", "--selct", "GRD1"], "--select"),
        (["check", "--sel", "GRD1"], "--select"),
        (["check", "--unsafe-fix"], "--unsafe-fixes"),
        (["why", "--isolatd", "train.py:1"], "--isolated"),
        (["check", "--format", "jsn"], "json"),
        (["check", "--color", "alway"], "always"),
        (["check", "--select", "grd1"], "GRD1"),
        (["check", "--select", "GRD119"], "GRD11"),
        (["check", "--extend-ignore", "GRD11x"], "GRD11"),
        (["check", "--select", "GDR111"], "GRD111"),
        (["check", "--extend-select", "GRAD9"], "GRD9"),
    ],
)
def test_what_was_probably_meant_is_named(tmp_path: Path, arguments: list[str], hint: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    run = gradsafe(tmp_path, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.endswith(f"; did you mean {hint}?\n")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["check", "--xyzzy"],
        ["check", "--format", "xml"],
        ["check", "--select", "GRD0"],
        ["check", "--jobs", "x"],
    ],
)
def test_what_is_like_nothing_gets_no_hint(tmp_path: Path, arguments: list[str]) -> None:
    run = gradsafe(tmp_path, *arguments)
    assert run.returncode == 2
    assert "did you mean" not in run.stderr


@pytest.mark.parametrize("codes_", ["E,W,F", "TOR101", "SIM1", "D", "DAR", "RST"])
def test_codes_of_other_plugins_may_be_named(tmp_path: Path, codes_: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    assert codes(check(tmp_path, "--isolated", "--extend-ignore", codes_)) == ["GRD211"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"[flake8]\nignore = grd1\n", "setup.cfg: ignore: 'grd1' is no code and no prefix of one; expected letters"),
        (b"[flake8]\nselect = GRD111: all\n", "setup.cfg: select: 'GRD111:' is no code"),
        (b"[flake8]\nextend-select = G R D 9\n", "setup.cfg: extend-select: '9' is no code"),
        (b"[flake8]\nper-file-ignores = a.py\n", "setup.cfg: per-file-ignores: expected `pattern:CODES`"),
        (b"[flake8]\njobs = many\n", "setup.cfg: jobs: 'many': expected a number of processes (0 or more) or auto"),
        (b"[flake8]\ndisable-noqa = perhaps\n", "setup.cfg: Not a boolean: perhaps"),
        (b"[flake8]\nquiet = very\n", "setup.cfg: invalid literal for int"),
        (b"[flake8\nselect = GRD\n", "setup.cfg: File contains no section headers."),
        (b"[flake8]\nselect = GRD\nselect = GRD1\n", "setup.cfg: While reading from"),
        (b"[flake8]\nselect\n", "setup.cfg: Source contains parsing errors"),
        (b"[flake8]\n# caf\xe9\nselect = GRD\n", "setup.cfg: 'utf-8' codec can't decode byte 0xe9"),
    ],
)
def test_a_configuration_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    (tmp_path / "setup.cfg").write_bytes(content)
    for arguments in ([], ["--config", "setup.cfg"]):
        run = check(tmp_path, *arguments)
        assert run.returncode == 2
        assert run.stdout == ""
        assert complaint in run.stderr
        assert run.stderr.startswith("gradsafe: error: ")
        assert len(run.stderr.splitlines()) == 1
    assert codes(check(tmp_path, "--isolated")) == ["GRD211"]


@pytest.mark.parametrize("option", ["--select=", "--select=E5", "--ignore=GRD", "--select=GRD1 --extend-ignore=GRD1"])
def test_a_warning_says_that_no_rule_is_selected(tmp_path: Path, option: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    run = check_here(tmp_path, *option.split())
    assert (run.returncode, codes(run, NO_RULE)) == (0, [])
    assert check_here(tmp_path, *option.split(), "--quiet").stderr == ""
    assert check_here(tmp_path, "--per-file-ignores=*.py:GRD").stderr == ""


def test_a_broken_file_of_another_tool_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    (tmp_path / "tox.ini").write_bytes(b"[tox\nenvlist = \xff\n")
    assert codes(check(tmp_path)) == ["GRD211"]


@pytest.mark.parametrize("value", ["many", "0", "-3", "1.5", "", "²", "9" * 5_000])
def test_the_number_of_processes_is_at_least_one(tmp_path: Path, value: str) -> None:
    run = check_here(tmp_path, f"--jobs={value}")
    expected = "expected a number of processes (1 or more) or auto"
    assert (run.returncode, run.stderr) == (2, f"gradsafe: error: --jobs: {value!r}: {expected}\n")
    if value == "-3":
        assert check_here(tmp_path, "-j", value).stderr == run.stderr


@pytest.mark.parametrize("value", ["auto", "1", "007"])
def test_the_number_of_processes_may_be_left_to_us(tmp_path: Path, value: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    assert codes(check_here(tmp_path, "-j", value)) == ["GRD211"]
