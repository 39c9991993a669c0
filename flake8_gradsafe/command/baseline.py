"""Known findings that are put up with: kept in a file by what is written there, so that edits around them do not matter."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.command.discovery import tree_of
from flake8_gradsafe.config.settings import BadSettings
from flake8_gradsafe.source.files import Unreadable, read
from flake8_gradsafe.source.fingerprint import identity, squeezed, written_lines
from flake8_gradsafe.source.writing import Unwritable, write

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from flake8_gradsafe.source.file_finding import FileFinding

_VERSION = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A known finding: the file, relative to the baseline's folder; the function around it, None in a file of version 1,
    which has the lines where others have the statement."""

    path: str
    code: str
    function: str | None
    source: str


@dataclass(frozen=True)
class Baseline:
    """The number of times that each finding is known, and the path of the file that says so."""

    path: str
    counts: Counter[Entry]

    def entry(self, reported: FileFinding) -> Entry:
        """Return the entry by which this baseline would know a finding."""
        known = identity(reported)
        return Entry(self._relative(reported.document.path), known.code, known.function, known.source)

    def file(self, entry: Entry) -> str:
        """The path of an entry's file."""
        return os.path.normpath(os.path.join(os.path.dirname(self.path), entry.path))

    def split(
        self, reported: Iterable[FileFinding], may_move: Callable[[Entry], bool]
    ) -> tuple[list[FileFinding], Counter[Entry]]:
        """The findings that are not known, and how often each entry was not found.

        Of equal findings as many are known as are counted. An entry first covers what stands where it says, then what stands
        in another function of the file, then, if it may, what has moved to another file.
        """
        left = self.counts.copy()
        new = [(file_finding, self._keys(file_finding)) for file_finding in reported]
        for way in range(_WAYS):
            entries: dict[Hashable, list[Entry]] = {}
            for entry in sorted(+left, key=order):
                key = _keys(entry)[way]
                if key is not None and (way < _WAYS - 1 or may_move(entry)):
                    entries.setdefault(key, []).append(entry)
            new = [(file_finding, keys) for file_finding, keys in new if not _covered(entries.get(keys[way], ()), left)]
        return [file_finding for file_finding, _ in new], +left

    def _keys(self, reported: FileFinding) -> tuple[Hashable, ...]:
        entry = self.entry(reported)
        as_lines = (entry.path, entry.code, written_lines(reported)) if self._has_lines else None
        return _keys(entry)[0], as_lines, *_keys(entry)[2:]

    @cached_property
    def _has_lines(self) -> bool:
        """True if some entries are of version 1."""
        return any(entry.function is None for entry in self.counts)

    def _relative(self, path: str) -> str:
        folder = os.path.dirname(os.path.abspath(self.path))
        try:
            return os.path.relpath(path, folder).replace(os.sep, "/")
        except ValueError:
            # On Windows there is no way from one drive to another.
            return os.path.abspath(path).replace(os.sep, "/")


#: In how many ways an entry may cover a finding.
_WAYS = 4


def _keys(entry: Entry) -> tuple[Hashable, ...]:
    """Return what an entry has in common with the findings that it covers.

    There is one key for each way of comparing, None where the entry covers none.
    """
    path, code, function = entry.path, entry.code, entry.function
    if function is None:
        return None, (path, code, entry.source), None, None
    source = squeezed(entry.source)
    return (path, code, function, source), None, (path, code, source), (code, function, source)


def _covered(entries: Iterable[Entry], left: Counter[Entry]) -> bool:
    """True if one of the entries is left, which then covers one finding less."""
    entry = next((entry for entry in entries if left[entry] > 0), None)
    if entry is None:
        return False
    left[entry] -= 1
    return True


def order(entry: Entry) -> tuple[str, str, str, str]:
    """Return the key by which entries are sorted."""
    return entry.path, entry.code, entry.source, entry.function or ""


def save(baseline: Baseline) -> None:
    """Write a baseline. Raises BadSettings."""
    entries = [{**asdict(entry), "count": baseline.counts[entry]} for entry in sorted(baseline.counts, key=order)]
    text = json.dumps({"version": _VERSION, "findings": entries}, indent=2)
    try:
        write(baseline.path, f"{text}\n".encode("ascii"), tree_of(os.path.dirname(baseline.path) or os.curdir))
    except Unwritable as error:
        raise BadSettings(f"{baseline.path}: {error}") from None


def load(path: str) -> Baseline:
    """Read a baseline. Raises BadSettings."""
    try:
        data = json.loads(read(path))
        version = data["version"]
        if version not in {1, _VERSION}:
            raise BadSettings(f"{path}: a baseline of version {version}; known are 1 and {_VERSION}")
        counts: Counter[Entry] = Counter()
        for entry in data["findings"]:
            counts[_entry(entry, version)] += max(0, int(entry["count"]))
    except Unreadable as error:
        raise BadSettings(f"{path}: {error.text}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadSettings(
            f"{path}: no baseline of gradsafe; --write-baseline makes one where there is no file"
        ) from None
    return Baseline(path, counts)


def _entry(data: dict[str, Any], version: int) -> Entry:
    function = data.get("function") if version > 1 else None
    return Entry(str(data["path"]), str(data["code"]), None if function is None else str(function), str(data["source"]))
