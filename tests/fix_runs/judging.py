"""Holds a program with its fixes against the given one: values, what is differentiated, and gradients.

What is intended depends on the kind of the fix. An operator written out of place, and a write under `no_grad`, leave every
value and every gradient as they would be if the write took effect where its author wrote it. A copy has the values of the
alias, and the original those that it has without the write. A cut changes no value. And no fix may leave a wrong gradient, or
an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import torch

from flake8_gradsafe import Finding
from flake8_gradsafe.controls import neutralised
from flake8_gradsafe.engine import check
from flake8_gradsafe.finding import Location
from flake8_gradsafe.fixing import Fixed
from flake8_gradsafe.rules.fix_kinds import BIND_DETACHED, COPY, NO_GRAD, OUT_OF_PLACE, READ_DETACHED, REBIND_DETACHED
from flake8_gradsafe.runtime.claims import Claim, Runs, _agree, _everything, judge
from flake8_gradsafe.source.edits import Lines, apply
from tests.fix_runs.intended import Ran, run_as_given, run_as_intended

_CUTS = frozenset({REBIND_DETACHED.title, BIND_DETACHED.title})
Values = dict[str, torch.Tensor]
_MOST_COPIES = 4


@dataclass(frozen=True)
class Trial:
    """A program, its fixes, and the folder in which both are run."""

    name: str
    text: str
    outcome: Fixed
    driver: Path | None
    folder: Path

    @cached_property
    def given(self) -> Ran:
        """The given program as it stands."""
        return run_as_given(self._program("given", self.text), self.driver)

    @cached_property
    def intended(self) -> Ran:
        """The given program with every write in effect."""
        return self._run_as_intended("intended", self.text)

    @cached_property
    def unwritten(self) -> list[Values]:
        """What the given program computes without some of the writes that go to a copy instead: other copies may show them."""
        copied = [each for each in self.outcome.applied if each.fix and each.fix.title == COPY.title]
        some = [each for number in range(1, len(copied) + 1) for each in combinations(copied[:_MOST_COPIES], number)]
        runs = [self._run_as_intended("unwritten", _unwritten(self.text, mended)) for mended in some]
        return [_everything(run.outcome.namespace) for run in runs]

    @cached_property
    def fixed(self) -> Ran:
        """The fixed program."""
        return run_as_given(self._program("fixed", self.outcome.text), self.driver)

    def faults(self) -> list[str]:
        """What the fixed program does that was not intended; nothing if there is nothing to hold it against."""
        if self.intended.outcome.error is not None:
            return self._no_new_error()
        if self._is_still_wrong():
            return self._no_new_error()
        error = self.fixed.outcome.error
        if error is not None:
            told = self._may_raise(error) or self._raised_before(error)
            return [] if told else [f"raises {type(error).__name__}: {error}"]
        return self._values_differ() + self._gradients_are_wrong()

    @property
    def judged(self) -> bool:
        """Whether values were held against those that are intended."""
        return self.intended.outcome.error is None and not self._is_still_wrong() and self.fixed.outcome.error is None

    def _run_as_intended(self, kind: str, text: str) -> Ran:
        return run_as_intended(self._program(kind, text), self.driver)

    def _program(self, kind: str, text: str) -> Path:
        (self.folder / kind).mkdir(exist_ok=True, parents=True)
        program = self.folder / kind / f"{self.name}.py"
        program.write_text(text, encoding="utf-8")
        return program

    def _titles(self) -> set[str]:
        return {finding.fix.title for finding in self.outcome.applied if finding.fix}

    def _is_still_wrong(self) -> bool:
        """Whether findings are left: they end the program, or spoil what it computes, as they did before."""
        return any(not finding.code.startswith("GRD9") for finding in check(self.outcome.text))

    def _no_new_error(self) -> list[str]:
        before, after = self.given.outcome.error, self.fixed.outcome.error
        if after is None or type(before) is type(after) or self._may_raise(after):
            return []
        return [f"raises {type(after).__name__}: {after}"]

    def _raised_before(self, error: Exception) -> bool:
        """Whether advice alone is mended, and the given program ends with the same error."""
        advice = all(finding.code.startswith("GRD9") for finding in self.outcome.applied)
        return advice and str(self.given.outcome.error) == str(error)

    def _may_raise(self, error: Exception) -> bool:
        """A `.data` write that autograd sees may be refused, where it was silently wrong: the fix says so."""
        told = any(
            finding.fix and finding.fix.title == NO_GRAD.title and finding.fix.why for finding in self.outcome.applied
        )
        return told and "modified by an inplace operation" in str(error)

    def _values_differ(self) -> list[str]:
        titles = self._titles()
        expected, values = _everything(self.intended.outcome.namespace), _everything(self.fixed.outcome.namespace)
        alone = titles <= {OUT_OF_PLACE.title, NO_GRAD.title, READ_DETACHED.title} and not self._is_through_data()
        faults = []
        for name, value in expected.items():
            if self._is_dead(name) or (name.endswith(".grad") and not alone):
                continue
            if not alone and ".step(" in self.text:
                continue  # what is learnt from another gradient is another value
            if name not in values:
                faults.append(f"{name} is not there")
            elif not _agree(values[name], value) and not any(
                name in other and _agree(values[name], other[name]) for other in self.unwritten
            ):
                faults.append(f"{name} is {values[name].tolist()}, intended {value.tolist()}")
        if COPY.title not in titles and not _close(self.fixed.losses, self.intended.losses):
            faults.append(f"differentiates {self.fixed.losses}, intended {self.intended.losses}")
        return faults

    def _is_through_data(self) -> bool:
        """Whether autograd did not see a write that it now sees: its gradient is another one, and right."""
        return any(finding.code[3:] in {"111", "211", "145", "245"} for finding in self.outcome.applied)

    def _gradients_are_wrong(self) -> list[str]:
        program = self._program("fixed", self.outcome.text)
        said = judge(Claim("correct", ""), Runs(program, self.driver, None))
        return [sentence for sentence in said if "nothing was shown" not in sentence]

    def _is_dead(self, name: str) -> bool:
        """Whether a name is not read after the first edit, or in a loop or function around it, but where that is called."""
        root = re.match(r"\w+", name)
        if root is None or name.endswith(".grad"):
            return False
        edits = [edit for finding in self.outcome.applied if finding.fix for edit in finding.fix.edits]
        first = min(edit.location.line for edit in edits)
        lines = self.outcome.text.splitlines()
        while first > 1 and (not lines[first - 1].strip() or lines[first - 1][0] in " \t)"):
            first -= 1
        own = re.match(r"(?:def|class) (\w+)|(\w+) = ", lines[first - 1])
        name_of_own = next(filter(None, own.groups())) if own is not None else ""
        copies = [each for each in self.outcome.applied if each.fix and each.fix.title == COPY.title]
        if any(lines[each.location.line - 1].lstrip().startswith(f"{root[0]} =") for each in edits) and copies:
            # Later writes to the original no longer show in a copy that nobody reads.
            first = max(first, *(each.line for each in copies))
        below = [line for line in lines[first:] if not name_of_own or f"{name_of_own}(" not in line]
        driver = self.driver.read_text(encoding="utf-8") if self.driver is not None else ""
        return re.search(rf"\b{root[0]}\b", "\n".join([*below, driver])) is None


def _close(one: Iterable[float], other: Iterable[float]) -> bool:
    left, right = list(one), list(other)
    return len(left) == len(right) and all(
        abs(a - b) <= 1e-4 * (1 + abs(a)) or (a != a and b != b) for a, b in zip(left, right, strict=True)
    )


def _unwritten(text: str, mended: Iterable[Finding]) -> str:
    """The program without the writes that are mended, wherever they are written in the same words."""
    lines = Lines(text)
    again = []
    for finding in mended:
        words = lines.slice(finding.location)
        for start in (match.start() for match in re.finditer(re.escape(words), text)):
            line = lines.line_at(start)
            column, end = start - lines.offset(line, 0), start + len(words)
            last = lines.line_at(end - 1)
            again.append(replace(finding, location=Location(line, column, last, end - lines.offset(last, 0))))
    return apply(text, neutralised(text, again))
