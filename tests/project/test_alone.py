"""With more in sight, no less is said: what the run with the imports leaves open is told as the file tells it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.interpreter import budget
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = frozenset(code for code in CODES if not code.startswith("GRD9"))

COACH = """\
from torch import optim

from followers import follow


class Coach:
    def __init__(self, player, judge, later, rate=0.01):
        self.player, self.judge, self.later = player, judge, later
        self.player_optimizer = optim.Adam(self.player.parameters(), lr=rate)
        self.judge_optimizer = optim.Adam(self.judge.parameters(), lr=rate)

    def learn(self, boards, outcomes):
        judge_loss = (self.judge(boards) - outcomes).square().mean()
        self.judge_optimizer.zero_grad()
        judge_loss.backward()
        self.judge_optimizer.step()
        follow(self.judge, self.later)

        moves = self.player(boards)
        player_loss = -self.judge(moves.detach()).mean()
        self.player_optimizer.zero_grad()
        player_loss.backward()
        self.player_optimizer.step()
"""
CUT = 20

#: More statements than a short budget allows for.
NUMBERS = range(150)
FOLLOWERS = "\n".join(f"def follow_{number}(leader, follower):\n    return {number}\n\n" for number in NUMBERS)
FOLLOWERS += "\ndef follow(leader, follower):\n    return [{}]\n".format(", ".join(f"follow_{n}" for n in NUMBERS))


def found(folder: Path, **files: str) -> set[tuple[int, str]]:
    """The findings of the first of some files by their lines, with the imports of the others followed."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    first, text = next(iter(files.items()))
    imports = FileImports(str(folder / f"{first}.py"), Sources(), str(folder))
    return {(finding.line, finding.code) for finding in check(text, wanted=DEFAULT, imports=imports)}


@pytest.mark.parametrize("enough", [True, False])
def test_what_the_imports_left_no_steps_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enough: bool
) -> None:
    for name in ("QUICK_SCRIPT_STEPS", "MAX_STEPS"):
        monkeypatch.setattr(budget, name, 2000 if enough else 60)
    assert found(tmp_path, coach=COACH, followers=FOLLOWERS) == {(CUT, "GRD225")}


def test_what_another_file_refutes_is_not(tmp_path: Path) -> None:
    step = """\
from losses import distance


def train_step(model, optimizer, inputs, targets):
    hidden = model(inputs)
    loss = distance(hidden, targets)
    hidden.data.mul_(0.5)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    keeps = "def distance(hidden, targets):\n    return (hidden - targets).sum()\n"
    assert found(tmp_path, step=step, losses=keeps) == set()
    assert {code for _, code in found(tmp_path, step=step, losses=keeps.replace("hidden - targets", "hidden**2"))}
