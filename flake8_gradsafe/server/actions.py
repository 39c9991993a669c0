"""Code actions for findings: fixes, and comments that silence them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from flake8_gradsafe.analysis import is_fixable
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.server.analysis import all_fixed, commented, fix_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_gradsafe.finding import Edit, Fix, Location
    from flake8_gradsafe.server.analysis import DocumentAnalysis
    from flake8_gradsafe.server.client import Client
    from flake8_gradsafe.server.documents import Opened
    from flake8_gradsafe.server.positions import Layout
    from flake8_gradsafe.source.file_finding import FileFinding

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.gradsafe"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


@dataclass(frozen=True)
class Choice:
    """The findings of a document that an action takes care of, as they were at its `serial`-th examination."""

    uri: str
    serial: int
    does: str
    findings: tuple[int, ...] = ()

    def data(self) -> dict[str, Any]:
        """A choice as it goes to the client."""
        return asdict(self)

    @staticmethod
    def read(data: Any) -> Choice | None:
        """A choice as it comes back from the client."""
        try:
            return Choice(data["uri"], data["serial"], data["does"], tuple(data["findings"]))
        except (TypeError, KeyError):
            return None


def offered(
    document: Opened, examination: DocumentAnalysis, context: types.CodeActionContext, lines: range
) -> Iterator[tuple[types.CodeAction, Choice]]:
    """Yield the actions for the findings on some lines, and in the whole text."""
    found = examination.reported
    here = [
        number
        for number, reported in enumerate(found)
        if reported.finding.location.line in lines or lines.start in _span(reported.finding.location)
    ]
    if _is_asked_for(types.CodeActionKind.QuickFix.value, context.only):
        for fix, numbers in _together(found, here):
            yield _fix(document, found[numbers[0]].finding.code, fix, numbers)
        for number in here:
            yield _comment(document, found, number)
    if _is_asked_for(FIX_ALL, context.only) and any(is_fixable(reported, unsafe=False) for reported in found):
        title = "gradsafe: mend all that can be mended safely"
        yield types.CodeAction(title, kind=FIX_ALL), Choice(document.uri, document.serial, "mend")


def _span(location: Location) -> range:
    return range(location.line, location.end_line + 1)


def _is_asked_for(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """True if a kind is among those that the client wants, or below one of them."""
    if not only:
        return True
    wanted = [asked.value if isinstance(asked, types.CodeActionKind) else asked for asked in only]
    return any(asked in {"", kind} or kind.startswith(f"{asked}.") for asked in wanted)


def _together(found: Sequence[FileFinding], here: Iterable[int]) -> list[tuple[Fix, tuple[int, ...]]]:
    """The fixes of the findings in `here`, each once, with all findings that it mends."""
    fixes = {id(found[number].finding.fix): found[number].finding.fix for number in here}
    return [
        (fix, tuple(number for number, reported in enumerate(found) if reported.finding.fix is fix))
        for fix in fixes.values()
        if fix is not None
    ]


def _fix(document: Opened, code: str, fix: Fix, numbers: tuple[int, ...]) -> tuple[types.CodeAction, Choice]:
    title = f"{code}: {fix.title}" + ("" if fix.safe else f" (unsafe: {fix.why})")
    action = types.CodeAction(printable(title), kind=types.CodeActionKind.QuickFix, is_preferred=fix.safe)
    return action, Choice(document.uri, document.serial, "fix", numbers)


def _comment(document: Opened, found: Sequence[FileFinding], number: int) -> tuple[types.CodeAction, Choice]:
    title = f"{found[number].finding.code}: ignore with # noqa: {found[number].finding.code}"
    action = types.CodeAction(title, kind=types.CodeActionKind.QuickFix, is_preferred=False)
    return action, Choice(document.uri, document.serial, "comment", (number,))


def edits(examination: DocumentAnalysis, choice: Choice) -> tuple[Edit, ...]:
    """Return the edits of an action; none if they would not hold."""
    chosen = [examination.reported[number] for number in choice.findings]
    if choice.does == "fix":
        safe = all(is_fixable(reported, unsafe=False) for reported in chosen)
        return fix_edits(examination, [reported.finding for reported in chosen], safe=safe)
    if choice.does == "comment":
        return commented(examination, chosen)
    return all_fixed(examination)


def workspace_edit(made: Iterable[Edit], layout: Layout, client: Client) -> types.WorkspaceEdit:
    """Edits of a program, which a client that can refuses for any other version of its documents."""
    edits = layout.edits(made)
    if not client.takes_versioned_edits:
        return types.WorkspaceEdit(changes={part.uri: texts for part, texts in edits})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(part.uri, part.version), texts)
            for part, texts in edits
        ]
    )
