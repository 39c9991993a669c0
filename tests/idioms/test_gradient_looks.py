"""What a body reads of a gradient, told by its spelling: it only looks at it, or keeps what it computes with it."""

import ast

import pytest

from flake8_gradsafe.idioms.gradient_looks import edited_gradients, gradient_looks, logged_gradients
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lower import lower

LOGGED = [
    "print(w.grad)",
    "writer.add_scalar('norm', w.grad.norm(), i)",
    "log({'norm': w.grad.abs().mean().item()})",
    "g = w.grad\nprint(g.norm())",
    "norms = []\nnorms.append(w.grad.norm().item())\nprint(sum(norms))",
    "if w.grad is None:\n    stop()",
    "assert torch.isfinite(w.grad).all()",
    "print(f'{w.grad.norm():.3f}')",
]
NUMBERS = [
    "self.norms.append(w.grad.norm().item())",
    "return w.grad.norm().item()",
    "return sum(p.grad.norm().item() ** 2 for p in ps) ** 0.5",
    "grads = [p.grad for p in ps]\nself.sizes = [g.abs().sum().item() for g in grads]",
]
KEPT = [
    "return w.grad",
    "self.kept = w.grad.clone()",
    "w.data -= rate * w.grad",
    "w.sub_(rate * w.grad)",
    "g = w.grad\nw.sub_(rate * g)",
    "kept = []\nkept.append(w.grad)\nw.grad = sum(kept)",
    "loss = (rates * w.grad).sum()\nloss.backward()",
    "w.grad.zero_()",
    "w.grad *= 0.5",
    "project(w.grad)",
    "def later():\n    use(g)\ng = w.grad",
]
EDITS = ["w.grad *= 0.5", "w.grad.clamp_(-1, 1)", "w.grad.data.add_(noise)"]


def _body(text: str) -> ir.Body:
    wrapped = "def f():\n" + "".join(f"    {line}\n" for line in text.splitlines())
    function = lower(ast.parse(wrapped), wrapped)[0]
    assert isinstance(function, ir.Function)
    return function.body


@pytest.mark.parametrize("text", LOGGED)
def test_what_is_logged_is_kept_by_nobody(text: str) -> None:
    assert logged_gradients(_body(text))
    assert gradient_looks(_body(text))


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_kept_and_the_gradient_is_not(text: str) -> None:
    assert not logged_gradients(_body(text))
    assert gradient_looks(_body(text))


@pytest.mark.parametrize("text", KEPT)
def test_what_training_may_use_is_kept(text: str) -> None:
    assert not gradient_looks(_body(text))


@pytest.mark.parametrize("text", EDITS)
def test_edit_in_place_reads_nothing(text: str) -> None:
    assert len(edited_gradients(_body(text))) == 1


@pytest.mark.parametrize("text", ["w.grad.zero_()", "w.grad.mul_(0)", "x = w.grad * 2"])
def test_clear_is_no_edit(text: str) -> None:
    assert not edited_gradients(_body(text))
