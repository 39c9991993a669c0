"""Programs whose fixes are run: the fixtures, the fixtures in other spellings, and generated ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flake8_gradsafe.engine import check
from flake8_gradsafe.fixing import fixed
from flake8_gradsafe.runtime.harness import DRIVER_SUFFIX, fixture_paths
from tests.fix_runs.judging import Trial
from tests.fix_runs.spellings import spelled
from tests.source_fuzz.generate import random_programs
from tests.source_fuzz.structures import AUTHORS

FIXTURES = Path(__file__).parents[2] / "fixtures"


@dataclass(frozen=True)
class Given:
    """A program, what it is called, how it is spelled, and who drives it."""

    name: str
    text: str
    spelling: str = ""
    driver: Path | None = None


def fixtures(folder: str = "") -> Iterator[Given]:
    """The fixtures as they are."""
    for path in fixture_paths(FIXTURES / folder):
        driver = path.with_name(path.stem + DRIVER_SUFFIX)
        yield Given(path.stem, path.read_text(encoding="utf-8"), driver=driver if driver.exists() else None)


def in_other_spellings(programs: Iterable[Given], *, advice: bool = False) -> Iterator[Given]:
    """Programs with the statement of each finding spelled in other ways."""
    for program in programs:
        for finding in check(program.text):
            if advice or not finding.code.startswith("GRD9"):
                for spelling, text in spelled(program.text, finding):
                    yield Given(program.name, text, spelling, program.driver)


def generated(seed: int, number: int) -> Iterator[Given]:
    """So many random programs of each kind."""
    for kind, author in AUTHORS.items():
        for program in islice(random_programs(seed, author), number):
            yield Given("generated", program.source, kind)


def trials(program: Given, folder: Path) -> Iterator[Trial]:
    """The program with its safe fixes, and with all of them where the unsafe ones do more."""
    done: set[str] = set()
    for unsafe in (False, True):
        outcome = fixed(program.text, unsafe=unsafe)
        if outcome.applied and outcome.text not in done:
            done.add(outcome.text)
            yield Trial(program.name, program.text, outcome, program.driver, folder)
