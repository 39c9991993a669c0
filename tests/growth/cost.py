"""What a check costs, in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from flake8_gradsafe.engine import check
from flake8_gradsafe.syntax.tree import TooDeep

#: Seconds after which a run is given up.
GIVEN_UP = 60


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds of CPU, the most memory its process had in megabytes, and what was found."""

    seconds: float
    megabytes: float
    findings: int


def _run(text: str, wanted: frozenset[str] | None, back: Connection) -> None:
    check("import torch\nx = torch.ones(1, requires_grad=True).exp()\nx.data.mul_(2)\nx.sum().backward()\n")  # imports
    start = time.process_time()
    try:
        findings = len(check(text, wanted=wanted))
    except (TooDeep, RecursionError):
        back.close()
        return
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    back.send(Cost(time.process_time() - start, peak, findings))


def cost(text: str, wanted: frozenset[str] | None) -> Cost | None:
    """What a check in a process of its own costs; None where it was given up, or the text was refused."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(text, wanted, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(GIVEN_UP) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()
