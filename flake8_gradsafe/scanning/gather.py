"""The rows of a repository lie anywhere in a lake: those of repositories that mention torch are gathered in buckets."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flake8_gradsafe.scanning.errors import digest
from flake8_gradsafe.scanning.rows import Row
from flake8_gradsafe.scanning.survey import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.scanning.sources import Partition
    from flake8_gradsafe.scanning.storage import Store

REPOSITORIES = "_work/repositories.parquet"
_SCHEMA = pa.schema(
    {
        "repository": pa.string(),
        "path": pa.string(),
        "sha256": pa.string(),
        "size": pa.int64(),
        "matters": pa.bool_(),
        "mark": pa.bool_(),
        "problem": pa.string(),
        "content": pa.binary(),
    }
)
#: The columns that tell which projects there are.
OUTLINE = [name for name in _SCHEMA.names if name != "content"]
#: Bytes that a task holds before it writes them.
_HELD = 256 * 2**20


def write_repositories(store: Store, names: Iterable[str]) -> str:
    """Write down which repositories mention torch; give what tells them from others, for workers that outlive a scan."""
    ordered = sorted(set(names))
    store.write(REPOSITORIES, parquet(pa.table({"repository": pa.array(ordered, pa.string())})))
    return digest(*ordered)


def parquet(table: pa.Table) -> bytes:
    """A table as a file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def gather(store: Store, partition: Partition, buckets: int, repositories: str) -> None:
    """Put the rows of a partition into buckets. That it is done is written down last."""
    wanted = _wanted(store, repositories)
    held: dict[int, list[Row]] = {}
    size = number = 0
    for row in rows_of(partition):
        if row is None or not (row.matters if row.repository is None else row.repository in wanted):
            continue
        held.setdefault(_bucket(row, buckets), []).append(row)
        size += len(row.content)
        if size > _HELD:
            _write(store, held, f"{partition.key}-{number}")
            held, size, number = {}, 0, number + 1
    _write(store, held, f"{partition.key}-{number}")
    store.write_json(name_of(partition), {"buckets": buckets, "fragments": number + 1})


def name_of(partition: Partition) -> str:
    """The file that says that a partition is in its buckets."""
    return f"_work/gathered/{partition.key}.json"


def folder_of(bucket: int) -> str:
    """The folder of a bucket."""
    return f"_work/buckets/{bucket:05}"


def fragments(
    store: Store, bucket: int, columns: list[str] | None = None, repositories: set[str | None] | None = None
) -> Iterator[pa.Table]:
    """The tables of a bucket; of some repositories alone, None for rows without one."""
    wanted = None if repositories is None else _are_of(repositories)
    for name in store.names(folder_of(bucket)):
        with store.opened(f"{folder_of(bucket)}/{name}") as file:
            yield pq.read_table(file, columns=columns, filters=wanted)


def _are_of(repositories: set[str | None]) -> pc.Expression:
    field = pc.field("repository")
    named = field.isin(pa.array(sorted(filter(None, repositories)), pa.string()))
    return named | field.is_null() if None in repositories else named


@lru_cache(maxsize=2)
def _wanted(store: Store, _digest: str) -> frozenset[str]:
    with store.opened(REPOSITORIES) as file:
        return frozenset(pq.read_table(file)["repository"].to_pylist())


def _bucket(row: Row, buckets: int) -> int:
    """The bucket of a row's repository; where it has none, that of its content, with all that are equal."""
    return int(digest(row.sha256 if row.repository is None else row.repository)[:12], 16) % buckets


def _write(store: Store, held: dict[int, list[Row]], name: str) -> None:
    for bucket, rows in sorted(held.items()):
        columns = [
            [row.repository for row in rows],
            [row.path for row in rows],
            [row.sha256 for row in rows],
            [len(row.content) for row in rows],
            [row.matters for row in rows],
            [row.mark for row in rows],
            [row.problem for row in rows],
            [row.content for row in rows],
        ]
        table = pa.table([pa.array(each, kind) for each, kind in zip(columns, _SCHEMA.types, strict=True)], _SCHEMA)
        store.write(f"{folder_of(bucket)}/{name}.parquet", parquet(table))
