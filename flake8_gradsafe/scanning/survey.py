"""The first look at a partition: how much there is, and which repositories mention torch at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.scanning.errors import BadScan
from flake8_gradsafe.scanning.tables import rows_of_table
from flake8_gradsafe.scanning.trees import rows_of_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.scanning.rows import Row
    from flake8_gradsafe.scanning.sources import Partition
    from flake8_gradsafe.scanning.storage import Store


@dataclass(slots=True)
class Survey:
    """What is in a partition. `size` is that of its files of Python; `repositories` are those that mention torch."""

    rows: int = 0
    other: int = 0
    files: int = 0
    torch: int = 0
    size: int = 0
    repositories: list[str] = field(default_factory=list)


def rows_of(partition: Partition) -> Iterator[Row | None]:
    """The rows of a partition; None for one that is no Python."""
    if partition.table is not None:
        yield from rows_of_table(partition.table)
    for tree in partition.trees:
        yield from rows_of_tree(tree)


def survey(store: Store, partition: Partition) -> None:
    """Look through a partition, and write down what is there."""
    counts: Counter[str] = Counter()
    repositories: dict[str, None] = {}
    for row in rows_of(partition):
        counts["rows"] += row is None or not row.mark
        counts["other"] += row is None
        if row is None or row.mark:
            continue
        counts["files"] += 1
        counts["size"] += len(row.content)
        if row.matters:
            counts["torch"] += 1
            if row.repository is not None:
                repositories[row.repository] = None
    store.write_json(name_of(partition), asdict(Survey(**counts, repositories=sorted(repositories))))


def surveyed(store: Store, partition: Partition) -> Survey:
    """What was written down of a partition. Raises BadScan where it was written elsewhere."""
    try:
        return Survey(**store.read_json(name_of(partition)))
    except FileNotFoundError:
        said = "what the workers write there is not seen here: it must be a place that they and this process share"
        raise BadScan(f"{store.url}: {said}") from None


def name_of(partition: Partition) -> str:
    """The file that holds the survey of a partition."""
    return f"_work/surveyed/{partition.key}.json"
