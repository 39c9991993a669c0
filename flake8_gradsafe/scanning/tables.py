"""Tables with a file in each row: Parquet, by stretches of row groups, and JSON lines."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from flake8_gradsafe.scanning.errors import BadScan
from flake8_gradsafe.scanning.layouts import Columns, columns_of
from flake8_gradsafe.scanning.rows import Row, row_of
from flake8_gradsafe.scanning.storage import address, filesystem_of, is_local, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

PARQUET = (".parquet", ".pq")
LINES = tuple(
    f"{name}{packed}" for name in (".jsonl", ".ndjson", ".json") for packed in ("", ".gz", ".zst", ".bz2", ".xz")
)
#: Bytes of a table that one task reads, before they are compressed, and rows that are decoded at once.
_STRETCH = 128 * 2**20
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """A stretch of a table: row groups of a file of Parquet, or a whole file of JSON lines."""

    url: str
    columns: Columns
    stamp: str
    first: int = 0
    last: int = 0
    is_parquet: bool = True

    def __str__(self) -> str:
        """How a message names it."""
        return f"{self.url} (row groups {self.first} to {self.last - 1})" if self.is_parquet else self.url


def tables_of(filesystem: Any, path: str, given: Columns) -> Iterator[Table]:
    """The stretches of a file. Raises BadScan."""
    url = address(filesystem, path)
    if not path.endswith((*PARQUET, *LINES)):
        raise BadScan(f"{url}: neither a folder nor a table: a table's name ends in {', '.join(PARQUET)} or .jsonl")
    if path.endswith(PARQUET):
        yield from _parquet(filesystem, path, given)
        return
    columns = columns_of(_names_of_lines(url), given, url)
    yield Table(url, columns, _stamp(filesystem, path), is_parquet=False)


def rows_of_table(table: Table) -> Iterator[Row | None]:
    """The rows of a stretch; None for one that is no Python."""
    columns = table.columns
    for values in _parquet_values(table) if table.is_parquet else _line_values(table):
        if isinstance(values, Row):
            yield values
            continue
        repository, path, language, encoding = (
            _text(values.get(name)) if name else None
            for name in (columns.repository, columns.path, columns.language, columns.encoding)
        )
        yield row_of(repository, path, values.get(columns.content or ""), language, encoding)


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _parquet(filesystem: Any, path: str, given: Columns) -> Iterator[Table]:
    url = address(filesystem, path)
    try:
        with filesystem.open(path, "rb") as file:
            opened = pq.ParquetFile(file)
            schema, metadata = opened.schema_arrow, opened.metadata
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadScan(f"{url}: cannot be read as Parquet: {one_line(error)}") from None
    columns = columns_of(schema.names, given, url)
    kind = schema.field(columns.content).type
    if not _holds_text(kind):
        raise BadScan(
            f"{url}: the column {columns.content!r} holds {kind}, not source text; --content-column names another"
        )
    stamp, first, size = _stamp(filesystem, path), 0, 0
    for number in range(metadata.num_row_groups):
        length = metadata.row_group(number).total_byte_size
        if number > first and size + length > _STRETCH:
            yield Table(url, columns, stamp, first, number)
            first, size = number, 0
        size += length
    if metadata.num_rows:
        yield Table(url, columns, stamp, first, metadata.num_row_groups)


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _holds_text(kind.value_type)
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in (*tests, pa.types.is_string_view, pa.types.is_binary_view))


def _stamp(filesystem: Any, path: str) -> str:
    if is_local(filesystem):
        status = filesystem.info(path)
        return f"{status['size']} {status['mtime']}"
    return str(filesystem.ukey(path))


def _parquet_values(table: Table) -> Iterator[dict[str, Any] | Row]:
    filesystem, path = filesystem_of(table.url)
    with filesystem.open(path, "rb") as file:
        opened = pq.ParquetFile(file)
        groups = list(range(table.first, table.last))
        for batch in opened.iter_batches(_ROWS_AT_ONCE, row_groups=groups, columns=table.columns.names):
            yield from _values_of(batch)


def _values_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch. A text that is no UTF-8 is given as its bytes."""
    try:
        yield from batch.to_pylist()
        return
    except UnicodeDecodeError:
        pass
    plain = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
    columns = [each.cast(plain[each.type]) if each.type in plain else each for each in batch.columns]
    yield from pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()


def _names_of_lines(url: str) -> list[str]:
    """The names of the first object in a file of JSON lines."""
    for _, value in _objects(url):
        if not isinstance(value, dict):
            raise BadScan(f"{url}: its first line is no JSON object")
        return list(value)
    return ["content"]


def _line_values(table: Table) -> Iterator[dict[str, Any] | Row]:
    for number, value in _objects(table.url):
        if isinstance(value, dict):
            yield value
        else:
            yield Row(None, f"{table.url}:{number}", b"", "the line is no JSON object")


def _objects(url: str) -> Iterator[tuple[int, object]]:
    """The lines of a file with their numbers, as JSON; None for one that is none."""
    filesystem, path = filesystem_of(url)
    try:
        with filesystem.open(path, "rb", compression="infer") as file:
            lines = io.BufferedReader(file) if path.endswith(".zst") else file  # what unpacks it knows no lines
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _parsed(line)
    except (OSError, EOFError, ValueError) as error:
        raise BadScan(f"{url}: {one_line(error)}") from None


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
