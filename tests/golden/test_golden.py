"""The golden record: what it keeps of a program, and what it tells when that changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden.corpus import Program
from tests.golden.record import Entry, differences, digests, entry_of, read, write

WRONG = """\
import torch
x = torch.ones(3, requires_grad=True)
out = torch.sigmoid(x)
out.data.mul_(2)
out.sum().backward()
"""


@pytest.fixture(scope="module")
def entry() -> Entry:
    return entry_of(("fixtures", Program("wrong.py", WRONG)))


def test_findings_are_kept_whole(entry: Entry) -> None:
    (finding,) = entry.default
    assert finding["code"] == "GRD111"
    assert finding["location"] == {"line": 4, "column": 0, "end_line": 4, "end_column": 16, "path": ""}
    assert finding["trace"]
    assert finding["fix"]["edits"]
    assert [each["code"] for each in entry.all] == ["GRD111"]


def test_what_cannot_be_analysed_is_kept_as_its_error() -> None:
    entry = entry_of(("fixtures", Program("broken.py", "import torch\nx.data.zero_(\nx.backward()\n")))
    assert entry.default == entry.all == "SyntaxError"


def test_a_record_is_read_as_it_was_written(entry: Entry, tmp_path: Path) -> None:
    write([entry], tmp_path / "deep" / "record.gz")
    assert list(read(tmp_path / "deep" / "record.gz")) == [entry]


def test_nothing_differs_from_itself(entry: Entry) -> None:
    assert list(differences(entry, entry)) == []


def test_what_differs_is_told(entry: Entry) -> None:
    changed = replace(entry, default=[{**entry.default[0], "message": "another"}])
    told = list(differences(entry, changed))
    assert told[0] == "fixtures: wrong.py: default codes"
    assert told[1].startswith("  - ")
    assert '"message": "another"' in told[2]


def test_digest_changes_with_any_finding_but_not_with_the_name(entry: Entry) -> None:
    changed = replace(entry, all=[{**entry.all[0], "help": "another"}])
    assert digests([entry]) != digests([changed])
    assert digests([entry]) == digests([replace(entry, origin="moved.py")])
    assert digests([entry])["fixtures"]["findings"] == 1
