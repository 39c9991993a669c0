"""Taking the guard away from a refusal that a test expects: nothing is downloaded."""

from __future__ import annotations

import ast
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from flake8_gradsafe.engine import check
from tests.peers import sources
from tests.peers.foretelling import Foretold, Task, foretell, read_table, write_table
from tests.peers.guards import NO_MESSAGE, Guard, guards, unguarded
from tests.peers.sources import Source, unpacked

PROGRAM = """\
import unittest
import pytest
import torch


class Refusals(unittest.TestCase):
    def test_write(self):
        a = torch.ones(3, requires_grad=True)
        with self.assertRaisesRegex(
            RuntimeError,
            "a leaf Variable that requires grad",
        ):
            # the write
            a.add_(1)
        print(a)

    def test_twice(self):
        a = torch.ones(3, requires_grad=True)
        b = (a * a).sum()
        b.backward()
        self.assertRaisesRegex(RuntimeError, 'Specify retain_graph=True',
                               lambda: b.backward())

    def test_named(self):
        message = "does not " + "require grad"
        with pytest.raises(RuntimeError, match=message): torch.ones(1).backward()

    def test_called(self):
        x = torch.ones(1)
        self.assertRaises(RuntimeError, torch.autograd.grad, x.detach(), inputs=x)

    def test_shapes(self):
        with self.assertRaisesRegex(RuntimeError, "must match the size"):
            torch.ones(2).add_(torch.ones(3))
        with self.assertRaises(ValueError):
            torch.ones(2).backward()
"""


def _line(guard: Guard, text: str) -> str:
    return text.split("\n")[guard.body.start - 1].strip()


def test_guards_are_told_by_the_words_they_look_for() -> None:
    told = [(guard.line, guard.kind, guard.message) for guard in guards(PROGRAM)]
    assert told == [
        (9, "leaf written", "a leaf Variable that requires grad"),
        (21, "second backward", "Specify retain_graph=True"),
        (26, "no graph", "does not require grad"),
        (30, NO_MESSAGE, ""),
    ]


def test_without_a_guard_its_body_stands_on_the_same_lines() -> None:
    first, second, third, fourth = guards(PROGRAM)
    texts = [unguarded(PROGRAM, guard) for guard in (first, second, third, fourth)]
    for text in texts:
        assert text.count("\n") == PROGRAM.count("\n")
        assert len(guards(text)) == 3
    assert texts[0].split("\n")[8:15] == [
        *[""] * 5,
        "        a.add_(1)",
        "        print(a)",
    ]
    assert texts[1].split("\n")[20:22] == ["        (", "b.backward())"]
    assert _line(third, texts[2]) == "torch.ones(1).backward()"
    assert _line(fourth, texts[3]) == "((torch.autograd.grad)(x.detach(), inputs=x))"


def test_what_else_a_statement_enters_it_still_enters() -> None:
    program = "with torch.no_grad(), pytest.raises(RuntimeError, match='second time'):\n    ö = 'ö'; y.backward()\n"
    (guard,) = guards(program)
    assert unguarded(program, guard) == "with torch.no_grad():\n    ö = 'ö'; y.backward()\n"


def test_bodies_keep_their_own_depth() -> None:
    program = (
        "if a:\n  with pytest.raises(RuntimeError, match='second time'):\n    if b:\n      y.backward()\n  c = 1\n"
    )
    (guard,) = guards(program)
    assert unguarded(program, guard) == "if a:\n\n  if b:\n    y.backward()\n  c = 1\n"


def test_the_linter_foretells_what_is_no_longer_expected() -> None:
    assert check(PROGRAM) == []
    found = {
        guard.line: foretell(Task("refusals.py", guard, PROGRAM, unguarded(PROGRAM, guard)))
        for guard in guards(PROGRAM)
    }
    assert found[9] == Foretold("refusals.py", 9, "leaf written", "GRD142")
    assert found[21] == Foretold("refusals.py", 21, "second backward", "GRD152")
    assert found[26] == Foretold("refusals.py", 26, "no graph", "GRD151")


def test_written_tables_keep_their_reasons(tmp_path: Path) -> None:
    table = tmp_path / "guards.csv"
    missed = Foretold("a.py", 3, "out=")
    write_table([missed], table)
    table.write_text(table.read_text(encoding="utf-8").replace("out=,,", "out=,,no rule"), encoding="utf-8")
    write_table([Foretold("a.py", 5, "no graph", "GRD151"), missed], table)
    assert read_table(table) == [
        Foretold("a.py", 3, "out=", "", "no rule"),
        Foretold("a.py", 5, "no graph", "GRD151"),
    ]


def test_the_kept_table_is_sorted_and_has_each_guard_once() -> None:
    rows = read_table()
    assert len({row.guard for row in rows}) == len(rows) > 0
    assert rows == sorted(rows)


def test_only_the_pinned_archive_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("example-1.0/tests/test_a.py")
        archive.addfile(member, io.BytesIO())

    def arrive(_package: str, folder: Path) -> Path:
        path = folder / "archive.tar.gz"
        path.write_bytes(packed.getvalue())
        return path

    monkeypatch.setattr(sources, "_from_pypi", arrive)
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    with pytest.raises(ValueError, match="SHA-256"):
        unpacked(Source("example==1.0", digest[::-1]), tmp_path)
    assert list(tmp_path.iterdir()) == []
    example = Source("example==1.0", digest, ("tests",))
    assert [relative for _, _, relative in example.files(tmp_path)] == ["tests/test_a.py"]


@pytest.mark.parametrize("guard", guards(PROGRAM), ids=lambda guard: guard.kind)
def test_programs_without_a_guard_parse(guard: Guard) -> None:
    ast.parse(unguarded(PROGRAM, guard))
