"""Which files a path stands for, and how they are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.command.discovery import targets
from flake8_gradsafe.config.settings import load
from flake8_gradsafe.fixing import fixed_bytes
from flake8_gradsafe.source import files
from tests.command.running import CLEAN, SUSPECT, check, check_here, codes, gradsafe, notebook

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
needs_rights = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is readable")


def found(folder: Path, *arguments: str) -> list[str]:
    """The files in which something was found."""
    run = check(folder, "--isolated", *arguments)
    assert run.stderr == ""
    return [line.split(":")[0].replace(os.sep, "/") for line in run.stdout.splitlines()]


def put(folder: Path, *names: str) -> None:
    """Make files in which something is found."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SUSPECT)


def found_here(folder: Path, *arguments: str) -> list[str]:
    """The same, in this process."""
    run = check_here(folder, *arguments)
    assert run.returncode == bool(run.stdout)
    return [line.split(":")[0].replace(os.sep, "/") for line in run.stdout.splitlines()]


def test_what_lies_in_an_excluded_folder_is_left_out_where_it_is_named_only_on_demand(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "third_party/deep/b.py")
    named = ("--extend-exclude", "third_party", "a.py", "third_party/deep/b.py", "third_party/deep")
    assert found_here(tmp_path, *named) == ["a.py", "third_party/deep/b.py"]
    assert found_here(tmp_path, "--force-exclude", *named) == ["a.py"]
    # What the working folder lies in is no matter, and the folder itself may be named.
    forced = ("--force-exclude", "--extend-exclude", "deep,third_party")
    assert found_here(tmp_path / "third_party" / "deep", *forced, ".", "b.py", "../../a.py") == ["b.py", "../../a.py"]
    assert found_here(tmp_path, "--exclude", "a.py", "a.py") == []


