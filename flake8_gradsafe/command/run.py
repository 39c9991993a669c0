"""The files of a run: read, analysed now or earlier, and what is to be reported of them."""

from __future__ import annotations

import errno
import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import analyse_stored, document, filter_findings, internal_error
from flake8_gradsafe.command.discovery import Target, targets
from flake8_gradsafe.source.document import Problem
from flake8_gradsafe.source.files import Unreadable, cause, decode, read, read_all
from flake8_gradsafe.source.writing import Unwritable, rewrite
from flake8_gradsafe.syntax.gate import may_concern_us

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.analysis import Analysis
    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.source.document import Document
    from flake8_gradsafe.source.file_finding import FileFinding

STDIN = "-"
_NOQA = re.compile(rb"#\s*noqa.*GRD", re.IGNORECASE)


@dataclass
class File:
    """A file that may hold something for us: what is found in it, what comments silence, and what a baseline knows."""

    target: Target
    data: bytes
    document: Document
    reported: list[FileFinding] = field(default_factory=list)
    silenced: list[FileFinding] = field(default_factory=list)
    known: list[FileFinding] = field(default_factory=list)


@dataclass
class Run:
    """The files of a run, in order, with their findings, and what went wrong. `checked` are those that could be read.

    `passed_over` are those of them that hold nothing for us, but may speak of our codes in comments.
    """

    settings: Settings
    files: list[File] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stdin: bytes = b""
    checked: list[str] = field(default_factory=list)
    passed_over: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def reported(self) -> list[FileFinding]:
        """All that is to be reported."""
        return [file_finding for file in self.files for file_finding in file.reported]


def inspect(given: argparse.Namespace, settings: Settings) -> Run:
    """Read and analyse what the command line names."""
    run = Run(settings)
    _read(run, given)
    analyse(run, run.files, given)
    return run


def analyse(run: Run, files: Iterable[File], given: argparse.Namespace) -> None:
    """Find what is to be reported of some files."""
    files = list(files)
    analyses = _analyses(run, files, given)
    for file in files:
        analysis = analyses[file.target.path]
        if analysis.problem:
            cell, line = (None, None) if analysis.line is None else file.document.place(analysis.line)
            run.problems.append(Problem(file.target.path, analysis.problem, line, cell))
        try:
            file.reported, file.silenced = filter_findings(file.document, analysis.findings, run.settings)
        except Exception as error:  # noqa: BLE001
            run.problems.append(Problem(file.target.path, internal_error("not reported", error)))


def with_text(file: File, text: str) -> bytes:
    """A file's bytes with another program in it. Raises UnicodeEncodeError, and Unchangeable for a notebook's cells."""
    if file.document.cells:
        from flake8_gradsafe.source.notebook.writing import rewritten

        return rewritten(file.data, text)
    return decode(file.data).encoded(text)


def write_file(run: Run, file: File, data: bytes) -> bool:
    """Put new bytes into a file that is still as it was read, and say whether that could be done."""
    try:
        rewrite(file.target.path, file.data, data, file.target.tree)
    except Unwritable as error:
        run.problems.append(Problem(file.target.path, str(error)))
        return False
    return True


def _read(run: Run, given: argparse.Namespace) -> None:
    if STDIN in given.paths:
        name = given.stdin_filename
        try:
            run.stdin = read_all(sys.stdin.buffer)
        except (OSError, Unreadable) as error:
            run.problems.append(Problem(STDIN, _refusal(error)))
            return
        if name == "stdin" or not run.settings.excludes_named(name):
            _take(run, Target(name, os.curdir), run.stdin)
        return
    found, problems = targets(given.paths, run.settings)
    run.problems += problems
    for target in found:
        data = _bytes(run, target.path)
        if data is not None:
            _take(run, target, data)


def _refusal(error: OSError | Unreadable) -> str:
    if isinstance(error, Unreadable):
        return error.text
    return "is closed" if error.errno == errno.EBADF else cause(error)


def _bytes(run: Run, path: str) -> bytes | None:
    try:
        return read(path)
    except Unreadable as error:
        run.problems.append(Problem(path, error.text))
        return None


def _take(run: Run, target: Target, data: bytes) -> None:
    run.checked.append(target.path)
    if not run.settings.selection(target.path).anything:
        return
    try:
        made, problems = document(target.path, data)
    except Exception as error:  # noqa: BLE001
        made, problems = None, [Problem(target.path, internal_error("not read", error))]
    run.problems += problems
    if made is not None:
        run.files.append(File(target, data, made))
    elif not problems and _NOQA.search(data) and not target.path.endswith(".ipynb"):
        run.passed_over.append((target.path, data))


def _analyses(run: Run, files: list[File], given: argparse.Namespace) -> dict[str, Analysis]:
    """Return what the engine says of each program, by its path."""
    if not any(may_concern_us(file.document.text) for file in files):  # parsed sooner than remembered
        return {file.target.path: analyse_stored(file.document.text, frozenset()) for file in files}
    from flake8_gradsafe.command.cache import Cache, analyser, key
    from flake8_gradsafe.command.cache_folder import cache_folder
    from flake8_gradsafe.command.pool import analyse_all
    from flake8_gradsafe.command.progress import progress

    made_by = analyser()
    keys: dict[str, str] = {}
    tasks = {}
    for file in files:
        wanted = run.settings.selection(file.target.path).codes
        name = keys[file.target.path] = key(file.document.text, wanted, made_by)
        tasks[name] = (file.document.text, wanted)
    cache = Cache(None if given.no_cache else cache_folder(given.cache_dir))
    analyses = cache.known(tasks)
    unknown = {name: task for name, task in tasks.items() if name not in analyses}
    fresh: dict[str, Analysis] = {}
    try:
        with progress(len(unknown), shown=sys.stderr.isatty() and not given.quiet) as advance:
            analyse_all(unknown, run.settings.jobs, _keeping(fresh, advance))
    finally:
        # What was done before an interrupt need not be done again.
        cache.remember({name: analysis for name, analysis in fresh.items() if analysis.lasting})
    analyses |= fresh
    return {path: analyses[name] for path, name in keys.items()}


def _keeping(fresh: dict[str, Analysis], advance: Callable[[int], None]) -> Callable[[dict[str, Analysis]], None]:
    def keep(analyses: dict[str, Analysis]) -> None:
        fresh.update(analyses)
        advance(len(analyses))

    return keep
