"""The files of a run: read, analysed now or earlier, and what is to be reported of them."""

from __future__ import annotations

import errno
import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import (
    analyse_stored,
    document,
    each_once,
    filter_findings,
    internal_error,
    is_silenced_there,
)
from flake8_gradsafe.command.discovery import Target, targets
from flake8_gradsafe.report.elsewhere import shown_path
from flake8_gradsafe.source.document import Document, Problem
from flake8_gradsafe.source.files import Unreadable, cause, decode, read, read_all
from flake8_gradsafe.source.writing import Unwritable, rewrite
from flake8_gradsafe.syntax.gate import may_concern_us

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.analysis import Analysis
    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.source.file_finding import FileFinding

    #: What the engine says of the programs of some files, by their paths.
    Analysing = Callable[["Run", list["File"], argparse.Namespace], dict[str, Analysis]]

STDIN = "-"
_NOQA = re.compile(rb"#\s*noqa.*GRD", re.IGNORECASE)


@dataclass(eq=False)
class File:
    """A file that may hold something for us: what is found in it, what comments silence, and what a baseline knows.

    `findings` are those of its analysis, some of which may stand in other files.
    """

    target: Target
    data: bytes
    document: Document
    reported: list[FileFinding] = field(default_factory=list)
    silenced: list[FileFinding] = field(default_factory=list)
    known: list[FileFinding] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()

    @property
    def absolute(self) -> str:
        """What tells the file from others, however its path is written."""
        return os.path.realpath(self.target.path)


@dataclass
class Run:
    """The files of a run, in order, with their findings, and what went wrong. `checked` are those that could be read.

    `passed_over` are those of them that hold nothing for us, but may speak of our codes in comments. `callers` were not asked
    for: they import some that were, and are looked through for what stands in those.
    """

    settings: Settings
    files: list[File] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stdin: bytes = b""
    checked: list[str] = field(default_factory=list)
    passed_over: list[tuple[str, bytes]] = field(default_factory=list)
    callers: list[File] = field(default_factory=list)

    @property
    def reported(self) -> list[FileFinding]:
        """All that is to be reported."""
        return [file_finding for file in self.files for file_finding in file.reported]


def inspect(given: argparse.Namespace, settings: Settings, analysing: Analysing | None = None) -> Run:
    """Read and analyse what the command line names; `analysing` in another way than in the processes of this command."""
    run = Run(settings)
    _read(run, given)
    run.callers = list(_callers(run, given))
    analyse(run, run.files, given, analysing)
    return run


def analyse(run: Run, files: Iterable[File], given: argparse.Namespace, analysing: Analysing | None = None) -> None:
    """Find what is to be reported of some files."""
    files = list(files)
    analyses = (analysing or _analyses)(run, [*files, *run.callers], given)
    for caller in run.callers:
        caller.findings = analyses[caller.target.path].findings
    for file in files:
        analysis = analyses[file.target.path]
        if analysis.problem:
            cell, line = (None, None) if analysis.line is None else file.document.place(analysis.line)
            run.problems.append(Problem(file.target.path, analysis.problem, line, cell))
        file.findings = analysis.findings
    for file, findings in _standing_in(run, files):
        _report(run, file, findings)


def _report(run: Run, file: File, findings: list[Finding]) -> None:
    try:
        file.reported, file.silenced = filter_findings(file.document, findings, run.settings)
        file.known = []
    except Exception as error:  # noqa: BLE001
        run.problems.append(Problem(file.target.path, internal_error("not reported", error)))


def _standing_in(run: Run, analysed: list[File]) -> list[tuple[File, list[Finding]]]:
    """What stands in each file that was analysed just now, or in which something is told of one of these.

    A finding in another file is told there if that is checked too, else where the analysed file leads to it, unless a comment
    silences it there.
    """
    analysed = [*analysed, *run.callers]
    _add_files(run, analysed)
    files = [*run.files, *run.callers]
    homes = {file.absolute: number for number, file in reversed(list(enumerate(run.files)))}
    found: list[list[tuple[int, Finding]]] = [[] for _ in run.files]
    changed = {number for number, file in enumerate(files) if file in analysed}
    for number, file in enumerate(files):
        for finding in file.findings:
            home = homes.get(_home(finding))
            if home is None:
                if number < len(run.files) and not is_silenced_there(finding, run.settings.options):
                    found[number].append((number, finding.told_here(shown_path)))
            else:
                found[home].append((number, finding.told_in(finding.location.path, file.absolute)))
                changed |= {home} if number in changed else set()
    return [(file, each_once(found[number])) for number, file in enumerate(run.files) if number in changed]


