"""Summaries of functions: their order and join, and that nothing is lost when they are written and read again."""

import ast
from itertools import islice, product

import pytest

from flake8_gradsafe.prefilter.effects import ANY, BOTTOM, TOP, Summary
from flake8_gradsafe.prefilter.stored import dumped, key_of, loaded
from tests.golden.corpus import GROUPS
from tests.prefilter.triaging import summarised, triage
from tests.source_fuzz.structures import programs_of

SAVES = Summary(("x", "y"), saves=frozenset({"x"}), keeps_result=True)
WRITES = Summary(("x", "y"), writes=frozenset({"y"}), shares=ANY)
PAIR = Summary(("x", "y"), parts=(SAVES, WRITES), runs=None)
SAMPLES = (BOTTOM, SAVES, WRITES, PAIR, TOP)


@pytest.mark.parametrize(("one", "other"), list(product(SAMPLES, SAMPLES)))
def test_join_is_above_both(one: Summary, other: Summary) -> None:
    joined = one | other
    assert one <= joined
    assert other <= joined


@pytest.mark.parametrize("summary", SAMPLES)
def test_join_with_itself_and_with_bottom_changes_nothing(summary: Summary) -> None:
    assert summary | summary == summary | BOTTOM == summary


def test_what_saves_is_not_below_what_writes() -> None:
    assert not SAVES <= WRITES


def test_summaries_are_read_as_they_were_written() -> None:
    written = {f"f{number}": summary for number, summary in enumerate(SAMPLES)}
    assert loaded(dumped(written)) == written


@pytest.mark.parametrize(
    "text", ["", "[]", "1", '{"f": 1}', '{"f": {"saves": 3}}', '{"f": {"colour": []}}', '{"f": {"parts": [1]}}']
)
def test_what_is_no_summary_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        loaded(text)


def test_address_follows_the_text() -> None:
    assert key_of("import torch\n") == key_of("import torch\n") != key_of("import torch \n")


@pytest.mark.parametrize("kind", ["fixtures", "structures"])
def test_a_file_with_stored_summaries_has_the_same_verdict(kind: str) -> None:
    texts = (
        [program.text for program in GROUPS["fixtures"]()]
        if kind == "fixtures"
        else [program.source for program in islice(programs_of(("structures",), 7), 300)]
    )
    used = 0
    for text in texts:
        tree = ast.parse(text)
        stored = loaded(dumped(summarised(text, tree)))
        used += bool(stored)
        assert triage(text, tree, stored) == triage(text, tree), text
    assert used > len(texts) / 4
