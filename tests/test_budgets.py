"""Programs beyond every budget end, and what a budget has cut is never reported as proven."""

from __future__ import annotations

import pytest

from flake8_gradsafe import check

HEAD = "import torch\na = torch.randn(3, requires_grad=True)\nx = a * 2\n"  # which saves nothing of x
TAIL = "x.data.mul_(2)\nx.sum().backward()\n"


def _nested(levels: int, head: str, inside: str) -> str:
    return "".join(" " * level + head.format(level) for level in range(levels)) + " " * levels + inside


BEYOND = {
    "branches": "".join(f"if c{i}:\n    x = x.sigmoid()\n" for i in range(200)),
    "branches with both ways": "".join(f"if c{i}:\n    x = x.sigmoid()\nelse:\n    x = x.tanh()\n" for i in range(200)),
    "ternaries": "".join(f"x = x.sin() if c{i} else x.sigmoid()\n" for i in range(200)),
    "nested loops": _nested(18, "for i{0} in n{0}:\n", "x = x.sigmoid()\n"),
    "nested known loops": _nested(18, "for i{0} in range(3):\n", "x = x.sigmoid()\n"),
    "nested whiles": _nested(18, "while c{0}:\n", "x = x.sigmoid()\n"),
    "loops in a row": "".join(f"for i{i} in n{i}:\n    x = x.sigmoid()\n" for i in range(100)),
    "handlers": "".join("try:\n    x = x.exp()\nexcept ValueError:\n    x = x.sigmoid()\n" for _ in range(100)),
}


@pytest.mark.parametrize("name", BEYOND)
def test_nothing_is_proven_behind_a_budget(name: str) -> None:
    codes = {finding.code for finding in check(HEAD + BEYOND[name] + TAIL)}
    assert codes <= {"GRD211", "GRD911"}


def test_straight_lines_have_no_budget_that_matters() -> None:
    text = HEAD + "x = x.sigmoid()\n" * 5000 + TAIL
    assert [finding.code for finding in check(text)] == ["GRD111"]


def test_a_body_with_too_many_statements_is_given_up_without_a_word_that_is_proven() -> None:
    text = HEAD + "x = x.sigmoid()\n" * 25_000 + TAIL
    assert {finding.code for finding in check(text)} <= {"GRD911"}
