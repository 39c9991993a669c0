"""How often each code was found, and in which repositories, told from the parts that are written."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from flake8_gradsafe.scanning.gather import parquet
from flake8_gradsafe.scanning.manifest import SUMMARY, tool
from flake8_gradsafe.scanning.parts import FINDING

if TYPE_CHECKING:
    from flake8_gradsafe.scanning.storage import Store
    from flake8_gradsafe.scanning.survey import Survey

REPOSITORIES = "_repositories.parquet"
_COLUMNS = ["kind", "repository", "path", "code", "sureness", "reason"]
_MOST_SHOWN = 10


@dataclass(slots=True)
class Summary:
    """A scan in figures. `codes` are findings and repositories of each code; `reasons`, the files that nothing is told of."""

    tool: str
    rows: int = 0
    not_python: int = 0
    files: int = 0
    mentioning_torch: int = 0
    analysed: int = 0
    findings: int = 0
    not_analysed: int = 0
    bytes: int = 0
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    repositories: list[dict[str, Any]] = field(default_factory=list)


def summarise(store: Store, whole: Survey, analysed: int) -> Summary:
    """Count what the parts hold, and write that down."""
    made = Summary(tool(), whole.rows, whole.other, whole.files, whole.torch, analysed)
    found: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for name in store.names():
        if not name.startswith("part-"):
            continue
        with store.opened(name) as file:
            made.bytes += file.size
            for row in pq.read_table(file, columns=_COLUMNS).to_pylist():
                if row["kind"] == FINDING:
                    found[row["repository"] or "", row["code"]] += 1
                else:
                    reasons[_kind_of(row["reason"])] += 1
    made.findings, made.not_analysed = found.total(), reasons.total()
    made.reasons = dict(reasons.most_common())
    for code in sorted({code for _, code in found}):
        counts = [count for (_, each), count in found.items() if each == code]
        made.codes[code] = {"findings": sum(counts), "repositories": len(counts)}
    made.repositories = _by_repository(store, found)
    store.write_json(SUMMARY, asdict(made))
    return made


def _kind_of(reason: str) -> str:
    """A reason without what differs from file to file."""
    return ": ".join(reason.split(": ")[:2])


def _by_repository(store: Store, found: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Write down the findings of each repository by code; give the repositories with most."""
    rows = [
        {"repository": name or None, "code": code, "findings": count} for (name, code), count in sorted(found.items())
    ]
    schema = pa.schema({"repository": pa.string(), "code": pa.string(), "findings": pa.int64()})
    store.write(REPOSITORIES, parquet(pa.Table.from_pylist(rows, schema)))
    most: Counter[str] = Counter()
    for (name, _), count in found.items():
        most[name] += count
    most.pop("", None)
    return [{"repository": name, "findings": count} for name, count in most.most_common(_MOST_SHOWN)]


def lines(summary: Summary) -> list[str]:
    """The summary as it is printed."""
    told = [
        f"{summary.rows} rows: {summary.files} files of Python ({summary.not_python} are none), "
        f"{summary.mentioning_torch} of them with torch, {summary.analysed} different ones analysed in their projects",
        f"{summary.findings} findings, {summary.not_analysed} files that could not be read or analysed",
    ]
    if summary.codes:
        told += ["", "code    findings  repositories"]
        told += [f"{code}  {each['findings']:>8}  {each['repositories']:>12}" for code, each in summary.codes.items()]
    if summary.repositories:
        told += ["", "findings  repository"]
        told += [f"{each['findings']:>8}  {each['repository']}" for each in summary.repositories]
    if summary.reasons:
        told += ["", "   files  not analysed because"]
        told += [f"{count:>8}  {reason.removeprefix('not analysed: ')}" for reason, count in summary.reasons.items()]
    return told
