"""What the guard costs: a training step of three small models under it, as a ratio to the same step without it.

`python -m tests.bench.guarding` prints the table, with `--write` into docs/benchmark-guard.md. It needs torch.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import nn

from flake8_gradsafe.runtime.auditing.guard import Guard

PAGE = Path(__file__).parents[2] / "docs" / "benchmark-guard.md"
STEPS, REPEATS = 20, 5
_INTRODUCTION = """\
# What the guard costs

Written by `python -m tests.bench.guarding --write`. A training step of a small model (forward, backward, Adam), batches of 16,
one thread, on the processor: the time of a step without the guard, then the ratios under it, the best of {repeats} runs of
{steps} steps each. The exact guard takes as much memory again as operators save.

CPython {python}, torch {torch}.

| model | plain, ms | exact | sampled |
| --- | ---: | ---: | ---: |
"""


class Recurrent(nn.Module):
    """An LSTM over twenty steps."""

    def __init__(self) -> None:
        """Make its layers."""
        super().__init__()
        self.cells = nn.LSTM(32, 64, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of shape (batch, 10) of sequences of shape (batch, 20, 32)."""
        scores: torch.Tensor = self.head(self.cells(x)[0][:, -1])
        return scores


class Attending(nn.Module):
    """A block of a transformer over twenty tokens."""

    def __init__(self) -> None:
        """Make its layers."""
        super().__init__()
        self.block = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of shape (batch, 10) of sequences of shape (batch, 20, 64)."""
        scores: torch.Tensor = self.head(self.block(x).mean(1))
        return scores


def convolutions() -> nn.Module:
    """Two convolutions over images of shape (3, 32, 32), and a head."""
    first = (nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2))
    return nn.Sequential(*first, nn.Conv2d(16, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 13 * 13, 10))


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "convolutions": (convolutions, (3, 32, 32)),
    "LSTM": (Recurrent, (20, 32)),
    "transformer block": (Attending, (20, 64)),
}
GUARDS: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "plain": contextlib.nullcontext,
    "exact": lambda: Guard("record"),
    "sampled": lambda: Guard("record", exact=False),
}


def seconds_of_a_step(model: str, guard: str) -> float:
    """The time of one step of a model under a guard, in seconds: a mean over some steps, behind one that warms up."""
    make, shape = MODELS[model]
    torch.manual_seed(0)
    net, x, y = make(), torch.rand(16, *shape), torch.randint(10, (16,))
    optimizer = torch.optim.Adam(net.parameters())
    with GUARDS[guard]():
        started = time.perf_counter()
        for number in range(STEPS + 1):
            if number == 1:
                started = time.perf_counter()
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(net(x), y))
            optimizer.step()
        return (time.perf_counter() - started) / STEPS


def rows() -> Iterator[str]:
    """The table's rows."""
    for model in MODELS:
        best = {guard: min(seconds_of_a_step(model, guard) for _ in range(REPEATS)) for guard in GUARDS}
        ratios = " | ".join(f"{best[guard] / best['plain']:.1f}" for guard in ("exact", "sampled"))
        yield f"| {model} | {best['plain'] * 1000:.1f} | {ratios} |"


def main(arguments: Sequence[str]) -> None:
    """Print the table, or write it."""
    torch.set_num_threads(1)
    python = ".".join(map(str, sys.version_info[:3]))
    introduction = _INTRODUCTION.format(
        repeats=REPEATS, steps=STEPS, python=python, torch=torch.__version__.partition("+")[0]
    )
    text = introduction + "".join(f"{row}\n" for row in rows())
    if arguments == ["--write"]:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
