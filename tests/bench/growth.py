"""Programs that grow in one way each: the size doubles, and what it costs is watched.

All are PyTorch that could stand in a repository, and none is without something that concerns the linter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from textwrap import indent

_HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"
_SETTING = """\
net = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(4, 8)
scale = torch.ones(8, requires_grad=True)
hidden = torch.zeros(4, 8)
"""
#: What a training script does, a few lines each: with and without what autograd cannot see.
_STEPS = (
    "out = net(x * scale)\nloss = F.mse_loss(out, torch.zeros(4, 1))\n",
    "optimizer.zero_grad()\nloss.backward()\noptimizer.step()\n",
    "scale.data.clamp_(0.1, 10.0)\n",
    "hidden = torch.tanh(x * scale + hidden.detach())\n",
    "running = hidden.detach()\nrunning.mul_(0.9)\n",
    "for parameter in net.parameters():\n    parameter.data.add_(parameter.grad, alpha=-0.01)\n",
    "with torch.no_grad():\n    scale.mul_(0.99)\n",
    "hidden.detach_()\n",
)


@dataclass(frozen=True)
class Growth:
    """One way in which a program grows: what is counted, the first size, how many there are, the program of a size."""

    what: str
    first: int
    times: int
    program: Callable[[int], str]

    def programs(self) -> Iterator[tuple[int, str]]:
        """Each size with its program."""
        for doubled in range(self.times):
            size = self.first << doubled
            yield size, self.program(size)


def statements(size: int) -> str:
    """A training script of about that many lines."""
    lines = "".join(islice(cycle(_STEPS), size)).splitlines(keepends=True)[:size]
    while lines and (lines[-1].startswith(" ") or lines[-1].rstrip().endswith(":")):
        lines.pop()  # a block that the last line would cut
    return _HEAD + _SETTING + "".join(lines)


def functions(size: int) -> str:
    """That many functions beside one another, all of which the script calls."""
    bodies = (
        f"def update_{i}(weight, x):\n"
        "    out = torch.sigmoid(x * weight)\n"
        "    loss = out.sum()\n"
        "    loss.backward()\n"
        "    weight.data.sub_(weight.grad)\n"
        "    weight.grad.zero_()\n"
        "    return out.detach()\n\n\n"
        for i in range(size)
    )
    calls = "".join(f"x = update_{i}(scale, x)\n" for i in range(size))
    return _HEAD + "\n" + "".join(bodies) + _SETTING + calls


def branches(size: int) -> str:
    """That many decisions in one function, one behind the other."""
    ways = ("h = torch.sigmoid(h)\n", "h = h.detach()\n", "h.data.mul_(0.5)\n", "h = torch.exp(h)\n")
    decisions = "".join(
        f"if flags[{i}]:\n{indent(way, '    ')}else:\n    h = h * weight\n"
        for i, way in enumerate(islice(cycle(ways), size))
    )
    return (
        _HEAD + "\ndef train(weight, x, flags):\n" + indent(f"h = x * weight\n{decisions}h.sum().backward()\n", "    ")
    )


def calls(size: int) -> str:
    """A chain of calls that deep, each function computing on what the next one gives."""
    links = "".join(
        f"def level_{i}(weight, x):\n"
        f"    inner = {f'level_{i + 1}(weight, torch.tanh(x * weight))' if i + 1 < size else 'x.exp()'}\n"
        "    out = torch.sigmoid(inner)\n"
        "    out.data.clamp_(0.1, 0.9)\n"
        "    return out * inner.detach()\n\n\n"
        for i in range(size)
    )
    return _HEAD + "\n" + links + _SETTING + "level_0(scale, x).sum().backward()\n"


def loops(size: int) -> str:
    """Loops that deep in one another, each with a step of its own."""
    level = "for i{0} in range(n):\n    state = torch.sigmoid(state * weight)\n"
    nest = "".join(indent(level.format(each), "    " * each) for each in range(size))
    inner = indent(
        "state.data.mul_(0.9)\nstate.sum().backward(retain_graph=True)\nstate = state.detach()\n", "    " * size
    )
    return _HEAD + "\ndef train(weight, state, n):\n" + indent(nest + inner, "    ")


def classes(size: int) -> str:
    """That many modules, and a model that is made of them all."""
    modules = "".join(
        f"class Block{i}(nn.Module):\n"
        "    def __init__(self, width):\n"
        "        super().__init__()\n"
        "        self.linear = nn.Linear(width, width)\n"
        "        self.register_buffer('average', torch.zeros(width))\n\n"
        "    def forward(self, x):\n"
        "        out = F.relu(self.linear(x))\n"
        "        self.average.mul_(0.9).add_(out.detach().mean(0), alpha=0.1)\n"
        "        self.linear.weight.data.clamp_(-1, 1)\n"
        "        return out + self.average\n\n\n"
        for i in range(size)
    )
    made = ", ".join(f"Block{i}(8)" for i in range(size))
    step = "loss = model(torch.randn(4, 8)).sum()\nloss.backward()\n"
    return _HEAD + "\n" + modules + f"model = nn.Sequential({made})\n" + step


GROWTHS = (
    Growth("statements of a training script", 50, 7, statements),
    Growth("functions in a file", 8, 7, functions),
    Growth("branches in a function", 4, 7, branches),
    Growth("depth of calls", 2, 6, calls),
    Growth("loops in one another", 1, 5, loops),
    Growth("classes in a file", 4, 7, classes),
)
