"""Which configuration files are read, how they go together, and those that are none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.command.baseline import load as load_baseline
from flake8_gradsafe.config import lookup
from flake8_gradsafe.config.settings import BadSettings, load
from tests.command.running import PROVEN, SUSPECT, check, codes, gradsafe

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_gradsafe.config.settings import Settings

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")


def pyproject(folder: Path, *lines: str) -> None:
    """Write a table of ours."""
    text = "\n".join(["[project]", 'name = "trainer"', "[tool.gradsafe]", *lines])
    (folder / "pyproject.toml").write_text(f"{text}\n")


def flake8(folder: Path, *lines: str, name: str = "setup.cfg") -> None:
    """Write a section of flake8."""
    (folder / name).write_text("\n".join(["[flake8]", *lines]) + "\n")


def on(settings: Settings, file: str = "train.py") -> set[str]:
    """The first digits of the codes that are on in a file."""
    return {code[:4] for code in settings.selection(file).codes}


def refused(folder: Path) -> str:
    """Why a folder's configuration cannot be used."""
    with pytest.raises(BadSettings) as error:
        load(start=str(folder))
    return str(error.value).replace(f"{folder}{os.sep}", "")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], {"GRD1", "GRD2"}),
        (['select = ["GRD1"]'], {"GRD1"}),
        (['extend-select = ["GRD9"]'], {"GRD1", "GRD2", "GRD9"}),
        (['ignore = ["GRD2", "E501"]'], {"GRD1"}),
        (['extend-ignore = ["GRD1"]'], {"GRD2"}),
        (["[tool.gradsafe.per-file-ignores]", '"train.py" = ["GRD1"]', '"other.py" = ["GRD2"]'], {"GRD2"}),
        (['per-file-ignores = { "train.*" = ["GRD1", "GRD2"] }'], set()),
    ],
)
def test_a_table_of_pyproject_chooses(tmp_path: Path, lines: list[str], expected: set[str]) -> None:
    pyproject(tmp_path, *lines)
    assert on(load(start=str(tmp_path)), str(tmp_path / "train.py")) == expected


def test_every_option_of_the_table_is_read(tmp_path: Path) -> None:
    pyproject(
        tmp_path,
        'exclude = ["old", "a/b.py"]',
        'extend-exclude = ["made"]',
        'filename = ["*.txt"]',
        "disable-noqa = true",
        "statistics = true",
        "jobs = 3",
    )
    settings = load(start=str(tmp_path))
    assert settings.exclude == ("old", str(tmp_path / "a" / "b.py"), "made")
    assert settings.patterns == ("*.txt",)
    assert settings.options.disable_noqa is True
    assert settings.options.statistics is True
    assert settings.jobs == 3
    pyproject(tmp_path, 'jobs = "auto"')
    assert load(start=str(tmp_path)).options.jobs.is_auto


def test_each_option_is_taken_from_the_first_that_has_it(tmp_path: Path) -> None:
    flake8(tmp_path, "select = GRD2", "exclude = old", "per-file-ignores = train.py:GRD2")
    pyproject(tmp_path, 'select = ["GRD"]')
    settings = load(start=str(tmp_path))
    assert on(settings) == {"GRD1", "GRD9"}
    assert settings.exclude == ("old",)
    assert on(load({"select": "GRD1,GRD2"}, start=str(tmp_path))) == {"GRD1"}
    (tmp_path / "other.toml").write_text('[tool.gradsafe]\nselect = ["GRD9"]\n')
    assert on(load(config_file=str(tmp_path / "other.toml"), start=str(tmp_path))) == {"GRD9"}
    assert on(load(config_file=str(tmp_path / "setup.cfg"), start=str(tmp_path)), "other.py") == {"GRD2"}
    assert on(load(isolated=True, start=str(tmp_path))) == {"GRD1", "GRD2"}


