"""Errors of our own: one line, exit 2, and the other files are reported all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.command import check, run
from flake8_gradsafe.command.main import main
from tests.command.running import PROVEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any


def _failing_for(name: str, function: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """A function that fails where its first argument tells of this file."""

    def failing(first: Any, *others: Any) -> Any:
        if getattr(first, "path", first) == name:
            raise error
        return function(first, *others)

    return failing


@pytest.mark.parametrize(
    ("part", "error", "told"),
    [
        ("document", KeyError("lost"), "not read: internal error, please report it: KeyError: 'lost'"),
        ("filter_findings", KeyError("lost"), "not reported: internal error, please report it: KeyError: 'lost'"),
        ("filter_findings", MemoryError(), "not reported: there is not enough memory"),
    ],
)
def test_of_a_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    part: str,
    error: Exception,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(PROVEN)
    (tmp_path / "b.py").write_text(PROVEN)
    monkeypatch.setattr(run, part, _failing_for("a.py", getattr(run, part), error))
    assert main(["check", "--isolated", "--no-cache", "--format", "concise"]) == 2
    output, errors = capsys.readouterr()
    assert output.startswith("b.py:5:1: GRD111")
    assert errors == f"gradsafe: a.py: {told}\n"


def test_of_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def failing(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(check, "load_settings", failing)
    assert main(["check"]) == 2
    assert capsys.readouterr().err == "gradsafe: error: not done: internal error, please report it: KeyError: 'lost'\n"
