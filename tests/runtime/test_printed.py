"""What is kept of a page's example, for `gradsafe explain`: the numbers in which it differs from what to use instead."""

from pathlib import Path

import pytest

from flake8_gradsafe.rules import RULES
from flake8_gradsafe.runtime.printed import compared, said_of
from flake8_gradsafe.runtime.run import Outcome, run_plainly

COMPUTED = """
import torch
x = torch.ones(2)
hidden = x.requires_grad_().exp()
{}
hidden.sum().backward()
del x
"""


def ran(text: str, folder: Path) -> Outcome:
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    return run_plainly(program, None)


def test_the_gradient_of_a_computed_tensor_counts_where_it_is_retained(tmp_path: Path) -> None:
    example = ran(COMPUTED.format("hidden.retain_grad(); hidden.register_hook(lambda grad: grad * 0)"), tmp_path)
    instead = ran(COMPUTED.format("hidden.retain_grad()"), tmp_path)
    assert compared(example, instead) == "`hidden.grad` is [0, 0]; right is [1, 1]."


def test_an_example_that_shows_no_harm_is_an_error_where_the_rule_claims_some(tmp_path: Path) -> None:
    example = ran(COMPUTED.format(""), tmp_path)
    assert said_of(RULES["GRD911"], example, example).startswith("No error, and the same numbers")
    with pytest.raises(ValueError, match="GRD111 claims harm"):
        said_of(RULES["GRD111"], example, example)
