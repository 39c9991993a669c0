"""What `--fix` and `--add-noqa` keep of a file, and the files that they leave alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.source import writing
from flake8_gradsafe.source.writing import Unwritable, rewrite, write
from tests.command.running import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE, AFTER = b"x = 1\n", b"x = 2\n"
#: With the advice, this has a safe fix.
ADVISORY = "import torch\n\n\ndef norm(p: torch.Tensor) -> float:\n    return float(p.data.norm())\n"

needs_owners = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as it was read."""
    path = tmp_path / "train.py"
    path.write_bytes(BEFORE)
    return path


def refused(file: Path, reason: str) -> None:
    """The file is not written, and nothing lies beside it."""
    there = sorted(os.listdir(file.parent))
    with pytest.raises(Unwritable, match=reason):
        rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert sorted(os.listdir(file.parent)) == there


def _save(file: Path) -> None:
    file.write_bytes(BEFORE + b"# the author's work\n")


def _shorten(file: Path) -> None:
    file.write_bytes(b"")


def _retype(file: Path) -> None:
    file.write_bytes(b"y = 1\n")


def _become_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("change", [_save, _shorten, _retype])
def test_a_file_that_was_saved_meanwhile_is_left_alone(file: Path, change: Callable[[Path], None]) -> None:
    change(file)
    saved = file.read_bytes()
    refused(file, "not written: it has changed since it was read")
    assert file.read_bytes() == saved


def test_a_file_that_was_removed_or_moved_is_not_made_again(file: Path) -> None:
    file.rename(file.with_name("moved.py"))
    refused(file, "not written: it was removed since it was read")
    assert os.listdir(file.parent) == ["moved.py"]


def test_what_is_no_file_any_more_is_left_alone(file: Path) -> None:
    _become_a_folder(file)
    refused(file, "not written: it is no regular file")


def test_a_change_during_the_writing_is_seen(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "keep", lambda *_: _save(file))
    refused(file, "it has changed since it was read")
    monkeypatch.setattr(writing, "keep", lambda *_: file.unlink())
    file.write_bytes(BEFORE)
    with pytest.raises(Unwritable, match="it was removed since it was read"):
        rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert os.listdir(file.parent) == []


def test_what_has_the_new_text_already_is_no_trouble(file: Path) -> None:
    file.write_bytes(AFTER)
    rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert file.read_bytes() == AFTER


@pytest.mark.skipif(not hasattr(os, "link"), reason="there are no hard links")
def test_a_file_with_two_names_is_left_alone(file: Path) -> None:
    os.link(file, file.with_name("twin.py"))
    refused(file, "it has 2 names")
    assert file.samefile(file.with_name("twin.py"))


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    file.chmod(0o444)
    refused(file, "it is read-only")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o777, 0o4755, 0o2755])
def test_the_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert (file.stat().st_mode & 0o7777, file.read_bytes()) == (mode, AFTER)


@needs_owners
def test_the_owner_and_the_group_stay(file: Path) -> None:
    os.chown(file, 1234, 2345)
    rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


@needs_owners
def test_a_file_whose_owner_cannot_be_kept_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fchown(*_: int) -> None:
        raise PermissionError

    os.chown(file, 1234, 2345)
    monkeypatch.setattr(os, "fchown", fchown)
    refused(file, "its owner and group could not be kept")


@pytest.mark.skipif(sys.platform != "linux", reason="Python knows extended attributes there alone")
def test_extended_attributes_stay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sys.platform == "linux"
    try:
        os.setxattr(file, "user.author", b"somebody")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    rewrite(str(file), BEFORE, AFTER, str(file.parent))
    assert os.getxattr(file, "user.author") == b"somebody"

    def setxattr(*_: object) -> None:
        raise PermissionError

    file.write_bytes(BEFORE)
    monkeypatch.setattr(os, "setxattr", setxattr)
    refused(file, "its extended attribute user.author could not be kept")


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write(str(tmp_path / "new"), AFTER, str(tmp_path))
    assert (tmp_path / "new").read_bytes() == AFTER
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("arguments", [["--fix"], ["--add-noqa"]])
def test_the_command_tells_what_it_left_alone_and_writes_the_others(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.py").write_text(ADVISORY)
    (tmp_path / "b.py").write_text(ADVISORY)
    (tmp_path / "a.py").chmod(0o444)
    run = check(tmp_path, "--isolated", "--extend-select", "GRD9", *arguments)
    assert run.returncode == 2
    assert "gradsafe: a.py: not written: it is read-only\n" in run.stderr
    assert run.stdout.startswith("a.py:5:")
    assert (tmp_path / "a.py").read_text() == ADVISORY
    assert (tmp_path / "b.py").read_text() != ADVISORY


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("arguments", [["--fix"], ["--add-noqa"]])
def test_a_file_that_is_found_under_two_names_is_written_once(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.py").write_text(ADVISORY)
    (tmp_path / "b.py").symlink_to("a.py")
    run = check(tmp_path, "--isolated", "--extend-select", "GRD9", *arguments)
    assert (run.returncode, run.stdout) == (0, "")
    assert (tmp_path / "b.py").is_symlink()
    assert (tmp_path / "a.py").read_text() != ADVISORY


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_baseline_is_not_written_through_a_link_out_of_the_tree(tmp_path: Path) -> None:
    precious = '{"version": 2, "findings": []}'
    (tmp_path / "precious").write_text(precious)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.py").write_text(ADVISORY)
    (tree / "known.json").symlink_to(tmp_path / "precious")
    run = check(tree, "--isolated", "--baseline", "known.json", "--write-baseline")
    assert run.returncode == 2
    assert run.stderr.startswith("gradsafe: error: known.json: not written: a link to ")
    assert (tmp_path / "precious").read_text() == precious
