"""The work of the worker: it finds what is to be reported of a text, and what is known of a name in it."""

from __future__ import annotations

import ast
import difflib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import accepted, analyse, each_once, filter_findings, is_fixable, is_silenced_there
from flake8_gradsafe.finding import Edit, Location
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.report.elsewhere import shown_path
from flake8_gradsafe.source.document import Cell, Document
from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.source.files import Source
from flake8_gradsafe.source.notebook.program import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.loss_report import LossReport
    from flake8_gradsafe.project.sources import Sources
    from flake8_gradsafe.server.parts import Part
    from flake8_gradsafe.source.file_finding import FileFinding

#: Longer texts than this are not examined while they are written.
MAX_LINES = 50_000
MAX_CHARACTERS = 4_000_000
TOO_LONG = (
    f"not examined: it is too long for an editor ({MAX_LINES:,} lines or {MAX_CHARACTERS:,} characters are the most)"
)
_TRAINING_CALL = re.compile(r"\.\s*(?:backward|step|zero_grad)\s*\(|\bgrad\s*\(")
_CHAIN = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*")
_WORD = re.compile(r"\w+")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class DocumentAnalysis:
    """The findings of a text, and those that its comments silence; or the reason why it could not be examined.

    `unreadable`: it does not parse, or nests too deep. Otherwise a problem is an error of ours. `fixes`: the findings have
    theirs, which costs as much again and is not asked for at every change. `wanted` are the codes that were asked for.
    `text` is the client's, `program` what is examined of it; of a notebook, `cells` are the cells. `imports` follows its
    imports; `consulted` is what the findings depend on of other files. `found` is all that its own analysis finds, in other
    files too; `handed` is what those that import it find here, each with the number of the file.
    """

    text: str
    program: str = ""
    cells: tuple[Part, ...] | None = None
    reported: tuple[FileFinding, ...] = ()
    silenced: tuple[FileFinding, ...] = ()
    problem: str = ""
    unreadable: bool = False
    fixes: bool = False
    wanted: frozenset[str] = frozenset()
    imports: FileImports | None = None
    consulted: tuple[tuple[str, str], ...] = ()
    found: tuple[Finding, ...] = ()
    handed: tuple[tuple[int, Finding], ...] = ()

    def named(self, line: int, path: str) -> str:
        """The words for a line of its program, of another file where a path is given."""
        if path:
            return f"line {line} of {shown_path(path)}"
        cells = tuple(Cell(part.number or 0, part.first_line) for part in self.cells or ())
        cell, line = Document("", self.program, cells).place(line)
        return f"line {line}" if cell is None else f"cell {cell}, line {line}"

    def is_current(self) -> bool:
        """True if the other files that the findings depend on are as they were."""
        return self.imports is None or self.imports.is_unchanged(self.consulted)


def is_too_long(text: str) -> bool:
    """True if a text is longer than what is examined."""
    return len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES


