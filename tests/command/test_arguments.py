"""What a command line asks for."""

from __future__ import annotations

import pytest

from flake8_gradsafe.command.arguments import parse


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("", ["."]),
        ("--select GRD1", ["."]),
        ("a b --select GRD1", ["a", "b"]),
        ("--select GRD1 a b", ["a", "b"]),
        ("a --select GRD1 b", ["a", "b"]),
        ("a -q b --select=GRD1 c d -q", ["a", "b", "c", "d"]),
        ("a --add-noqa b", ["a", "b"]),
        ("a --select GRD1 -", ["a", "-"]),
        ("a --select GRD1 b -- -c.py --fix", ["a", "b", "-c.py", "--fix"]),
        ("-- -c.py", ["-c.py"]),
        ("--", ["."]),
    ],
)
def test_paths_may_stand_between_options(line: str, paths: list[str]) -> None:
    given = parse(["check", *line.split()])
    assert given.paths == paths
    assert given.select == ("GRD1" if "GRD1" in line else None)
    assert not given.fix


@pytest.mark.parametrize(
    ("line", "name", "word"),
    [
        ("why --isolated a.py:1", "place", "a.py:1"),
        ("why a.py:1 --config c --isolated", "place", "a.py:1"),
        ("why -- -a.py:1", "place", "-a.py:1"),
        ("explain --color never GRD111", "rule", "GRD111"),
        ("explain GRD111 --color never", "rule", "GRD111"),
    ],
)
def test_so_may_the_word_of_the_other_commands(line: str, name: str, word: str) -> None:
    assert getattr(parse(line.split()), name) == word


@pytest.mark.parametrize("line", ["check a --selct GRD1 b", "check a b --selct", "check -q a --selct --fix b"])
def test_an_unknown_option_is_no_path(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(line.split())
    assert capsys.readouterr().err == "gradsafe: error: unrecognized arguments: --selct; did you mean --select?\n"
