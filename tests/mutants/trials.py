"""From a subject to its judged mutants: what is run, what is linted, and what the two say of each other."""

from __future__ import annotations

import difflib
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flake8_gradsafe.engine import check
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from tests.ecosystem.sources import CACHE, unpacked
from tests.mutants.mutations import OPERATORS, Mutant, Reference
from tests.mutants.outcome import Outcome, agree, outcome
from tests.mutants.running import Program, Run, run
from tests.mutants.subjects import Subject, subjects
from tests.mutants.subjects.stubs import stubs

#: How many mutants an operator may have in one subject, so that none drowns the rest.
_MOST = 2

REFERENCES = {operator.name: operator.references for operator in OPERATORS}


@dataclass(frozen=True)
class Task:
    """One run of a text in a subject's place."""

    subject: str
    source: str
    private: bool = False


@dataclass(frozen=True, order=True)
class Spoken:
    """A finding: strongest first when sorted."""

    code: str
    line: int


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. `found` is what the linter says there and did not say before the mutation."""

    subject: str
    path: str
    mutant: Mutant
    outcome: Outcome
    found: tuple[Spoken, ...]
    error: str


def source_of(subject: Subject) -> tuple[Path, Path, str]:
    """The folder of the subject's source, its file, and the text. The folder is downloaded where it is not here yet."""
    root = unpacked(subject.pinned(), CACHE)
    path = root / subject.path
    return root, path, path.read_text(encoding="utf-8")


def execute(task: Task) -> tuple[Task, Run]:
    """To be called in a process of its own."""
    subject = subjects()[task.subject]
    root, path, _ = source_of(subject)
    warnings.simplefilter("ignore")  # old code
    try:
        program = Program(path, task.source)
    except SyntaxError as error:
        return task, Run(error=f"SyntaxError: {error}")
    return task, run(program, subject.drive, root, stubs(), private=task.private)


def lint(task: Task) -> tuple[Task, tuple[Spoken, ...]]:
    """What the linter says of a text, the strongest first."""
    try:
        root, path, _ = source_of(subjects()[task.subject])
        imports = FileImports(str(path), Sources(), str(root))
        found = [each.told_here(str) for each in check(task.source, imports=imports)]
        return task, tuple(sorted({Spoken(each.code, each.line) for each in found}))
    except SyntaxError:
        return task, ()  # its run says so too


def mutants_of(source: str, ran: frozenset[int]) -> Iterator[Mutant]:
    """The mutants of a text on lines that its driver runs, spread over the text."""
    for operator in OPERATORS:
        yield from _spread([each for each in operator.mutants(source) if each.line in ran])


def _spread(mutants: Sequence[Mutant]) -> Sequence[Mutant]:
    if len(mutants) <= _MOST:
        return mutants
    return [mutants[round(turn * (len(mutants) - 1) / (_MOST - 1))] for turn in range(_MOST)]


def tasks_of(subject: str, mutant: Mutant) -> Iterator[Task]:
    """All that has to be run to judge a mutant, beside the original."""
    yield Task(subject, mutant.source)
    if Reference.PRIVATE in REFERENCES[mutant.operator]:
        yield Task(subject, mutant.source, private=True)
    if Reference.TWIN in REFERENCES[mutant.operator] and mutant.twin is not None:
        yield Task(subject, mutant.twin)


class Judge:
    """Holds what runs and lints gave, and says what each mutant is."""

    def __init__(self, runs: dict[Task, Run], lints: dict[Task, tuple[Spoken, ...]]) -> None:
        self._runs, self._lints = runs, lints

    def verdict(self, subject: str, mutant: Mutant) -> Verdict:
        path, original = subjects()[subject].path, source_of(subjects()[subject])[2]
        ran = self._runs[Task(subject, mutant.source)]
        references = [self._reference(subject, mutant, original, each) for each in REFERENCES[mutant.operator]]
        judged = outcome(ran, [each for each in references if each is not None])
        return Verdict(subject, path, mutant, judged, self._new(subject, original, mutant.source), ran.error)

    def _reference(self, subject: str, mutant: Mutant, original: str, reference: Reference) -> Run | None:
        if reference is Reference.ORIGINAL:
            return self._runs[Task(subject, original)]
        if reference is Reference.TWIN:
            return self._runs[Task(subject, mutant.twin or "")]
        if not self._copies_are_sound(subject, original):
            return None
        return self._runs[Task(subject, mutant.source, private=True)]

    def _copies_are_sound(self, subject: str, original: str) -> bool:
        """Copies of saved tensors have no graph: where a gradient is differentiated again, they prove nothing."""
        return agree(self._runs[Task(subject, original, private=True)], self._runs[Task(subject, original)])

    def _new(self, subject: str, original: str, mutated: str) -> tuple[Spoken, ...]:
        before = self._lints[Task(subject, original)]
        lines = _lines_before(original, mutated)
        known = {(each.code, each.line) for each in before}
        return tuple(
            each for each in self._lints[Task(subject, mutated)] if (each.code, lines.get(each.line)) not in known
        )


def _lines_before(original: str, mutated: str) -> dict[int, int]:
    """For each line of the mutant the line of the original that it was, where it is one."""
    matcher = difflib.SequenceMatcher(None, original.split("\n"), mutated.split("\n"), autojunk=False)
    return {
        there + 1: here + 1
        for _, first, last, other, end in matcher.get_opcodes()
        if last - first == end - other
        for here, there in zip(range(first, last), range(other, end), strict=True)
    }


def by_operator(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    grouped = defaultdict(list)
    for each in verdicts:
        grouped[each.mutant.operator].append(each)
    return dict(sorted(grouped.items()))