def examine(
    name: str,
    text: str,
    settings: Settings,
    *,
    fixes: bool = False,
    sources: Sources | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> DocumentAnalysis:
    """Find what is to be reported of a text. With `sources`, its imports are followed within its project.

    Raises `interpreter.run.Abandoned` once nobody waits for it.
    """
    begun = DocumentAnalysis(text, text, imports=_imports(name, sources))
    return _examined(begun, Document(name, translated(text)), settings, fixes, abandoned)


def examine_cells(
    name: str,
    text: str,
    cells: tuple[Part, ...],
    settings: Settings,
    *,
    edited: str | None = None,
    fixes: bool = False,
    sources: Sources | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> DocumentAnalysis:
    """Find what is to be reported of a notebook's cells, `text` being all of them.

    A cell that is no Python is passed over; if it is the one that was `edited`, it is half typed, and the notebook unreadable.
    """
    made = program(part.translated for part in cells)
    broken = {part.uri: cell.error for part, cell in zip(cells, made.cells, strict=True)}
    if edited is not None and (error := broken.get(edited)) is not None:
        return DocumentAnalysis(text, problem=f"not analysed: no valid Python: {error.msg}", unreadable=True)
    places = tuple(Cell(part.number or 0, part.first_line) for part in cells)
    begun = DocumentAnalysis(text, made.text, cells, imports=_imports(name, sources))
    return _examined(begun, Document(name, made.text, places), settings, fixes, abandoned)


def _imports(name: str, sources: Sources | None) -> FileImports | None:
    """What follows the imports of a document, where it has a place among files."""
    if sources is None or not os.path.isdir(os.path.dirname(name)):
        return None
    return FileImports(name, sources)


def _examined(
    begun: DocumentAnalysis, document: Document, settings: Settings, fixes: bool, abandoned: Callable[[], bool] | None
) -> DocumentAnalysis:
    wanted = settings.selection(document.path).codes
    if not wanted:
        return begun
    analysis = analyse(begun.program, wanted, fixes=fixes, imports=begun.imports, abandoned=abandoned)
    begun = replace(begun, consulted=analysis.consulted)
    if analysis.problem:
        return replace(begun, problem=analysis.problem, unreadable=analysis.lasting)
    return _filtered(replace(begun, found=analysis.findings, fixes=fixes, wanted=wanted), document, settings)


def with_handed(
    examination: DocumentAnalysis, name: str, settings: Settings, handed: tuple[tuple[int, Finding], ...]
) -> DocumentAnalysis:
    """A text's examination with what the files that import it find there."""
    if examination.problem or not examination.wanted or handed == examination.handed:
        return examination
    return _filtered(replace(examination, handed=handed), Document(name, translated(examination.program)), settings)


def _filtered(examination: DocumentAnalysis, document: Document, settings: Settings) -> DocumentAnalysis:
    """The examination with what is to be reported of all that is found."""
    sources = None if examination.imports is None else examination.imports.sources
    told = [
        finding.told_here(shown_path)
        for finding in examination.found
        if not is_silenced_there(finding, settings.options, sources)
    ]
    if examination.handed:
        told = each_once([*((0, finding) for finding in told), *examination.handed])
    spoken, silent = filter_findings(document, told, settings)
    return replace(examination, reported=tuple(spoken), silenced=tuple(silent))


def translated(text: str) -> str:
    """A text with every line end as a newline. Lines and columns stay what they are."""
    return Source("utf-8", text).translated


@dataclass(frozen=True, slots=True)
class KnownHere:
    """What is known at a place: of the tensor that has the name, and of what a loss, a backward or a step there trains.

    `caller`: the file that imports the text and comes by there, with what it makes of that, where the text leaves it open.
    """

    name: str = ""
    facts: tuple[str, ...] = ()
    losses: tuple[LossReport, ...] = ()
    caller: tuple[str, tuple[LossReport, ...]] | None = None


def known_at(examination: DocumentAnalysis, line: int, column: int) -> KnownHere:
    """What is known at a place: of tensors in functions that have findings, of what is trained in any."""
    from flake8_gradsafe.explain_line import inquire, losses_of_callers
    from flake8_gradsafe.syntax.tree import TooDeep

    text = translated(examination.program)
    lines = Lines(text).lines
    here = lines[line - 1] if line <= len(lines) else ""
    chosen = _name_at(here, column)
    if not chosen or not examination.wanted:
        return KnownHere()
    trains = _may_train(text, here, chosen)
    try:
        is_told = _is_among(text, line, examination.reported)
        if not is_told and not trains:
            return KnownHere()
        at = column if trains else None
        known = inquire(text, line, at, called=examination.named, imports=examination.imports)
        caller = losses_of_callers(known, examination.imports, line, at) if trains else None
    except (SyntaxError, RecursionError, TooDeep):
        return KnownHere()
    return KnownHere(chosen, known.facts.get(chosen, ()) if is_told else (), known.losses if trains else (), caller)


def _is_among(text: str, line: int, reported: Iterable[FileFinding]) -> bool:
    """Whether a line is one of a function that has findings."""
    from flake8_gradsafe.syntax.tree import python_tree

    found = [each for file_finding in reported for each in _lines(file_finding.finding)]
    if not found:
        return False
    definitions = [node for node in ast.walk(python_tree(text)) if isinstance(node, _DEFINITIONS)]
    here = _innermost(definitions, line)
    return any(_innermost(definitions, each) is here for each in found)


def _may_train(text: str, here: str, name: str) -> bool:
    """Whether a line may differentiate, step or clear, or the name in it be that of a loss."""
    from flake8_gradsafe.loss_report import is_named_as_loss

    if _TRAINING_CALL.search(here) or is_named_as_loss(name):
        return True
    return f"{name}.backward(" in text or f"backward({name}" in text


def _name_at(line: str, column: int) -> str:
    """The name at a column, with what it is an attribute of."""
    for chain in _CHAIN.finditer(line):
        if chain.start() <= column <= chain.end():
            parts = [part for part in _WORD.finditer(line, chain.start(), chain.end()) if part.start() <= column]
            return ".".join(part.group() for part in parts)
    return ""


def _innermost(
    definitions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], line: int
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that a line belongs to, None for the module's own lines."""
    around = [
        definition
        for definition in definitions
        if definition.lineno <= line <= (definition.end_lineno or definition.lineno)
    ]
    return max(around, key=lambda definition: definition.lineno, default=None)


def _lines(finding: Finding) -> set[int]:
    places = (finding.location, *(step.location for step in finding.trace))
    return {place.line for place in places if not place.path}


def fix_edits(examination: DocumentAnalysis, mended: Iterable[Finding], *, safe: bool) -> tuple[Edit, ...]:
    """The edits of the fix that some findings share; none where the text with them would not parse, or have new findings."""
    from flake8_gradsafe.fixing import fixed

    meant = {(finding.code, finding.location, finding.message) for finding in mended}
    outcome = fixed(
        examination.program,
        unsafe=not safe,
        wanted=examination.wanted,
        accepted=lambda finding: (finding.code, finding.location, finding.message) in meant,
        imports=examination.imports,
    )
    return changes(examination, outcome.text)


def all_fixed(examination: DocumentAnalysis) -> tuple[Edit, ...]:
    """The edits that all safe fixes make together, one after the other."""
    from flake8_gradsafe.fixing import fixed

    fixable = [file_finding for file_finding in examination.reported if is_fixable(file_finding, unsafe=False)]
    outcome = fixed(
        examination.program,
        wanted=examination.wanted,
        accepted=accepted(fixable, examination.silenced),
        imports=examination.imports,
    )
    return changes(examination, outcome.text)


def commented(examination: DocumentAnalysis, found: Iterable[FileFinding]) -> tuple[Edit, ...]:
    """The edit that silences findings with a comment; none where it has no place."""
    from flake8_gradsafe.source.noqa import silenced

    return changes(examination, silenced(examination.program, found)[0])


def changes(examination: DocumentAnalysis, after: str) -> tuple[Edit, ...]:
    """The edits that make another of an examined program; of a notebook, cell by cell. None where a cell cannot be that."""
    if examination.cells is None:
        return difference(examination.program, after)
    sources = program(part.translated for part in examination.cells).sources(after)
    made: list[Edit] = []
    for part, source in zip(examination.cells, sources or [None] * len(examination.cells), strict=True):
        if source is not None:
            space = part.translated[len(part.translated.rstrip()) :]
            made += (_moved(edit, part.first_line - 1) for edit in difference(part.translated, source + space))
    return tuple(made)


def _moved(edit: Edit, lines: int) -> Edit:
    where = edit.location
    location = Location(where.line + lines, where.column, where.end_line + lines, where.end_column)
    return Edit(location, edit.replacement)


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """The edits, by whole lines, that make one text of another."""
    old, new = Lines(before).lines, Lines(after).lines
    matcher = difflib.SequenceMatcher(None, old, new)
    return tuple(
        Edit(Location(start + 1, 0, end + 1, 0), "".join(new[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    )
