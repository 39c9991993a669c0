"""One process that measures: it is told a file and its tools on a line of JSON, and answers on one.

It is a process of its own because a child's peak of memory begins at that of its parent.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

from flake8_gradsafe.syntax.gate import may_concern_us
from tests.bench.tools import Handed, Tool, load, read

#: Seconds of the clock after which a tool has failed on a file. Under a limit of CPU time, Linux counts that in ticks of 4 ms.
LIMIT = 120


@dataclass(frozen=True)
class Measured:
    """What each tool needed for a file, in seconds of CPU; why others failed; whether the text gate lets the file through."""

    name: str
    lines: int = 0
    let_through: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> None:
    """Measure with the tools named, each of them `arguments[0]` times, until the input ends."""
    repeat, tools = int(arguments[0]), {name: load(name) for name in arguments[1:]}
    answers, sys.stdout = sys.stdout, sys.stderr
    signal.signal(signal.SIGALRM, _give_up)
    for turn, line in enumerate(sys.stdin):
        name, path, wanted = json.loads(line)
        # Nobody always runs on the garbage of the same predecessor.
        start = turn % len(wanted)
        order = wanted[start:] + wanted[:start]
        print(
            json.dumps(asdict(_measure(name, Path(path), {each: tools[each] for each in order}, repeat))), file=answers
        )
        answers.flush()


def _measure(name: str, path: Path, tools: Mapping[str, Tool], repeat: int) -> Measured:
    try:
        file = read(path)
    except (SyntaxError, ValueError) as error:
        return Measured(name, failures=dict.fromkeys(tools, _told(error)))
    seconds, failures = {}, {}
    for each, tool in tools.items():
        try:
            seconds[each] = min(_seconds(tool, file) for _ in range(repeat))
        except Exception as error:  # noqa: BLE001, PERF203
            failures[each] = _told(error)
    return Measured(name, len(file.lines), may_concern_us(file.text), seconds, failures)


def _seconds(tool: Tool, file: Handed) -> float:
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        started = time.process_time()
        kept = tool(file)
        needed = time.process_time() - started
        del kept
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return needed


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {LIMIT} s")


if __name__ == "__main__":
    main(sys.argv[1:])
