"""Findings, made of reports: what a report says of its places is said of the text that stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Finding, Step
from flake8_gradsafe.flagging.naming import base_of, loop_over, occurring, source_of, tensor_at, text_of
from flake8_gradsafe.flagging.parse_libcst import parse
from flake8_gradsafe.flagging.visitor import flagged
from flake8_gradsafe.rules.advice import Named, Subject, worded

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping, Sequence

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


def found_in(text: str, tree: ast.Module, reports: Sequence[tuple[Rule, Diagnosis]]) -> Found:
    """The findings of a program's reports. `tree` is CPython's parse of the text, which the reports' places are in.

    Raises SyntaxError where libcst cannot parse the text.
    """
    module = parse(text, tree)
    flags = flagged(module, tree, text, [place for _, report in reports for place in _places(report)])
    nodes = {place: flag.node for place, flag in flags.items()}
    teller = _Teller(module, flags)
    found: dict[tuple[int, int, str], tuple[Finding, Rule, Diagnosis]] = {}
    for rule, report in reports:
        finding = teller.finding(rule, report)
        # Of a chain of writes, which begin at one place, the first is told.
        found.setdefault((finding.line, finding.column, finding.code), (finding, rule, report.relocated(nodes)))
    return Found(module, text, tuple(found[key] for key in sorted(found)))


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

    def __init__(self, module: cst.Module, flags: Mapping[int, Flag]) -> None:
        self._module = module
        self._flags = flags

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
