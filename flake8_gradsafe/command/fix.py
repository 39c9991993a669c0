"""Fixes: applied to files, or shown as differences."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import accepted, document, internal_error, is_fixable
from flake8_gradsafe.command.run import STDIN, analyse, files_leading_to, importing_path, with_text, write_file
from flake8_gradsafe.source.document import Problem

if TYPE_CHECKING:
    import argparse

    from flake8_gradsafe.command.run import File, Run
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.source.files import Source


def mend(run: Run, given: argparse.Namespace) -> None:
    """Apply the fixes of what is found, and find again what is left."""
    applied: dict[str, tuple[Finding, ...]] = {}
    changed = []
    for file in run.files:
        data, mended = _mended(run, file, given)
        if data == file.data or not (STDIN in given.paths or write_file(run, file, data)):
            continue
        made, _ = document(file.target.path, data)
        applied[file.target.path] = mended
        file.data, file.reported, file.silenced, file.known = data, [], [], []
        if made is not None:
            file.document = made
            changed.append(file)
    # Of a file that is not changed, findings may stand in one that is.
    analyse(run, [*changed, *files_leading_to(run, changed)], given)
    if STDIN in given.paths:
        # An editor takes this for the file, whatever was found in it.
        sys.stdout.buffer.write(run.files[0].data if run.files else run.stdin)
        sys.stdout.buffer.flush()
    if not given.quiet:
        _tell(applied, by_file=given.show_fixes)


def _tell(applied: dict[str, tuple[Finding, ...]], *, by_file: bool) -> None:
    """Say how many findings were mended, and, if `by_file`, which in every file."""
    from flake8_gradsafe.report.outcome import counted, printable

    count = sum(map(len, applied.values()))
    if count:
        print(f"mended: {counted(count, 'finding')}", file=sys.stderr)
    for path, mended in applied.items() if by_file else ():
        for (code, name), often in sorted(Counter((finding.code, finding.name) for finding in mended).items()):
            print(f"  {printable(path)}: {often} {code} {name}", file=sys.stderr)


def differences(run: Run, given: argparse.Namespace) -> bool:
    """Print what fixes would change, and say whether they would change anything."""
    from flake8_gradsafe.command.difference import difference, shown

    changed = False
    for file in run.files:
        data, _ = _mended(run, file, given)
        if data == file.data:
            continue
        changed = True
        for name, before, after in _versions(file, data):
            printed = difference(name, before.text, after.text, before.encoding)
            if sys.stdout.isatty():
                printed = shown(printed, before.encoding).encode(sys.stdout.encoding, "backslashreplace")
            sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()
    return changed


def _versions(file: File, data: bytes) -> list[tuple[str, Source, Source]]:
    """Return what is changed: the name, the text before and after; of a notebook, cell by cell."""
    from flake8_gradsafe.source.files import Source, decode

    path = file.target.path
    if not file.document.cells:
        return [(path, decode(file.data), decode(data))]
    from flake8_gradsafe.source.notebook.reading import code_cells, decoded

    pairs = zip(code_cells(decoded(file.data)), code_cells(decoded(data)), strict=True)
    return [
        (f"{path}:cell {before.number}", Source("utf-8", before.translated), Source("utf-8", after.translated))
        for before, after in pairs
        if before.source != after.source
    ]


def _mended(run: Run, file: File, given: argparse.Namespace) -> tuple[bytes, tuple[Finding, ...]]:
    """Return a file's bytes with the fixes of its findings, and the findings that they mend."""
    unsafe = given.unsafe_fixes
    fixable = [file_finding for file_finding in file.reported if is_fixable(file_finding, unsafe=unsafe)]
    if not fixable:
        return file.data, ()
    from flake8_gradsafe.fixing import fixed, fixed_bytes
    from flake8_gradsafe.project.imports import imports_of
    from flake8_gradsafe.source.notebook.writing import Unchangeable

    wanted = run.settings.selection(file.target.path).codes
    may_mend = accepted(fixable, [*file.silenced, *file.known])
    imports = imports_of(importing_path(file.target.path, given, run.settings))
    try:
        if not file.document.cells:
            outcome = fixed_bytes(file.data, unsafe=unsafe, wanted=wanted, accepted=may_mend, imports=imports)
            return outcome.data, outcome.applied
        program = fixed(file.document.text, unsafe=unsafe, wanted=wanted, accepted=may_mend, imports=imports)
        return with_text(file, program.text), program.applied
    except Unchangeable as error:
        run.problems.append(Problem(file.target.path, f"not mended: {error}"))
    except Exception as error:  # noqa: BLE001
        run.problems.append(Problem(file.target.path, internal_error("not mended", error)))
    return file.data, ()
