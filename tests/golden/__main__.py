"""`python -m tests.golden write|compare`: keep every finding on the corpus, or hold the findings of today against it.

The record is too big for version control: it is kept in the cache folder, its digests beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

from tests.ecosystem.sources import CACHE
from tests.golden.corpus import GROUPS, Program
from tests.golden.record import Entry, differences, digests, entry_of, read, write

RECORD = CACHE.parent / "golden.jsonl.gz"
DIGESTS = Path(__file__).parent / "digests.json"


def main(arguments: Sequence[str]) -> int:
    """Write the record, or print what differs from it; 1 where something does, 2 where there is no record."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("do", choices=("write", "compare"))
    parser.add_argument(
        "--record", type=Path, default=RECORD, help="where the record is kept (default: the cache folder)"
    )
    parser.add_argument("--only", nargs="+", choices=tuple(GROUPS), default=tuple(GROUPS), help="groups to compare")
    parser.add_argument("--every", type=int, default=1, help="compare every Nth program only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if options.do == "write":
        return _write(options.record, options.jobs)
    if not options.record.exists():
        print(f"{options.record}: no record; write one with the commit before", file=sys.stderr)
        return 2
    return _compare(options)


def _write(record: Path, jobs: int) -> int:
    entries = list(_entries(tuple(GROUPS), 1, jobs))
    write(entries, record)
    DIGESTS.write_text(json.dumps(digests(entries), indent=1) + "\n", encoding="utf-8")
    print(f"{len(entries)} programs, {sum(entry.findings for entry in entries)} findings: {record}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    kept = {entry.sha256: entry for entry in read(options.record)}
    compared = findings = new = 0
    different = False
    for entry in _entries(options.only, options.every, options.jobs):
        findings += entry.findings
        if entry.sha256 not in kept:
            new += 1
            continue
        compared += 1
        for line in differences(kept[entry.sha256], entry):
            different = True
            print(line, flush=True)
    print(f"{compared} programs compared, {new} not in the record, {findings} findings: ", end="")
    print("they differ" if different else "all the same")
    return 1 if different else 0


def _entries(groups: Sequence[str], every: int, jobs: int) -> Iterator[Entry]:
    """Each text of some groups, analysed once."""
    seen: set[str] = set()

    def tasks() -> Iterator[tuple[str, Program]]:
        for group in groups:
            for program in islice(GROUPS[group](), 0, None, every):
                if program.text not in seen:
                    seen.add(program.text)
                    yield group, program

    with Pool(jobs) as pool:
        yield from pool.imap(entry_of, tasks(), chunksize=16)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
