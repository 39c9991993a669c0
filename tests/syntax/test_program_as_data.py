"""The program of a file is plain data: written and read again, it gives the same findings."""

import ast
import pickle

import pytest

from flake8_gradsafe import engine
from flake8_gradsafe.syntax import lower as lowering
from flake8_gradsafe.syntax.program import Body
from tests.golden.corpus import GROUPS

#: Every so many of the fixtures are looked at.
_EVERY = 8


@pytest.mark.parametrize("start", range(4))
def test_a_program_that_was_written_and_read_gives_the_same_findings(
    start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [program.text for program in GROUPS["fixtures"]()][start :: _EVERY * 4]
    expected = [engine.check(text, fixes=True) for text in texts]
    lower = lowering.lower

    def lower_and_store(tree: ast.Module, text: str) -> Body:
        program: Body = pickle.loads(pickle.dumps(lower(tree, text)))
        return program

    monkeypatch.setattr(lowering, "lower", lower_and_store)
    assert [engine.check(text, fixes=True) for text in texts] == expected
    assert any(expected)
