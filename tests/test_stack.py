"""Programs that nest deep, where the stack is small."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, TypeVar

import pytest

from flake8_gradsafe import stack
from flake8_gradsafe.stack import on_large_stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

Result = TypeVar("Result")

DEPTH = 140
NESTED = {
    "parentheses": "(" * DEPTH + "x.exp()" + ")" * DEPTH,
    "calls": "f(" * DEPTH + "x" + ")" * DEPTH,
    "lists": "[" * DEPTH + "x" + "]" * DEPTH,
    "subscripts": "x[" * DEPTH + "0" + "]" * DEPTH,
    "lambdas": "lambda: " * DEPTH + "x",
    "conditions": "x if a else " * DEPTH + "x",
    "comprehensions": "[" * DEPTH + "x" + " for x in y]" * DEPTH,
}


def program(expression: str) -> str:
    """A program with one finding, and a nested expression."""
    return (
        "import torch\nx = torch.ones(1, requires_grad=True)\n"
        f"y = x.exp()\ny.data.zero_()\ny.sum().backward()\nz = {expression}\n"
    )


@pytest.mark.parametrize("nested", NESTED)
@pytest.mark.skipif(sys.platform == "win32", reason="threads have more there")
def test_a_thread_with_a_small_stack(nested: str) -> None:
    probe = (
        "import threading\nfrom flake8_gradsafe import check\n"
        f"text = {program(NESTED[nested])!r}\n"
        "threading.stack_size(128 * 1024)\n"
        "thread = threading.Thread(target=lambda: print([found.code for found in check(text, fixes=True)]))\n"
        "thread.start()\nthread.join()\n"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "['GRD111']\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize(
    "arguments", ["check --no-cache --isolated --format concise deep.py", "why --isolated deep.py:4"]
)
def test_a_command_with_a_small_stack(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "deep.py").write_text(program(NESTED["calls"]))
    command = f"ulimit -S -s 512; {shlex.quote(sys.executable)} -m flake8_gradsafe {arguments}"
    run = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.stderr == ""
    assert "GRD111" in run.stdout


def in_a_thread(function: Callable[[], Result]) -> Result:
    """What a function gives in a thread of its own."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def test_results_and_errors_come_back() -> None:
    @on_large_stack
    def divided(number: int, *, by: int) -> float:
        return number / by

    def refused() -> bool:
        with pytest.raises(ZeroDivisionError):
            divided(1, by=0)
        return True

    assert in_a_thread(lambda: divided(1, by=2)) == 0.5
    assert in_a_thread(refused)


def test_no_thread_is_started_where_the_stack_suffices() -> None:
    name = on_large_stack(lambda: threading.current_thread().name)
    twice = on_large_stack(lambda: (threading.current_thread().name, name()))

    def declared() -> bool:
        stack.declare_large()
        return name() == threading.current_thread().name

    assert in_a_thread(name) == "analysis"
    assert len(set(in_a_thread(twice))) == 1
    assert in_a_thread(declared)


def test_the_size_of_other_threads_stays() -> None:
    before = threading.stack_size()
    in_a_thread(on_large_stack(lambda: None))
    assert threading.stack_size() == before


def test_where_no_thread_can_be_started_that_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(stack, "_is_large", lambda: False)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(MemoryError):
        on_large_stack(lambda: None)()
