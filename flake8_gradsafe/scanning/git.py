"""Files of a git repository at HEAD, read by git itself, also of a bare one. Nothing of the repository is run."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from flake8_gradsafe.scanning.errors import BadScan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REGULAR = (b"100644", b"100755")
#: Nothing is fetched, nothing asked, and no configuration of the machine is heeded.
_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def is_bare(path: str) -> bool:
    """True if a folder is a git repository without a working tree."""
    return all(os.path.exists(os.path.join(path, name)) for name in ("HEAD", "objects", "refs"))


def head_of(path: str) -> str:
    """The commit that HEAD is; empty where there is none yet. Raises BadScan."""
    done = _git(path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if done.returncode not in {0, 1}:
        raise BadScan(f"{path}: git: {_said(done.stderr)}")
    return done.stdout.decode().strip()


def files_at(path: str, commit: str, wanted: Callable[[str], bool], largest: int) -> Iterator[tuple[str, bytes | None]]:
    """The paths and contents of a commit's regular files; None for one that is larger. Raises BadScan."""
    if not commit:
        return
    listed = _git(path, "ls-tree", "-r", "-l", "-z", commit)
    if listed.returncode:
        raise BadScan(f"{path}: git: {_said(listed.stderr)}")
    chosen: list[tuple[str, bytes, int]] = []
    for line in filter(None, listed.stdout.split(b"\0")):
        head, _, name = line.partition(b"\t")
        mode, _, blob, size = head.split()
        decoded = os.fsdecode(name).encode("utf-8", "replace").decode()
        if mode in _REGULAR and wanted(decoded):
            chosen.append((decoded, blob, int(size) if size.isdigit() else largest + 1))
    yield from ((name, None) for name, _, size in chosen if size > largest)
    small = [each for each in chosen if each[2] <= largest]
    if small:
        yield from _contents(path, small)


def _contents(path: str, chosen: list[tuple[str, bytes, int]]) -> Iterator[tuple[str, bytes]]:
    process = subprocess.Popen(
        ["git", "-C", path, "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ENVIRONMENT},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name, blob, size in chosen:
            process.stdin.write(blob + b"\n")
            process.stdin.flush()
            head = process.stdout.readline().split()
            if head[1:2] != [b"blob"]:
                raise BadScan(f"{path}: git has no content of {name}")
            yield name, process.stdout.read(size + 1)[:size]
        process.stdin.close()


def _git(path: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", path, *arguments],
            capture_output=True,
            check=False,
            env={**os.environ, **_ENVIRONMENT},
        )
    except OSError:
        raise BadScan(f"{path}: is a git repository, and there is no command git to read it") from None


def _said(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "failed"
