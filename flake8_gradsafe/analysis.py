"""One file, from its bytes to what is reported of it: decoded, analysed, and what its author silences left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.source.document import Document, Problem
from flake8_gradsafe.source.file_finding import FileFinding
from flake8_gradsafe.source.files import Unreadable, decode, read
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax.gate import may_concern_us
from flake8_gradsafe.syntax.mention import mentions_torch
from flake8_gradsafe.syntax.tree import TooDeep, python_tree

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.project.imports import FileImports
    from flake8_gradsafe.project.sources import Sources


class Task(NamedTuple):
    """A program's text, the codes that are wanted of it, and the path from which its imports are followed, if they are."""

    text: str
    wanted: frozenset[str]
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the engine says of a program: its findings, or why there are none. `lasting`: it would say so again
    for as long as what was `consulted` of other files is as it was, as `project.imports.FileImports` has it."""

    findings: tuple[Finding, ...] = ()
    problem: str = ""
    line: int | None = None
    lasting: bool = True
    consulted: tuple[tuple[str, str], ...] = ()


def document(path: str, data: bytes, *, always: bool = False) -> tuple[Document | None, list[Problem]]:
    """A file's program, or None where it does not mention torch, if not `always`; and what could not be read of it."""
    if not (always or b"torch" in data or mentions_torch(data.decode("latin-1"))):
        return None, []
    if path.endswith(".ipynb"):
        from flake8_gradsafe.source.notebook.program import notebook_document

        return notebook_document(path, data)
    try:
        return Document(path, decode(data).translated), []
    except Unreadable as error:
        return None, [Problem(path, error.text, error.line)]


