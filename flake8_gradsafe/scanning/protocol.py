"""What a worker and the process that checks for it say to one another: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Job:
    """A project to check: its files and what shapes it, by path; or `only` some of its files to be analysed, for a later job.

    Of an earlier attempt, the files that are `given_up` have their reasons, and the analyses that are `known` are texts.
    """

    files: dict[str, bytes]
    marks: dict[str, bytes]
    given_up: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    only: frozenset[str] | None = None


class Ready(NamedTuple):
    """The process can be given a job."""


class Began(NamedTuple):
    """The analysis of a file has begun."""

    path: str


class Analysed(NamedTuple):
    """It has ended."""

    path: str
    analysis: str


class Problem(NamedTuple):
    """What could not be done with a file."""

    path: str
    text: str
    line: int | None = None
    cell: int | None = None


class Checked(NamedTuple):
    """What is found in a project: findings as JSON has them. `reused` analyses were made of equal files earlier."""

    findings: list[dict[str, Any]]
    problems: list[Problem]
    reused: int = 0


class Failed(NamedTuple):
    """The project could not be checked."""

    text: str
