"""What is kept of a program: each finding whole, with the default codes and with all codes; and how two records differ."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from flake8_gradsafe.config.codes import ADVISORY, CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.syntax.tree import TooDeep
from tests.golden.corpus import Program

_DEFAULT = frozenset(code for code in CODES if not code.startswith(ADVISORY))

#: Seconds after which a program counts as one that cannot be analysed.
_LIMIT = 120


@dataclass(frozen=True)
class Entry:
    """The findings on one program. `default` and `all` are lists of findings, or the error that the linter ended with."""

    group: str
    origin: str
    sha256: str
    default: Any
    all: Any

    @property
    def findings(self) -> int:
        """How many findings there are with all codes."""
        return len(self.all) if isinstance(self.all, list) else 0


def entry_of(task: tuple[str, Program]) -> Entry:
    """Analyse one program of a group."""
    group, program = task
    sha256 = hashlib.sha256(program.text.encode("utf-8", "surrogatepass")).hexdigest()
    return Entry(group, program.origin, sha256, _found(program.text, _DEFAULT), _found(program.text, None))


def _found(text: str, wanted: frozenset[str] | None) -> list[dict[str, object]] | str:
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [json.loads(json.dumps(asdict(finding))) for finding in check(text, wanted=wanted, fixes=True)]
    except (SyntaxError, TooDeep, TimeoutError) as error:
        return type(error).__name__
    finally:
        signal.alarm(0)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def write(entries: Iterable[Entry], path: Path) -> None:
    """Write a record: JSON lines in gzip, one program a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(_line(entry) + "\n" for entry in entries)


def read(path: Path) -> Iterator[Entry]:
    """Read a record. Raises OSError where there is none."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield Entry(**json.loads(line))


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False)


def digests(entries: Iterable[Entry]) -> dict[str, dict[str, object]]:
    """By group: how many programs and findings there are, and the digest of all that is known of them."""
    hashes: dict[str, Any] = {}
    programs: dict[str, int] = {}
    findings: dict[str, int] = {}
    for entry in sorted(entries, key=lambda entry: (entry.group, entry.sha256)):
        known = {"sha256": entry.sha256, "default": entry.default, "all": entry.all}
        hashes.setdefault(entry.group, hashlib.sha256()).update(json.dumps(known, sort_keys=True).encode())
        programs[entry.group] = programs.get(entry.group, 0) + 1
        findings[entry.group] = findings.get(entry.group, 0) + entry.findings
    return {
        group: {"programs": programs[group], "findings": findings[group], "digest": hashes[group].hexdigest()}
        for group in sorted(hashes)
    }


def differences(kept: Entry, now: Entry) -> Iterator[str]:
    """What differs between two entries on one program: a line for each finding that came or went."""
    for name, old, new in (("default", kept.default, now.default), ("all", kept.all, now.all)):
        if old != new:
            yield f"{now.group}: {now.origin}: {name} codes"
            yield from _changes(old, new)


def _changes(old: object, new: object) -> Iterator[str]:
    if not isinstance(old, list) or not isinstance(new, list):
        yield f"  was {_short(old)}, is {_short(new)}"
        return
    for sign, these, others in (("-", old, new), ("+", new, old)):
        yield from (f"  {sign} {json.dumps(finding, ensure_ascii=False)}" for finding in these if finding not in others)


def _short(found: object) -> str:
    return f"{len(found)} findings" if isinstance(found, list) else str(found)