def test_a_table_may_force_what_is_excluded(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "third_party/b.py")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.gradsafe]\nextend-exclude = ["third_party"]\nforce-exclude = true\n'
    )
    settings = load(start=str(tmp_path))
    assert settings.excludes_named(str(tmp_path / "third_party" / "b.py"))
    assert not settings.excludes_named(str(tmp_path / "a.py"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "absent.py"), "gradsafe: absent.py: no such file or folder"),
        (("why", "absent.py:1"), "gradsafe: error: absent.py: no such file or folder"),
        (("why", ".:1"), "gradsafe: error: .: is a folder"),
        (("why", "a.py/b.py:1"), "gradsafe: error: a.py/b.py: not a folder"),
        (("check", "--baseline", "."), "gradsafe: error: .: is a folder"),
        (("check", "a.py", "-o", "absent/report"), "gradsafe: absent/report: not written: no such file or folder"),
        (("check", "a.py", "-o", "."), "gradsafe: .: not written: is a folder"),
    ],
)
def test_folders_have_one_name(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    put(tmp_path, "a.py")
    run = gradsafe(tmp_path, *arguments)
    assert (run.returncode, run.stderr) == (2, f"{told}\n")


BROKEN = "import torch\n\nx = torch.ones(3\n"


def test_no_valid_python_is_told_of_each_file_that_mentions_torch(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "notebook.ipynb").write_text(notebook("import torch", "x = torch.ones(3\n"))
    (tmp_path / "null.py").write_text("import torch\n\0\n")
    (tmp_path / "fine.py").write_text("import torch\n")
    (tmp_path / "other.py").write_text("x = (\n")
    for _ in range(2):
        run = gradsafe(tmp_path, "check", "--isolated")
        told = sorted(line.partition(":")[2].strip() for line in run.stderr.splitlines())
        assert (run.returncode, run.stdout, len(told)) == (2, "", 3)
        assert told[0].startswith("broken.py:3: not analysed: no valid Python: '(' was never closed")
        assert told[1].startswith("notebook.ipynb:cell 2:1: passed over: no valid Python: '(' was never closed")
        assert told[2].startswith("null.py: not analysed: no valid Python: ")
    assert gradsafe(tmp_path, "why", "broken.py:1").returncode == 0


def test_folders_are_gone_through_in_order(tmp_path: Path) -> None:
    put(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a.pyi", "note.txt", "script")
    assert found(tmp_path) == ["a.pyi", "b.py", "a/z.py", "a/b/c.py"]
    assert found(tmp_path, "b.py", "a", "a/z.py", "./b.py") == ["b.py", "a/z.py", "a/b/c.py"]
    assert found(tmp_path, "script") == ["script"]


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "build/b.py", "src/c.py", "src/made.py", "src/kept/made.py", "src/data/d.py", "local.py")
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("local.py\n")
    (tmp_path / ".gitignore").write_text("# made\nbuild/\nmade.py\n\n/src/data\n")
    (tmp_path / "src" / "kept").mkdir(exist_ok=True)
    (tmp_path / "src" / "kept" / ".gitignore").write_text("!made.py\n")
    assert found(tmp_path) == ["a.py", "src/c.py", "src/kept/made.py"]
    assert found(tmp_path / "src") == ["c.py", "kept/made.py"]


def test_what_is_named_is_checked_though_git_ignores_it(tmp_path: Path) -> None:
    put(tmp_path, "build/b.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("build/\n")
    put(tmp_path, "a.py")
    assert found(tmp_path) == ["a.py"]
    assert found(tmp_path, "build") == ["build/b.py"]
    assert found(tmp_path, "build/b.py") == ["build/b.py"]


def test_a_pattern_that_git_passes_over_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "b.py")
    (tmp_path / ".gitignore").write_text("!\nb.py\n")
    assert found(tmp_path) == ["a.py"]


def test_what_is_installed_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.py", ".venv/b.py", "node_modules/c.py", "env/lib/site-packages/d.py", "lib/site-packages/e/f.py")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert found(tmp_path) == ["a.py"]
    assert found(tmp_path, "env", ".venv") == ["env/lib/site-packages/d.py", ".venv/b.py"]
    assert check(tmp_path, "--isolated", "lib").stdout == ""
    assert found(tmp_path, "lib/site-packages/e") == ["lib/site-packages/e/f.py"]
    assert found(tmp_path, "node_modules/c.py") == ["node_modules/c.py"]
    assert found(tmp_path / "lib" / "site-packages") == ["e/f.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="paths are short there")
def test_a_very_deep_folder_is_gone_through(tmp_path: Path) -> None:
    folders = [str(tmp_path)]
    for _ in range(1_200):
        folders.append(os.path.join(folders[-1], "d"))
        os.mkdir(folders[-1])
    put(Path(folders[-1]), "a.py")
    try:
        found, problems = targets([str(tmp_path)], load(isolated=True))
        assert ([os.path.basename(target.path) for target in found], problems) == (["a.py"], [])
    finally:
        # Python's own removal would nest as deep.
        os.unlink(os.path.join(folders[-1], "a.py"))
        for folder in reversed(folders[1:]):
            os.rmdir(folder)


@needs_links
def test_links_to_files_are_read_and_folders_are_not_entered_twice(tmp_path: Path) -> None:
    put(tmp_path, "a/b.py")
    (tmp_path / "linked.py").symlink_to("a/b.py")
    (tmp_path / "again").symlink_to("a")
    (tmp_path / "broken.py").symlink_to("nowhere.py")
    (tmp_path / "a" / "up").symlink_to("..")
    assert found(tmp_path) == ["linked.py", "a/b.py"]


def test_a_folder_named_like_a_module_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "x.py/inner.py")
    assert found(tmp_path) == ["x.py/inner.py"]
    assert found(tmp_path, "x.py") == ["x.py/inner.py"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", []),
        (b"\xef\xbb\xbf" + SUSPECT.encode(), ["GRD211"]),
        (SUSPECT.replace("\n", "\r\n").encode(), ["GRD211"]),
        (SUSPECT.replace("\n", "\r").encode(), ["GRD211"]),
        (SUSPECT.rstrip("\n").encode(), ["GRD211"]),
        (b"# -*- coding: latin-1 -*-\n# \xe9\n" + SUSPECT.encode(), ["GRD211"]),
        (b"import torch\n\x0c\n" + SUSPECT.encode(), ["GRD211"]),
        (SUSPECT.replace("x.data", "s = '日本\U0001f600'; x.data").encode(), ["GRD211"]),
    ],
    ids=["empty", "blank", "bom", "crlf", "cr", "no newline at the end", "latin-1", "form feed", "wide characters"],
)
def test_unusual_files(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    (tmp_path / "train.py").write_bytes(content)
    assert codes(check(tmp_path, "--isolated")) == expected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (SUSPECT.encode() + b"# \xe9\n", "train.py:5: byte 0xe9 is no utf-8"),
        (b"# coding: nonsense\n" + SUSPECT.encode(), "train.py:1: unknown encoding: nonsense"),
        (b"# coding: rot13\n" + SUSPECT.encode(), "train.py:1: rot13 is not an encoding of text"),
        (b"# coding: zlib\n" + SUSPECT.encode(), "train.py:1: zlib is not an encoding of text"),
        (b"# coding: undefined\n" + SUSPECT.encode(), "train.py:1: undefined is not an encoding of text"),
        (b"# coding: idna\n" + SUSPECT.encode(), "train.py:1: idna is not an encoding of text"),
        (b"# coding: punycode\n" + SUSPECT.encode(), "train.py:1: punycode is not an encoding of text"),
        (SUSPECT.encode() + b"def f(:\n", "train.py:5: not analysed: no valid Python: "),
        (SUSPECT.encode() + b"print 'x'\n", "train.py:5: not analysed: no valid Python: "),
        (SUSPECT.encode() + b"\0\n", "train.py: not analysed: no valid Python: "),
        (SUSPECT.encode() + b"y = x" + b".abs()" * 200 + b"\n", "train.py:5: not analysed: nests too deep"),
        (SUSPECT.encode() + b"y = " + b"(" * 2000 + b"x" + b")" * 2000 + b"\n", "train.py:5: not analysed: "),
    ],
    ids=[
        "no utf-8",
        "unknown coding",
        "rot13",
        "zlib",
        "undefined",
        "idna",
        "punycode",
        "broken",
        "python 2",
        "nul",
        "deep chain",
        "2000 parentheses",
    ],
)
def test_what_cannot_be_read_is_named_and_the_others_are_checked(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "train.py").write_bytes(content)
    (tmp_path / "other.py").write_text(SUSPECT)
    run = check(tmp_path, "--isolated")
    assert run.returncode == 2
    assert run.stdout.startswith("other.py:4:1: GRD211")
    assert run.stderr.startswith(f"gradsafe: {complaint}")
    assert len(run.stderr.splitlines()) == 1


