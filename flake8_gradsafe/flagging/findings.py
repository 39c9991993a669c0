"""Findings, made of reports: what a report says of its places is said of the text that stands there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Finding, Step
from flake8_gradsafe.flagging.naming import base_of, loop_over, occurring, source_of, tensor_at, text_of
from flake8_gradsafe.flagging.parse_libcst import parse
from flake8_gradsafe.flagging.visitor import flagged
from flake8_gradsafe.rules.advice import Named, Subject, worded
from flake8_gradsafe.syntax.program import Prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import libcst as cst

    from flake8_gradsafe.flagging.visitor import Flag
    from flake8_gradsafe.rules.advice import Advice
    from flake8_gradsafe.rules.rule import Diagnosis, Rule


@dataclass(frozen=True, slots=True)
class Found:
    """The findings of a text, which libcst reads as `module`.

    `reported` are the findings, sorted by place, each with its rule and its report, whose places are libcst's nodes.
    """

    module: cst.Module
    text: str
    reported: tuple[tuple[Finding, Rule, Diagnosis], ...]

    @property
    def findings(self) -> list[Finding]:
        """The findings alone."""
        return [finding for finding, _, _ in self.reported]


@dataclass(frozen=True, slots=True)
class OtherFiles:
    """The other files that a program is linked of: their texts and trees by path, and how the file that is checked leads there.

    `calls` are those through which something happened at a place, outermost first, `entrances` the imports of each file.
    """

    texts: Mapping[str, tuple[str, ast.Module]]
    calls: Mapping[object, Sequence[object]]
    entrances: Mapping[str, object]


_NO_OTHERS = OtherFiles({}, {}, {})


def found_in(
    text: str, tree: ast.Module, reports: Sequence[tuple[Rule, Diagnosis]], others: OtherFiles = _NO_OTHERS
) -> Found:
    """The findings of a program's reports. `tree` is CPython's parse of the text, which the reports' places are in, or in
    those of `others`.

    Raises SyntaxError where libcst cannot parse the text.
    """
    module = parse(text, tree)
    places = [place for _, report in reports for place in _places(report)]
    paths = _paths_of([*places, *(call for calls in others.calls.values() for call in calls)], others)
    leads = {
        id(report.place): leading
        for _, report in reports
        if id(report.place) in paths and (leading := _leading(report, paths, others)) is not None
    }
    here = [place for place in (*places, *leads.values()) if id(place) not in paths]
    flags = flagged(module, tree, text, here)
    for path, (other_text, other_tree) in others.texts.items():
        there = [place for place in places if paths.get(id(place)) == path]
        if there:
            found_there = flagged(parse(other_text, other_tree), other_tree, other_text, there)
            flags |= {place: flag.standing_in(path) for place, flag in found_there.items()}
    nodes = {place: flag.node for place, flag in flags.items()}
    teller = _Teller(module, flags, leads)
    found: dict[tuple[str, int, int, str], tuple[Finding, Rule, Diagnosis]] = {}
    for rule, report in reports:
        if rule.advisory and id(report.place) in paths:
            continue  # advice on another file is told when that is checked
        finding = teller.finding(rule, report)
        # Of a chain of writes, which begin at one place, the first is told.
        key = (finding.location.path, finding.line, finding.column, finding.code)
        found.setdefault(key, (finding, rule, report.relocated(nodes)))
    return Found(module, text, tuple(found[key] for key in sorted(found)))


def _paths_of(places: Iterable[object], others: OtherFiles) -> dict[int, str]:
    """The paths of those of some places that stand in other files, by the places' `id()`."""
    nodes = {id(node): path for path, (_, tree) in others.texts.items() for node in ast.walk(tree)}
    standing = {id(place): nodes.get(id(place.whole if isinstance(place, Prefix) else place)) for place in places}
    return {place: path for place, path in standing.items() if path is not None}


def _leading(report: Diagnosis, paths: Mapping[int, str], others: OtherFiles) -> object | None:
    """The place in the file itself that leads to a report in another one: the call that the trace names before it, else another
    place of the trace, else a call, else an import."""
    places = [*(mark.place for mark in report.trace), report.place]
    before = report.trace[: next(index for index, place in enumerate(places) if place is report.place)]
    called = [mark.place for mark in before if mark.role == "called" and id(mark.place) not in paths]
    if called:
        return called[-1]
    calls = [call for place in places for call in others.calls.get(place, ())]
    own = [place for place in (*calls, *places) if id(place) not in paths]
    return own[-1] if own else others.entrances.get(paths[id(report.place)])


def _places(report: Diagnosis) -> Iterator[object]:
    """Yield the places that a report names."""
    yield report.place
    yield from (mark.place for mark in report.trace)
    for _, subject in report.subjects:
        if isinstance(subject, Subject):
            yield subject.place
        elif isinstance(subject, Named):
            yield from subject.places


class _Teller:
    """Words reports with the text of what is flagged."""

    def __init__(self, module: cst.Module, flags: Mapping[int, Flag], leads: Mapping[int, object]) -> None:
        self._module = module
        self._flags = flags
        self._leads = leads

    def finding(self, rule: Rule, report: Diagnosis) -> Finding:
        """Return the finding that users read, made of a report."""
        return Finding(
            rule.code,
            rule.name,
            self._message(report),
            self._flag(report.place).location,
            tuple(Step(mark.role, self._flag(mark.place).location, mark.text) for mark in report.trace),
            "" if report.advice is None else self._advised(report, report.advice),
            tuple(sorted(premise.value for premise in report.premises)),
            lead=self._flag(self._leads[id(report.place)]).location if id(report.place) in self._leads else None,
        )

    def _flag(self, place: object) -> Flag:
        return self._flags[id(place)]

    def _message(self, report: Diagnosis) -> str:
        cut = dict(report.subjects).get("cut")
        text = text_of(self._module, self._flag(cut.place).node) if isinstance(cut, Subject) else ""
        here = source_of(self._module, self._flag(report.place).node)
        return report.message.replace("{cut}", f"`{text}`" if text else "an operator").replace("{here}", here)

    def _advised(self, report: Diagnosis, advice: Advice) -> str:
        """Return the advice, in the wording that the program has names for."""
        subjects = {"tensor": Subject(report.place), **dict(report.subjects)}
        words = {name: self._words(subject) for name, subject in subjects.items()}
        tensor = subjects["tensor"]
        source = None
        if advice.in_loop and words["tensor"] and isinstance(tensor, Subject):
            source = loop_over(self._module, words["tensor"], self._flag(tensor.place).loops)
        words |= {"base": base_of(words["tensor"]), "source": source or ""}
        return worded(advice, words, in_loop=source is not None)

    def _words(self, subject: Subject | Named | str) -> str:
        """Return the source text for a subject; empty if it is not short."""
        if isinstance(subject, str):
            return subject
        if isinstance(subject, Subject):
            return (text_of if subject.whole else tensor_at)(self._module, self._flag(subject.place).node)
        nodes = [self._flag(place).node for place in subject.places]
        names = occurring(self._module, subject.names, nodes) if nodes else subject.names
        return ", ".join(subject.phrase.replace("{name}", name) for name in names)