def analyse(
    text: str,
    wanted: frozenset[str],
    *,
    tree: ast.AST | None = None,
    fixes: bool = True,
    imports: FileImports | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> Analysis:
    """Run the engine on a program for the codes that are wanted, and tell what went wrong as data.

    `tree` is CPython's parse of it where the caller has one. `fixes` asks for those fixes of the findings that can be applied,
    `imports` follows the file's imports. Raises what `check` raises once nobody waits any more.
    """
    from flake8_gradsafe.engine import check

    try:
        findings = check(text, tree, wanted, fixes=fixes, imports=imports, abandoned=abandoned)
        if any(finding.fix for finding in findings):
            from flake8_gradsafe.fixing import holding

            findings = holding(text, findings, wanted, imports, abandoned)
    except SyntaxError as error:
        return _invalid(error)
    except ValueError as error:
        return Analysis(problem=f"not analysed: no valid Python: {error}")
    except Exception as error:  # noqa: BLE001
        return replace(_unanalysed(error), consulted=_consulted(imports))
    return Analysis(tuple(findings), consulted=_consulted(imports))


def _consulted(imports: FileImports | None) -> tuple[tuple[str, str], ...]:
    return () if imports is None else imports.consulted


def analyse_stored(
    text: str, wanted: frozenset[str], imports: FileImports | None = None, *, fixes: bool = True
) -> Analysis:
    """The same for the program of a file that nobody is editing: no valid Python is told even where there is nothing for us."""
    if may_concern_us(text) or (imports is not None and imports.may_link(text)):
        return analyse(text, wanted, fixes=fixes, imports=imports)
    try:
        on_large_stack(python_tree)(text)
    except SyntaxError as error:
        return _invalid(error)
    return Analysis(consulted=_consulted(imports))


def _invalid(error: SyntaxError) -> Analysis:
    return Analysis(problem=f"not analysed: no valid Python: {error.msg}", line=error.lineno)


def _unanalysed(error: Exception) -> Analysis:
    if isinstance(error, TooDeep):
        return Analysis(problem="not analysed: nests too deep", line=error.line)
    return Analysis(problem=internal_error("not analysed", error), lasting=False)


def internal_error(what: str, error: Exception) -> str:
    """How an error of ours is told: in one line, and nothing else is lost by it."""
    if isinstance(error, MemoryError):
        return f"{what}: there is not enough memory"
    return f"{what}: internal error, please report it: {' '.join(f'{type(error).__name__}: {error}'.split())}"


def filter_findings(
    document: Document, findings: Iterable[Finding], settings: Settings
) -> tuple[list[FileFinding], list[FileFinding]]:
    """The findings that are on for the file and not silenced by a comment, and those that a comment silences."""
    selection = settings.selection(document.path)
    chosen = [finding for finding in findings if selection.has(finding.code)]
    if not chosen:
        return [], []
    lines = document.lines
    comments = _Comments(document.path, lines, settings.options)
    spoken: list[FileFinding] = []
    silenced: list[FileFinding] = []
    for finding in chosen:
        if document.cells and finding.fix is not None:
            finding = _changing_python_alone(finding, lines)
        silent, last = comments.silence(finding)
        (silenced if silent else spoken).append(FileFinding(document, finding, last))
    return spoken, silenced


def each_once(found: Iterable[tuple[int, Finding]]) -> list[Finding]:
    """The findings sorted by place, each with the number of the file whose analysis made it; of those of one code, one at
    each place, and none that another file's analysis outdoes there.
    """
    places: dict[tuple[int, int], dict[str, tuple[int, Finding]]] = {}
    for number, finding in found:
        places.setdefault((finding.line, finding.column), {}).setdefault(finding.code, (number, finding))
    return [
        finding
        for place in sorted(places)
        for _, (number, finding) in sorted(places[place].items())
        if not any(number != other and _outdoes(surer, finding) for other, surer in places[place].values())
    ]


def _outdoes(surer: Finding, finding: Finding) -> bool:
    """True if one analysis would not report a finding where it has made another: it is less sure of what is the same, or is
    not proven where something is.
    """
    is_surer = surer.code[3] < finding.code[3]
    return is_surer and (surer.code[3] == "1" or surer.code[4] == finding.code[4])


def is_silenced_there(finding: Finding, options: argparse.Namespace, sources: Sources | None = None) -> bool:
    """True if a comment silences a finding in the other file where it stands. `options` are flake8's.

    Without `sources`, the file is read from disk.
    """
    path = finding.location.path
    if not path:
        return False
    module = None if sources is None else sources.module(path)
    try:
        text = decode(read(path)).translated if module is None else module.text
    except Unreadable:
        return False
    return _Comments(path, Document(path, text).lines, options).silence(finding)[0]


class _Comments:
    """The comments of a file that silence findings, as flake8 reads them: line by line, strings over several lines as one."""

    def __init__(self, path: str, lines: list[str], options: argparse.Namespace) -> None:
        from flake8.processor import FileProcessor

        self._path = path
        self._is_disabled = options.disable_noqa
        self._processor = FileProcessor(path, options, lines=list(lines))
        self._all = self._processor.should_ignore_file()

    def silence(self, finding: Finding) -> tuple[bool, int]:
        """Whether a finding is silenced, and the last line that a comment for it may stand on."""
        from flake8.violation import Violation

        line, column = finding.location.line, finding.location.column
        physical = self._processor.noqa_line_for(line)
        last = line
        while physical is not None and self._processor.noqa_line_for(last + 1) is physical:
            last += 1
        violation = Violation(finding.code, self._path, line, column + 1, finding.message, physical or "")
        return self._all or violation.is_inline_ignored(self._is_disabled), last


def _changing_python_alone(finding: Finding, lines: list[str]) -> Finding:
    """A notebook's finding, without a fix that would change what is no Python there."""
    from flake8_gradsafe.source.notebook.program import can_take

    return finding if finding.fix is None or can_take(finding.fix, lines) else replace(finding, fix=None)


def is_fixable(reported: FileFinding, *, unsafe: bool) -> bool:
    """Whether there is a fix that may be applied."""
    fix = reported.finding.fix
    return fix is not None and (fix.safe or unsafe)


def accepted(fixable: Iterable[FileFinding], silenced: Iterable[FileFinding]) -> Callable[[Finding], bool]:
    """What tells the findings whose fixes may be applied, also when other fixes have moved them."""
    # A fix may move lines: what its author put up with is known by its message.
    spared = {(each.finding.code, each.finding.message) for each in silenced}
    chosen = {(each.finding.code, each.finding.message) for each in fixable} - spared
    return lambda finding: (finding.code, finding.message) in chosen
