"""The process that checks projects for a worker of `gradsafe scan`: it is given their files, and checks them as folders."""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.analysis import Analysis, analyse_stored, internal_error
from flake8_gradsafe.cache.serialised import dumped, loaded
from flake8_gradsafe.command.run import importing_path, inspect
from flake8_gradsafe.config.settings import load
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.report.objects import as_object
from flake8_gradsafe.scanning.errors import digest
from flake8_gradsafe.scanning.protocol import Analysed, Began, Checked, Failed, Job, Problem, Ready

if TYPE_CHECKING:
    from flake8_gradsafe.command.run import File, Run
    from flake8_gradsafe.config.settings import Settings

#: Characters of the analyses that are kept for equal files of other projects, and how many of one program.
_KEPT, _KEPT_OF_ONE = 16 * 2**20, 4
#: What is analysed at first, so that no file's time goes to the import of our own modules.
_FIRST = "import torch\n\nx = torch.ones(1, requires_grad=True)\nx.data.add_(1)\n"
#: Characters of programs after which garbage is collected.
_COLLECTED = 2**18
#: Stands for the project's folder in what is kept: no text of JSON has it.
_FOLDER = "\0"


def main(words: list[str]) -> None:
    """Serve a worker until it is gone: `words` are the descriptor of its connection, a limit of memory, and the options."""
    descriptor, memory, options = words
    _limit_memory(int(memory))
    base, worker = os.getcwd(), os.getppid()
    threading.Thread(target=_end_with, args=(worker, base), daemon=True).start()
    checks = ProjectChecks(Connection(int(descriptor)), base, **json.loads(options))
    with suppress(EOFError, OSError):
        checks.serve()
    shutil.rmtree(base, ignore_errors=True)


def _limit_memory(limit: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end_with(worker: int, base: str) -> None:
    """End this process when its worker has ended, whatever it is doing."""
    while os.getppid() == worker:
        time.sleep(1)
    shutil.rmtree(base, ignore_errors=True)
    os._exit(1)


class ProjectChecks:
    """The projects of a worker, checked one after another, each in a folder of its own below `base`."""

    def __init__(self, connection: Connection[Any, Any], base: str, given: dict[str, Any], no_project: bool) -> None:
        """Take the connection to the worker, the folder, flake8's options, and whether files are looked at alone."""
        self._connection = connection
        self._base = base
        self._settings = load(given, isolated=True)
        self._no_project = no_project
        self._number = 0
        self._memory = _Memory()

    def serve(self) -> None:
        """Check what comes. Raises EOFError once nothing comes any more."""
        analyse_stored(_FIRST, self._settings.selection("first.py").codes, fixes=False)
        self._connection.send(Ready())
        while True:
            job = self._connection.recv()
            try:
                answer: Checked | Failed = self._checked(job)
            except Exception as error:  # noqa: BLE001
                answer = Failed(internal_error("not analysed", error))
            self._connection.send(answer)

    def _checked(self, job: Job) -> Checked:
        self._number += 1
        folder = os.path.join(self._base, str(self._number))
        os.mkdir(folder)
        try:
            _write(folder, job)
            os.chdir(folder)
            return self._check(job, folder)
        finally:
            os.chdir(self._base)
            shutil.rmtree(folder, ignore_errors=True)

    def _check(self, job: Job, folder: str) -> Checked:
        given = argparse.Namespace(paths=["."], no_project=self._no_project, stdin_filename="stdin")
        analyses = _Analyses(job, folder, self._connection, self._memory)
        run = inspect(given, self._settings, analyses)
        findings = [as_object(reported) for reported in run.reported]
        problems = [Problem(each.path, each.text, each.line, each.cell) for each in run.problems if each.grave]
        return Checked(findings, problems, analyses.reused)


def _write(folder: str, job: Job) -> None:
    """Write a project's files. The top of the folder is that of a project."""
    os.mkdir(os.path.join(folder, ".git"))
    for path, content in {**job.marks, **job.files}.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if not os.path.isdir(place):
            with open(place, "wb") as file:
                file.write(content)


class _Analyses:
    """The analyses of a project's files, told as they are made."""

    def __init__(self, job: Job, folder: str, connection: Connection[Any, Any], memory: _Memory) -> None:
        self._job = job
        self._folder = folder
        self._connection = connection
        self._memory = memory
        self._sources = Sources()
        self._collector = _Collector()
        self.reused = 0

    def __call__(self, run: Run, files: list[File], given: argparse.Namespace) -> dict[str, Analysis]:
        """What the engine says of each program, by its path."""
        return {file.target.path: self._analysis(file, given, run.settings) for file in files}

    def _analysis(self, file: File, given: argparse.Namespace, settings: Settings) -> Analysis:
        path, text = file.target.path, file.document.text
        if self._job.only is not None and path not in self._job.only:
            return Analysis()
        if path in self._job.given_up:
            return Analysis(problem=self._job.given_up[path])
        if path in self._job.known and (made := loaded(self._job.known[path].replace(_FOLDER, self._folder), text)):
            return made
        place = importing_path(path, given, settings)
        imports = None if place is None else FileImports(place, self._sources)
        wanted = settings.selection(path).codes
        key = digest(path if place is not None else "", ",".join(sorted(wanted)), text)
        self._collector.before(len(text))
        self._connection.send(Began(path))
        for kept in self._memory.of(key):
            known = loaded(kept.replace(_FOLDER, self._folder), text)
            if known is not None and (imports is None or imports.is_unchanged(known.consulted)):
                self.reused += 1
                self._connection.send(Analysed(path, kept))
                return known
        analysis = analyse_stored(text, wanted, imports, fixes=False)
        kept = dumped(analysis).replace(self._folder, _FOLDER)
        if analysis.lasting:
            self._memory.keep(key, kept)
        self._connection.send(Analysed(path, kept))
        return analysis


class _Collector:
    """Frees what analyses left behind, which the interpreter's own collector looks for too rarely between them."""

    def __init__(self) -> None:
        self._size = 0

    def before(self, size: int) -> None:
        """Collect if the programs since the last time were long."""
        self._size += size
        if self._size > _COLLECTED:
            self._size = 0
            gc.collect()


class _Memory:
    """Analyses of programs that were met before, as texts: the last ones, within bounds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, list[str]] = OrderedDict()
        self._size = 0

    def of(self, key: str) -> list[str]:
        """The analyses of a program, which hold as long as what they depend on is the same."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key, [])

    def keep(self, key: str, analysis: str) -> None:
        """Keep an analysis; what was used longest ago is forgotten."""
        those = self._kept.setdefault(key, [])
        those.append(analysis)
        self._size += len(analysis)
        if len(those) > _KEPT_OF_ONE:
            self._size -= len(those.pop(0))
        while self._size > _KEPT:
            self._size -= sum(map(len, self._kept.popitem(last=False)[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
