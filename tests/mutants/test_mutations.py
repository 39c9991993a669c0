"""The mutation operators on small strings: each makes the slip that it is for, and leaves what is none."""

from __future__ import annotations

import pytest

from tests.mutants.mutations import OPERATORS, Mutant

TRAINING = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
out = model(x)
loss = criterion(out, y)
loss.backward()
optimizer.step()
scheduler.step()
"""

FUNCTION = """
class Halve(Function):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output / 2
"""

LAYER = """
class Scale(nn.Module):
    def __init__(self):
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        y = x * self.weight
        return y
"""

#: Operator, what it is given, a part of what it must make of it.
MADE = [
    ("activation-edited-in-place", "x = torch.tanh(y)\n", "x = torch.tanh(y)\nx.clamp_(0.1, 0.9)"),
    ("activation-edited-through-data", "if a:\n\tx = F.relu(y)\n", "\tx = F.relu(y)\n\tx.data.clamp_(0.1, 0.9)\n"),
    ("activation-edited-through-detach", "x = self.sigmoid(y)", "x.detach().clamp_(0.1, 0.9)"),
    ("activation-edited-through-numpy", "x = y.exp()\nz = x", "shown.clip(0.1, 0.9, out=shown)\nz = x"),
    ("activation-in-place", "x = F.relu(y)", "F.relu(y, inplace=True)"),
    ("activation-in-place", "x = nn.LeakyReLU(0.2)", "nn.LeakyReLU(0.2, inplace=True)"),
    ("backward-twice", TRAINING, "loss.backward()\nloss.backward()\n"),
    ("clone-dropped", "x = y.detach().clone()", "x = y.detach()"),
    ("detach-discarded", "h = h.detach()", "h.detach()"),
    ("detach-dropped", "f((a + b).detach())", "f((a + b))"),
    ("detach-in-place", "f(a.detach())", "f(a.detach_())"),
    ("detach-to-data", "f(a.detach())", "f(a.data)"),
    ("forward-under-no-grad", TRAINING, "with torch.no_grad():\n    out = model(x)\nloss ="),
    ("frozen-before-backward", TRAINING, "for p in model.parameters(): p.requires_grad_(False)\nloss.backward()"),
    ("gradient-edited-in-place", FUNCTION, "        grad_output.mul_(0.5)\n        return grad_output / 2"),
    ("graph-not-retained", "a.backward(retain_graph=True)", "a.backward()"),
    ("graph-not-retained", "grad(a, b, create_graph=True)", "grad(a, b)"),
    (
        "loop-before-backward",
        "a.backward()\no.step()\nfor p in ps:\n    p.data.clamp_(0, 1)\nb = 1",
        "for p in ps:\n    p.data.clamp_(0, 1)\na.backward()\no.step()\nb = 1",
    ),
    ("loss-input-cut", "loss = F.mse_loss(out, y)", "F.mse_loss(out.detach(), y)"),
    ("loss-input-cut", "loss = F.mse_loss(a - b, y)", "F.mse_loss((a - b).detach(), y)"),
    ("loss-rewrapped", TRAINING, "loss = torch.tensor(loss.item(), requires_grad=True)\nloss.backward()"),
    ("method-in-place", "x = y.clamp(0, 1)", "x = y.clamp_(0, 1)"),
    ("method-in-place", "x = torch.sigmoid(y)", "torch.sigmoid_(y)"),
    ("no-grad-dropped", "with torch.no_grad():\n    w -= g", "with torch.enable_grad():\n    w -= g"),
    ("parameter-scaled-in-forward", LAYER, "        self.weight.data.mul_(0.9)\n        return y"),
    ("step-before-backward", TRAINING, "optimizer.step()\nloss.backward()\nscheduler"),
    ("sum-in-place", "x = x + y", "x += y"),
    ("sum-in-place", "x = y * x", "x *= y"),
    ("sum-through-data", "x = x - y", "x.data.sub_(y)"),
    ("weights-written-before-backward", TRAINING, "    p.data.clamp_(-0.05, 0.05)\nloss.backward()"),
]

LEFT = [
    ("activation-edited-in-place", "x = self.linear(y)"),
    ("activation-edited-through-data", "a, b = torch.tanh(x).chunk(2)"),
    ("activation-edited-through-detach", "self.out = torch.tanh(x)"),
    ("activation-edited-through-numpy", "x = x + y"),
    ("activation-in-place", "x = F.relu(y, inplace=True)"),
    ("activation-in-place", "x = nn.ReLU(True)"),
    ("backward-twice", "x = loss.backward"),
    ("clone-dropped", "x = y.clone(memory_format=f)"),
    ("detach-discarded", "h = g.detach()"),
    ("detach-dropped", "h.detach_()"),
    ("detach-in-place", "h = h.data"),
    ("detach-to-data", "h = h.data"),
    ("forward-under-no-grad", "out = model(x)"),
    ("frozen-before-backward", "loss.backward()\noptimizer.step()"),
    ("gradient-edited-in-place", FUNCTION.replace("Function", "nn.Module")),
    ("graph-not-retained", "loss.backward()"),
    ("loop-before-backward", "for p in ps:\n    p.data.clamp_(0, 1)\na.backward()"),
    ("loss-input-cut", "x = f(out, y)"),
    ("loss-rewrapped", "(a + b).backward()"),
    ("method-in-place", "x = np.clip(y, 0, 1) + torch.abs(z)"),
    ("no-grad-dropped", "with open(p) as f:\n    pass"),
    ("parameter-scaled-in-forward", LAYER.replace("nn.Parameter", "")),
    ("step-before-backward", "loss.backward()\nscheduler.step()"),
    ("sum-in-place", "x = x - 1"),
    ("sum-through-data", "x = y - x"),
    ("weights-written-before-backward", "loss.backward()\noptimizer.step()"),
]


@pytest.mark.parametrize(("operator", "source", "made"), MADE)
def test_makes_the_slip(operator: str, source: str, made: str) -> None:
    assert any(made in mutant.source for mutant in _mutants(operator, source))


@pytest.mark.parametrize(("operator", "source"), LEFT)
def test_leaves_what_is_none(operator: str, source: str) -> None:
    assert _mutants(operator, source) == []


def test_every_operator_has_both_examples() -> None:
    names = {operator.name for operator in OPERATORS}
    assert names == {each[0] for each in MADE} == {each[0] for each in LEFT}


@pytest.mark.parametrize(("operator", "source"), [each[:2] for each in MADE])
def test_every_mutant_and_twin_is_a_program(operator: str, source: str) -> None:
    for mutant in _mutants(operator, source):
        compile(mutant.source, "mutant", "exec")
        compile(mutant.twin or "", "twin", "exec")


def test_a_twin_writes_where_autograd_sees_it() -> None:
    mutants = _mutants("activation-edited-through-data", "x = torch.tanh(y)\nz = torch.exp(x)\nw = torch.tanh(z)\n")
    twins = [mutant.twin or "" for mutant in mutants]
    assert ["x = x.clamp(0.1, 0.9)" in twins[0], "z = z * 0.5" in twins[1]] == [True, True]
    assert "w = w.masked_fill(w < 0.2, 0)" in twins[2]


def _mutants(operator: str, source: str) -> list[Mutant]:
    return list(next(each for each in OPERATORS if each.name == operator).mutants(source))