def _home(finding: Finding) -> str:
    """What tells the other file in which a finding stands from others, as `File.absolute` does; empty if there is none."""
    return os.path.realpath(finding.location.path) if finding.location.path else ""


def files_leading_to(run: Run, others: Iterable[File]) -> list[File]:
    """The other files of a run of whose findings something stands in some files."""
    others = list(others)
    paths = {file.absolute for file in others}
    return [
        file
        for file in run.files
        if file not in others
        and any(
            os.path.realpath(location.path) in paths
            for finding in file.findings
            for location in (finding.location, *(step.location for step in finding.trace))
            if location.path
        )
    ]


def _add_files(run: Run, analysed: list[File]) -> None:
    """Add those of the checked files that seemed to hold nothing for us and in which something is found all the same."""
    known = {file.absolute for file in run.files}
    homes = {_home(finding) for file in analysed for finding in file.findings} - known - {""}
    if not homes:
        return
    for path in run.checked:
        if os.path.realpath(path) in homes and (data := _bytes(run, path)) is not None:
            made, _ = document(path, data, always=True)
            if made is not None:
                run.files.append(File(Target(path, os.curdir), data, made))
    order = {path: number for number, path in enumerate(run.checked)}
    run.files.sort(key=lambda file: order[file.target.path])
    run.passed_over = [(path, data) for path, data in run.passed_over if os.path.realpath(path) not in homes]


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


def _callers(run: Run, given: argparse.Namespace) -> Iterator[File]:
    """The files of the projects that import those that are checked, and are not checked themselves."""
    paths = [path for path in run.checked if path.endswith(".py") and importing_path(path, given, run.settings)]
    if not paths or STDIN in given.paths:  # callers import what is on disk
        return
    from flake8_gradsafe.project.root import project_root
    from flake8_gradsafe.project.sources import Sources
    from flake8_gradsafe.project.users import callers_of

    sources = Sources()
    roots: dict[str, list[str]] = {}
    for path in paths:
        roots.setdefault(project_root(path), []).append(path)
    for root, checked in roots.items():
        for path, text in callers_of(checked, root, sources).items():
            yield File(Target(path, os.curdir), b"", Document(path, text))


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
    if not any(_may_hold_anything(file, given, run.settings) for file in files):  # parsed sooner than remembered
        return {file.target.path: analyse_stored(file.document.text, frozenset()) for file in files}
    from flake8_gradsafe.analysis import Task
    from flake8_gradsafe.cache.database import Cache, analyser, key
    from flake8_gradsafe.cache.folder import cache_folder
    from flake8_gradsafe.command.pool import analyse_all
    from flake8_gradsafe.command.progress import progress

    made_by = analyser()
    keys: dict[str, str] = {}
    tasks = {}
    for file in files:
        wanted = run.settings.selection(file.target.path).codes
        task = Task(file.document.text, wanted, importing_path(file.target.path, given, run.settings))
        name = keys[file.target.path] = key(task, made_by)
        tasks[name] = task
    options = run.settings.options
    folder = given.cache_dir or options.gradsafe_cache_dir
    cache = Cache(None if given.no_cache or options.gradsafe_no_cache else cache_folder(folder))
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


def _may_hold_anything(file: File, given: argparse.Namespace, settings: Settings) -> bool:
    """True if a file, or what it imports, may concern us, as far as can be told without parsing it."""
    if may_concern_us(file.document.text):
        return True
    path = importing_path(file.target.path, given, settings)
    if path is None:
        return False
    from flake8_gradsafe.project.imports import imports_of

    imports = imports_of(path)
    return imports is not None and imports.may_link(file.document.text)


def importing_path(path: str, given: argparse.Namespace, settings: Settings) -> str | None:
    """The path from which a file's imports are followed; None where they are not, or where it has no place of its own."""
    alone = given.no_project or settings.options.gradsafe_no_project
    return None if alone or not os.path.isfile(path) else path


def _keeping(fresh: dict[str, Analysis], advance: Callable[[int], None]) -> Callable[[dict[str, Analysis]], None]:
    def keep(analyses: dict[str, Analysis]) -> None:
        fresh.update(analyses)
        advance(len(analyses))

    return keep
