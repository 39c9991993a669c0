"""Analyses as texts. One that is read may come from anybody: what could not be said of the program is no analysis of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

from flake8_gradsafe.analysis import Analysis
from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.finding import Edit, Finding, Fix, Location, Step
from flake8_gradsafe.source.edits import Lines

Kind = TypeVar("Kind")

_ROLES = frozenset("made saved aliased called written cut read".split())


def dumped(analysis: Analysis) -> str:
    """An analysis as a text."""
    return json.dumps(asdict(analysis), separators=(",", ":"))


def loaded(text: str, program: str) -> Analysis | None:
    """The analysis of a program that a text holds; None where it holds none."""
    try:
        return _Reader(program).analysis(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


class _Reader:
    """Reads what is said of a program. Raises ValueError, KeyError or TypeError where it cannot be meant."""

    def __init__(self, program: str) -> None:
        self._lengths = [*map(len, Lines(program).lines), 0]

    def analysis(self, data: dict[str, Any]) -> Analysis:
        line = data["line"]
        if line is not None:
            self._check(_typed(line, int), 0)
        findings = [self._finding(finding) for finding in _typed(data["findings"], list)]
        consulted = tuple((_typed(name, str), _typed(value, str)) for name, value in _typed(data["consulted"], list))
        return Analysis(tuple(findings), _typed(data["problem"], str), line, consulted=consulted)

    def _finding(self, data: dict[str, Any]) -> Finding:
        return Finding(
            code=_one_of(data["code"], CODES),
            name=_typed(data["name"], str),
            message=_typed(data["message"], str),
            location=self._location(data["location"]),
            trace=tuple(self._step(step) for step in _typed(data["trace"], list)),
            help=_typed(data["help"], str),
            assumed=tuple(_typed(premise, str) for premise in _typed(data["assumed"], list)),
            fix=None if data["fix"] is None else self._fix(data["fix"]),
            lead=None if data["lead"] is None else self._location(data["lead"]),
        )

    def _step(self, data: dict[str, Any]) -> Step:
        return Step(_one_of(data["role"], _ROLES), self._location(data["location"]), _typed(data["text"], str))

    def _fix(self, data: dict[str, Any]) -> Fix:
        edits = [self._edit(edit) for edit in _typed(data["edits"], list)]
        return Fix(_typed(data["title"], str), tuple(edits), _typed(data["safe"], bool), _typed(data["why"], str))

    def _edit(self, data: dict[str, Any]) -> Edit:
        return Edit(self._location(data["location"]), _typed(data["replacement"], str))

    def _location(self, data: dict[str, Any]) -> Location:
        start = _typed(data["line"], int), _typed(data["column"], int)
        end = _typed(data["end_line"], int), _typed(data["end_column"], int)
        path = _typed(data["path"], str)
        if not path:
            self._check(*start)
            self._check(*end)
        if start > end or start[0] < 1 or start[1] < 0:
            raise ValueError(data)
        return Location(*start, *end, path)

    def _check(self, line: int, column: int) -> None:
        if not (1 <= line <= len(self._lengths) and 0 <= column <= self._lengths[line - 1]):
            raise ValueError(line, column)


def _typed(value: object, kind: type[Kind]) -> Kind:
    if type(value) is not kind:
        raise TypeError(value)
    return value


def _one_of(value: object, known: frozenset[str] | tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(value)
    return value