def test_the_nearest_table_holds_and_its_patterns_start_from_its_folder(tmp_path: Path) -> None:
    inner = tmp_path / "src" / "deep"
    inner.mkdir(parents=True)
    pyproject(tmp_path, 'per-file-ignores = { "src/deep/*" = ["GRD1"] }')
    (inner / "pyproject.toml").write_text('[project]\nname = "gradsafe-user"\n')
    assert on(load(start=str(inner)), str(inner / "train.py")) == {"GRD2"}
    pyproject(inner, 'select = ["GRD9"]')
    assert on(load(start=str(inner)), str(inner / "train.py")) == {"GRD9"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[tool.gradsafe]\nselct = ["GRD1"]\n', "tool.gradsafe.selct: there is no such option; the nearest is select"),
        ("[tool.gradsafe]\nx = 1\n", "tool.gradsafe.x: there is no such option"),
        ('[tool.gradsafe]\nselect = "GRD1"\n', "tool.gradsafe.select: must be a list of strings"),
        ("[tool.gradsafe]\nselect = [1]\n", "tool.gradsafe.select: must be a list of strings"),
        (
            '[tool.gradsafe]\nselect = ["grd1"]\n',
            "tool.gradsafe.select: 'grd1' is no code and no prefix of one; "
            "expected letters and digits, as in GRD, GRD1 or GRD111; did you mean GRD1?",
        ),
        (
            '[tool.gradsafe]\nignore = ["E501", "GRD-1"]\n',
            "tool.gradsafe.ignore: 'GRD-1' is no code and no prefix of one; expected letters and digits",
        ),
        (
            '[tool.gradsafe]\nper-file-ignores = { "a.py" = ["grd1"] }\n',
            "tool.gradsafe.per-file-ignores: expected `pattern:CODES` with codes as GRD1 or GRD111, "
            "several of them separated by commas or spaces; this is 'a.py:grd1'",
        ),
        ('[tool.gradsafe]\nignore = ["grd1"]\n', "tool.gradsafe.ignore: 'grd1' is no code and no prefix of one"),
        ('[tool.gradsafe]\nexclude = ["my folder"]\n', "tool.gradsafe.exclude: 'my folder' holds a blank or a comma"),
        ('[tool.gradsafe]\nper-file-ignores = ["a"]\n', "tool.gradsafe.per-file-ignores: must be a table"),
        ('[tool.gradsafe.per-file-ignores]\na = "GRD1"\n', "tool.gradsafe.per-file-ignores.a: must be a list"),
        ('[tool.gradsafe.per-file-ignores]\n"a:b" = []\n', "tool.gradsafe.per-file-ignores: 'a:b' is empty or holds"),
        ("[tool.gradsafe]\ndisable-noqa = 1\n", "tool.gradsafe.disable-noqa: must be true or false"),
        ("[tool.gradsafe]\njobs = -1\n", 'tool.gradsafe.jobs: must be a number or "auto"'),
        ("[tool.gradsafe]\njobs = true\n", 'tool.gradsafe.jobs: must be a number or "auto"'),
        ("[tool]\ngradsafe = 1\n", "tool.gradsafe: must be a table"),
        ("[tool.gradsafe\n", "Expected ']' at the end of a table declaration"),
        ("# gradsafe\nx = " + "[" * 100_000, "nests too deep"),
        ("# gradsafe \xff\n", "'utf-8' codec can't decode byte"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    assert refused(tmp_path).startswith(f"pyproject.toml: {complaint}")


@pytest.mark.parametrize("text", ["", "[tool]\n", "[tool.ruff]\n", "[project\n", "\xff", 'tool = "gradsafe"\n'])
def test_another_tools_pyproject_is_no_trouble(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    assert on(load(start=str(tmp_path))) == {"GRD1", "GRD2"}


def test_a_named_file_must_have_the_table(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[tool.ruff]\n")
    with pytest.raises(BadSettings, match=r"other\.toml: there is no table \[tool\.gradsafe\]"):
        load(config_file=str(tmp_path / "other.toml"))


def test_the_command_reads_the_table(tmp_path: Path) -> None:
    (tmp_path / "proven.py").write_text(PROVEN)
    (tmp_path / "suspect.py").write_text(SUSPECT)
    pyproject(tmp_path, 'select = ["GRD2"]')
    assert codes(check(tmp_path)) == ["GRD211"]
    pyproject(tmp_path, "nonsense = 1")
    run = check(tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.endswith("pyproject.toml: tool.gradsafe.nonsense: there is no such option\n")


@needs_pipes
@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8", "pyproject.toml"])
def test_a_pipe_that_is_found_is_passed_over(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    settings = load(start=str(tmp_path))
    assert settings.warnings == (f"{tmp_path / name}: passed over: is no regular file",)
    assert on(settings) == {"GRD1", "GRD2"}


@needs_pipes
def test_the_command_warns_of_a_pipe_that_is_found_and_refuses_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    os.mkfifo(tmp_path / "setup.cfg")
    run = check(tmp_path)
    assert run.returncode == 1
    assert run.stdout.startswith("train.py:4:1: GRD211")
    assert run.stderr == f"gradsafe: warning: {tmp_path / 'setup.cfg'}: passed over: is no regular file\n"
    run = check(tmp_path, "--config", "setup.cfg")
    assert (run.returncode, run.stderr) == (2, "gradsafe: error: setup.cfg: is no regular file\n")


@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8", "pyproject.toml"])
def test_a_folder_is_no_configuration(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert load(start=str(tmp_path)).warnings == ()


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device")
def test_a_device_is_passed_over_or_named(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").symlink_to("/dev/zero")
    assert load(start=str(tmp_path)).warnings == (f"{tmp_path / 'setup.cfg'}: passed over: is no regular file",)
    with pytest.raises(BadSettings, match="/dev/zero: is no regular file"):
        load(config_file="/dev/zero")


@pytest.mark.parametrize("name", ["setup.cfg", "pyproject.toml"])
def test_a_large_file_is_passed_over_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(lookup, "LARGEST", 100)
    (tmp_path / name).write_text("# flake8, gradsafe\n" * 100)
    assert load(start=str(tmp_path)).warnings == (f"{tmp_path / name}: passed over: is larger than 0 MiB",)
    with pytest.raises(BadSettings, match="is larger than"):
        load(config_file=str(tmp_path / name))


def test_rows_of_blanks_are_read_in_a_moment(tmp_path: Path) -> None:
    flake8(tmp_path, "x" + " " * 500_000 + "y = 1", "select = GRD1," + " " * 300_000 + "GRD2")
    assert on(load(start=str(tmp_path))) == {"GRD1", "GRD2"}


@pytest.mark.parametrize(
    "line",
    [
        "exclude = " + "a*b," * 3_000,
        "filename = " + "a*b," * 3_000,
        "per-file-ignores = " + "a:GRD1 " * 3_000,
    ],
)
def test_patterns_without_number_are_refused(tmp_path: Path, line: str) -> None:
    flake8(tmp_path, line)
    assert refused(tmp_path) == f"setup.cfg: {line.split()[0]}: more than 2000 patterns"


def test_a_repository_cannot_ask_for_any_number_of_processes(tmp_path: Path) -> None:
    flake8(tmp_path, "jobs = 100000")
    assert load(start=str(tmp_path)).jobs == 61


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", '{"version": 1}', '{"version": 1, "findings": [1]}', "\xff"])
def test_what_is_no_baseline_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSettings, match=r"known\.json: no baseline of gradsafe"):
        load_baseline(str(tmp_path / "known.json"))


def test_what_is_broken_outside_of_the_repository_is_passed_over(tmp_path: Path) -> None:
    inner = tmp_path / "repository"
    (inner / ".git").mkdir(parents=True)
    flake8(tmp_path, "select")
    (tmp_path / "pyproject.toml").write_text("[tool.gradsafe")
    assert on(load(start=str(inner))) == {"GRD1", "GRD2"}
    flake8(inner, "select", name="tox.ini")
    assert refused(inner).startswith("tox.ini: Source contains parsing errors")


@pytest.mark.parametrize(
    ("file", "key", "text"),
    [
        (".flake8", "select", "[flake8]\nselect = E, GRD999\n"),
        ("pyproject.toml", "tool.gradsafe.select", '[tool.gradsafe]\nselect = ["GRD999"]\n'),
    ],
)
def test_a_code_of_no_rule_is_told(tmp_path: Path, file: str, key: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    (tmp_path / "train.py").write_text(SUSPECT)
    run = gradsafe(tmp_path, "check", "--no-cache")
    assert f"warning: {tmp_path / file}: {key}: no rule's code begins with 'GRD999'" in run.stderr


IMPORTED = "def cut(x):\n    x.data.zero_()\n"
IMPORTING = """import torch
from helper import cut

a = torch.ones(3, requires_grad=True)
y = a.sigmoid()
cut(y)
y.sum().backward()
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("setup.cfg", "[flake8]\ngradsafe-no-project = true\n"),
        ("pyproject.toml", "[tool.gradsafe]\nno-project = true\n"),
    ],
)
def test_a_configuration_may_say_that_no_imports_are_followed(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / "helper.py").write_text(IMPORTED)
    (tmp_path / "train.py").write_text(IMPORTING)
    (tmp_path / file).write_text("")
    assert codes(gradsafe(tmp_path, "check", "--no-cache", "--format", "concise", "train.py")) == ["GRD111"]
    (tmp_path / file).write_text(text)
    assert codes(gradsafe(tmp_path, "check", "--no-cache", "--format", "concise", "train.py")) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("setup.cfg", "[flake8]\ngradsafe-{} = {}\n"),
        ("pyproject.toml", "[tool.gradsafe]\n{} = {}\n"),
    ],
)
def test_a_configuration_says_where_findings_are_remembered(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    quoted = file.endswith(".toml")
    (tmp_path / file).write_text(text.format("cache-dir", '"kept"' if quoted else "kept"))
    gradsafe(tmp_path, "check")
    assert (tmp_path / "kept").is_dir()
    assert not (tmp_path / ".gradsafe_cache").exists()
    (tmp_path / file).write_text(text.format("no-cache", "true"))
    gradsafe(tmp_path, "check")
    assert not (tmp_path / ".gradsafe_cache").exists()
