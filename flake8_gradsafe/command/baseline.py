"""Findings that are known and put up with: kept in a file by what is written there, so that edits around them do not matter."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING

from flake8_gradsafe.command.walking import tree_of
from flake8_gradsafe.fingerprint import content
from flake8_gradsafe.settings import BadSettings
from flake8_gradsafe.sources import Unreadable, read
from flake8_gradsafe.writing import Unwritable, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.inspection import Reported

#: The file relative to the baseline's folder, the code, the source lines.
Known = tuple[str, str, str]

_VERSION = 1


def without_known(reported: Iterable[Reported], counts: Counter[Known], path: str) -> list[Reported]:
    """The findings that a baseline does not have. Of equal ones in a file it covers as many as it counts."""
    left = counts.copy()
    new = []
    for each in reported:
        known = _known(each, path)
        if left[known] > 0:
            left[known] -= 1
        else:
            new.append(each)
    return new


def save(reported: Iterable[Reported], path: str) -> None:
    """Write a baseline that covers these findings. Raises BadSettings."""
    counts = Counter(_known(each, path) for each in reported)
    entries = [
        {"path": file, "code": code, "source": source, "count": count}
        for (file, code, source), count in sorted(counts.items())
    ]
    text = json.dumps({"version": _VERSION, "findings": entries}, indent=2) + "\n"
    try:
        write(path, text.encode("ascii"), tree_of(os.path.dirname(path) or os.curdir))
    except Unwritable as error:
        raise BadSettings(f"{path}: {error}") from None


def load(path: str) -> Counter[Known]:
    """How often a baseline has each finding. Raises BadSettings."""
    try:
        data = json.loads(read(path))
        if data["version"] != _VERSION:
            raise BadSettings(f"{path}: a baseline of version {data['version']}; known is {_VERSION}")
        counts: Counter[Known] = Counter()
        for entry in data["findings"]:
            counts[str(entry["path"]), str(entry["code"]), str(entry["source"])] += int(entry["count"])
    except Unreadable as error:
        raise BadSettings(f"{path}: {error.text}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSettings(f"{path}: no baseline of gradsafe; --write-baseline makes one") from None
    return counts


def _known(reported: Reported, path: str) -> Known:
    folder = os.path.dirname(os.path.abspath(path))
    file = os.path.relpath(reported.document.path, folder).replace(os.sep, "/")
    return file, reported.finding.code, content(reported)
