"""What a scan is of and how it is done, written before anything else: one that goes on must be the same."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.scanning.errors import BadScan, digest
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.scanning.checker import Checking
    from flake8_gradsafe.scanning.sources import Partition
    from flake8_gradsafe.scanning.storage import Store

MANIFEST, SUMMARY = "_scan.json", "_summary.json"
#: The form of what a scan writes.
_FORMAT = 1


@lru_cache(maxsize=1)
def tool() -> str:
    """What decides what is found: our version and our files, the versions of Python and libcst."""
    package = Path(__file__).parent.parent
    hashed = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.json")]):
        hashed.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    python = ".".join(map(str, sys.version_info[:2]))
    return f"gradsafe {__version__} ({hashed.hexdigest()[:12]}), Python {python}, libcst {metadata.version('libcst')}"


def look_at(store: Store, *, resume: bool) -> None:
    """Raise BadScan where a scan cannot begin, or go on, whatever it is of."""
    if resume and not store.has(MANIFEST):
        raise BadScan(f"{store.url}: there is no scan to go on with: it has no {MANIFEST}")
    if not resume and store.has():
        raise BadScan(f"{store.url}: exists; --resume goes on with a scan that was cut off there")


def begin(store: Store, partitions: Sequence[Partition], checking: Checking, *, resume: bool) -> None:
    """Write down what is begun; of a scan that goes on, raise BadScan where it is another one."""
    made = {
        "format": _FORMAT,
        "tool": tool(),
        "options": checking.options,
        "limits": {name: value for name, value in asdict(checking).items() if name in {"seconds", "memory"}},
        "sources": digest(*(partition.key for partition in partitions)),
        "partitions": len(partitions),
    }
    if resume:
        _compare(store, _read(store), made)
    else:
        store.write_json(MANIFEST, made)


def _read(store: Store) -> dict[str, Any]:
    try:
        found = store.read_json(MANIFEST)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadScan(f"{store.url}/{MANIFEST}: is not as a scan writes it")
    return found


def _compare(store: Store, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with another scan than the one that was begun."""
    told = {
        "format": "another version of gradsafe began it",
        "tool": f"it was begun by {before.get('tool')}; this is {now['tool']}",
        "options": f"it was begun with the options {before.get('options')}; these are {now['options']}",
        "limits": f"it was begun with the limits {before.get('limits')}; these are {now['limits']}",
        "sources": "its sources are not what they were when it was begun",
    }
    for name, reason in told.items():
        if before.get(name) != now[name]:
            raise BadScan(f"{store.url}: cannot go on: {reason}; --to another folder begins anew")