def test_a_broken_file_that_cannot_concern_us_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_bytes(b"print 'caf\xe9'\n")
    assert codes(check(tmp_path, "--isolated")) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SUSPECT)
    run = check(tmp_path, "--isolated", "absent.py", "other.py")
    assert run.returncode == 2
    assert run.stderr == "gradsafe: absent.py: no such file or folder\n"
    assert run.stdout.startswith("other.py:4:1: GRD211")


def test_a_file_without_end_is_not_read_to_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(b"#" * 11)
    assert files.read(str(tmp_path / "train.py"), 11) == b"#" * 11
    with pytest.raises(files.Unreadable, match="is larger than"):
        files.read(str(tmp_path / "train.py"), 10)


def test_fixes_of_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SyntaxError, match="rot13 is not an encoding of text"):
        fixed_bytes(b"# coding: rot13\n" + SUSPECT.encode())


@needs_links
@pytest.mark.parametrize(("target", "complaint"), [("nowhere", "no such file"), ("loop.py", "symbolic links")])
def test_a_link_to_nowhere_is_named(tmp_path: Path, target: str, complaint: str) -> None:
    (tmp_path / "loop.py").symlink_to(target)
    run = check(tmp_path, "--isolated", "loop.py")
    assert run.returncode == 2
    assert run.stderr.startswith("gradsafe: loop.py: ")
    assert complaint in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "other.py").write_text(CLEAN)
    assert codes(check(tmp_path, "--isolated")) == []
    run = check(tmp_path, "--isolated", "pipe.py")
    assert run.stderr == "gradsafe: pipe.py: is no regular file\n"
    assert run.returncode == 2


@needs_rights
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path, "secret.py", "folder/x.py", "open.py")
    (tmp_path / "secret.py").chmod(0)
    (tmp_path / "folder").chmod(0)
    run = check(tmp_path, "--isolated")
    (tmp_path / "folder").chmod(0o700)
    assert run.returncode == 2
    assert sorted(run.stderr.splitlines()) == [
        "gradsafe: ./folder: permission denied",
        "gradsafe: secret.py: permission denied",
    ]
    assert run.stdout.startswith("open.py:4:1: GRD211")


def test_a_name_with_control_characters_is_spelled_out(tmp_path: Path) -> None:
    name = "a\nb\x1b[31m.py"
    (tmp_path / name).write_text(SUSPECT)
    run = check(tmp_path, "--isolated")
    assert run.stdout.startswith("a\\nb\\x1b[31m.py:4:1: GRD211")
    assert len(run.stdout.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes there")
def test_a_name_that_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"\xff.py"), "w") as file:
        file.write(SUSPECT)
    run = check(tmp_path, "--isolated")
    assert run.stdout.startswith("\\udcff.py:4:1: GRD211")
