"""What git ignores: as git sees it, in a bounded time, whatever the files of patterns hold."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.command import gitignore
from flake8_gradsafe.command.gitignore import GitIgnore
from tests.command.running import SUSPECT, check

if TYPE_CHECKING:
    from pathlib import Path

_ATOMS = [
    *"a b ab c * ** ? [ab] [!a] [a-c] [^a-b] \\a \\* / / / ! [ ] []a] [a-] [[:alpha:]] [[:digit:]x] [[:foo:]]".split(),
    *"[b-a] \\ # . - [a/b] é [[:alpha:] [\\]a] [a-\\c] **/ /** /**/ \\/".split(),
    " ",
    "\\ ",
]
_ENDS = ["", "", "/", " ", "\r"]
_NAMES = ["a", "b", "ab", "c", "abc", "a b", "b ", "*", "[", "]", "a.b", "-", "é", "!a", "#b", "1"]


def _grow(folder: Path, draw: random.Random) -> list[str]:
    """Make folders and files below a folder, with files of patterns; give the paths."""
    folders, paths = [folder], []
    for _ in range(draw.randint(3, 10)):
        path = draw.choice(folders) / draw.choice(_NAMES)
        if path.exists() or len(path.relative_to(folder).parts) > 4:
            continue
        if draw.random() < 0.6:
            path.mkdir()
            folders.append(path)
        else:
            path.touch()
        paths.append(path.relative_to(folder).as_posix())
    for where in draw.choices(folders, k=draw.randint(1, 3)):
        lines = ["".join(draw.choices(_ATOMS, k=draw.randint(1, 6))) + draw.choice(_ENDS) for _ in range(4)]
        (where / ".gitignore").write_bytes("\n".join(lines).encode())
    return paths


def _ignored(folder: Path, paths: list[str]) -> set[str]:
    """What is left out of a walk, with all that lies in it."""
    ignored = GitIgnore(str(folder))
    pending, left_out = [folder], []
    while pending:
        here = pending.pop()
        ignored.enter(str(here))
        for path in here.iterdir():
            if path.name not in {".git", ".gitignore"}:
                if ignored.has(str(path), is_folder=path.is_dir()):
                    left_out.append(path.relative_to(folder).as_posix())
                elif path.is_dir():
                    pending.append(path)
    return {path for path in paths for each in left_out if path == each or path.startswith(f"{each}/")}


@pytest.mark.skipif(shutil.which("git") is None or sys.platform == "win32", reason="there is no git, or no such names")
@pytest.mark.parametrize("seed", range(30))
def test_git_ignores_the_same(tmp_path: Path, seed: int) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    paths = _grow(tmp_path, random.Random(seed))
    command = ["git", "-c", "core.ignoreCase=false", "check-ignore", "--no-index", "-z", "--stdin"]
    run = subprocess.run(command, cwd=tmp_path, input="\0".join(paths).encode(), capture_output=True, check=False)
    assert _ignored(tmp_path, paths) == set(run.stdout.decode().split("\0")[:-1])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 25 + "c", "a" * 40 + "b.py"),
        ("*a" * 80 + "c", "a" * 200 + "b.py"),
        ("**/" * 300 + "x.py", "a/" * 100 + "b.py"),
        ("**/a" * 50 + "/x.py", "a/" * 100 + "b.py"),
        ("/".join(["*a*a*a*b"] * 60), "/".join(["aaaaaaaab"] * 59 + ["aaaaaaaaaaaaac"])),
    ],
)
def test_no_pattern_takes_long(tmp_path: Path, pattern: str, path: str) -> None:
    (tmp_path / ".gitignore").write_text("\n".join(f"{pattern}{number}" for number in range(50)))
    ignored = GitIgnore(str(tmp_path))
    ignored.enter(str(tmp_path))
    assert not ignored.has(str(tmp_path / path))


def test_there_is_a_bound_on_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gitignore, "WORK", 1_000)
    (tmp_path / ".gitignore").write_text("*.py\n" * 100)
    ignored = GitIgnore(str(tmp_path))
    ignored.enter(str(tmp_path))
    assert not ignored.has(str(tmp_path / "a.py"))
    assert not ignored.has(str(tmp_path / "b.py"))
    assert capsys.readouterr().err == (
        f"gradsafe: warning: {tmp_path}: what git ignores is not left out any more: "
        "there are too many patterns for the paths\n"
    )


@pytest.mark.parametrize("pattern", ["[z-a].py", "[[:nonsense:]].py", "[", "a[", "\\", "!", "/", "**a[", "x" * 3000])
def test_a_pattern_that_nothing_matches_leaves_the_others(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.py").write_text(SUSPECT)
    (tmp_path / "b.py").write_text(SUSPECT)
    (tmp_path / ".gitignore").write_text(f"{pattern}\nb.py\n")
    run = check(tmp_path, "--isolated")
    assert [line.partition(":")[0] for line in run.stdout.splitlines()] == ["a.py"]
    assert (run.returncode, run.stderr) == (1, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_no_file_of_patterns_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patterns = tmp_path / ".gitignore"
    for make, told in (
        (lambda: os.mkfifo(patterns), "passed over: is no regular file"),
        (lambda: patterns.mkdir(), "passed over: is a folder"),
        (lambda: patterns.symlink_to("/dev/zero"), ""),
        (lambda: patterns.symlink_to(tmp_path / "elsewhere"), ""),
        (lambda: patterns.write_text("a.py\n" * 100), "passed over: is larger than 0 MiB"),
    ):
        (tmp_path / "elsewhere").write_text("a.py\n")
        monkeypatch.setattr(gitignore, "LARGEST", 100)
        make()
        ignored = GitIgnore(str(tmp_path))
        ignored.enter(str(tmp_path))
        assert not ignored.has(str(tmp_path / "a.py"))
        assert capsys.readouterr().err == (f"gradsafe: warning: {patterns}: {told}\n" if told else "")
        patterns.rmdir() if patterns.is_dir() else patterns.unlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_the_command_checks_beside_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SUSPECT)
    os.mkfifo(tmp_path / ".gitignore")
    run = check(tmp_path, "--isolated")
    assert run.returncode == 1
    assert run.stdout.startswith("a.py:4:1: GRD211")
