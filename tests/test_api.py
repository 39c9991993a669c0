"""The linter for programs reports what the other faces report."""

from __future__ import annotations

import pytest

import flake8_gradsafe
from flake8_gradsafe.config.settings import BadSettings

SOURCE = """
import torch

a = torch.ones(3, requires_grad=True)
out = a.sigmoid()
out.data.zero_()
out.sum().backward()
a.data.normal_()
"""


def codes(**options: object) -> list[str]:
    return [finding.code for finding in flake8_gradsafe.check(SOURCE, **options)]  # type: ignore[arg-type]


def test_advice_is_left_off_unless_it_is_asked_for() -> None:
    assert codes() == ["GRD111"]
    assert codes(extend_select="GRD9") == ["GRD111", "GRD911"]
    assert codes(extend_select=["GRD911"]) == ["GRD111", "GRD911"]
    assert codes(select="GRD") == ["GRD111", "GRD911"]


def test_what_is_ignored_is_not_reported() -> None:
    assert codes(select=["GRD1", "GRD9"], ignore=["GRD911"]) == ["GRD111"]
    assert codes(extend_ignore="GRD111") == []
    assert codes(select="GRD2,GRD9") == ["GRD911"]


def test_fixes_are_computed_where_they_are_asked_for() -> None:
    source = "import torch\nw = torch.ones(3, requires_grad=True)\nh = w.exp()\nh.mul_(2)\nh.sum().backward()\n"
    assert [finding.fix for finding in flake8_gradsafe.check(source)] == [None]
    (finding,) = flake8_gradsafe.check(source, fixes=True)
    assert finding.fix is not None


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(BadSettings, match="GRD3"):
        codes(select="GRD3")
    with pytest.raises(SyntaxError):
        flake8_gradsafe.check("import torch\nx.data.zero_(")
