"""Measure what PyTorch's operators do, and write operators.json or compare with it.

python -m flake8_gradsafe.runtime.measure            writes autograd/operators.json
python -m flake8_gradsafe.runtime.measure --check    measures again; exit 1 and one line per row that drifted
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from flake8_gradsafe.runtime.facts import FactTable
from flake8_gradsafe.runtime.measure_modules import measure_modules
from flake8_gradsafe.runtime.measure_operators import measure_operators

FILE = Path(__file__).parent.parent / "autograd" / "operators.json"
Document = dict[str, Any]


def measure(chosen: Callable[[str], bool] = lambda _: True) -> Document:
    """Everything that operators.json holds of the operators and modules that are chosen by their names, measured from the torch
    that is installed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = FactTable()
            operators, skipped_operators = measure_operators(table, chosen)
            modules, skipped_modules = measure_modules(table, chosen)
    finally:
        torch.set_num_threads(threads)
    return {
        "torch": torch.__version__.split("+")[0],
        "operators": operators,
        "facts": table.facts,
        "modules": modules,
        "skipped": skipped_operators | skipped_modules,
    }


def to_text(document: Document) -> str:
    """JSON with one operator, fact or module a line, so that a change reads well in a diff."""
    sections = []
    for name, section in document.items():
        if isinstance(section, dict):
            rows = [f"{json.dumps(key)}:{_compact(section[key])}" for key in sorted(section)]
            sections.append(f"{json.dumps(name)}:{{\n" + ",\n".join(rows) + "\n}")
        elif isinstance(section, list):
            sections.append(f"{json.dumps(name)}:[\n" + ",\n".join(map(_compact, section)) + "\n]")
        else:
            sections.append(f"{json.dumps(name)}:{_compact(section)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def drift(old: Document, new: Document) -> Iterator[str]:
    """One line for every row added, gone or changed; facts are compared by what they say, not by number."""
    for section in ("operators", "modules", "skipped"):
        before, after = _resolved(old, section), _resolved(new, section)
        for name in sorted(before.keys() | after.keys()):
            if name not in before:
                yield f"added {section} {name}"
            elif name not in after:
                yield f"gone {section} {name}"
            elif before[name] != after[name]:
                yield f"changed {section} {name}: {_differing(before[name], after[name])}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 where --check finds a drift."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    parser.add_argument("--file", type=Path, default=FILE, help="operators.json (default: the package's own)")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    document = json.loads(json.dumps(measure()))
    lines = []
    if options.check:
        lines = list(drift(json.loads(options.file.read_text(encoding="utf-8")), document))
        print("\n".join(lines or ["no drift"]))
    else:
        options.file.write_text(to_text(document), encoding="utf-8")
    print(_summary(document, time.perf_counter() - started), file=sys.stderr)
    return 1 if lines else 0


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _resolved(document: Document, section: str) -> dict[str, Any]:
    """A section's rows with each fact's text in place of its number."""
    facts = [_compact(fact) for fact in document["facts"]]

    def resolve(row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        return {
            key: {form: facts[number] for form, number in value.items()} if key.endswith("forms") else value
            for key, value in row.items()
        }

    return {name: resolve(row) for name, row in document.get(section, {}).items()}


def _differing(before: Any, after: Any) -> str:
    if not isinstance(before, dict):
        return f"{before} -> {after}"
    parts = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            forms = sorted(form for form in old.keys() | new.keys() if old.get(form) != new.get(form))
            parts.append(f"{key} [{'; '.join(forms)}]")
        else:
            parts.append(f"{key} {old} -> {new}")
    return ", ".join(parts)


def _summary(document: Document, seconds: float) -> str:
    rows = document["operators"].values()
    forms = sum(len(row["forms"]) + len(row["inplace_forms"]) for row in rows)
    return (
        f"torch {document['torch']}: {len(rows)} operators, {forms} forms, {len(document['facts'])} facts, "
        f"{len(document['modules'])} modules, {len(document['skipped'])} skipped, "
        f"{len(to_text(document)) // 1000} kB, {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
