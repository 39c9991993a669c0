"""flake8's runs remember what earlier ones have found, as the command's do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.command.running import CLEAN, PROVEN, SUSPECT, gradsafe
from tests.test_flake8 import codes, flake8

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--isolated", "--select", "GRD1,GRD2")
MODEL = "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
LAYER = "        self.layer = nn.Linear(3, 1)\n\n    def forward(self, x):\n        return self.layer(x){cut}\n"
TRAINING = "import torch\n\nfrom model import Net\n\nnet = Net()\nloss = net(torch.ones(2, 3)).sum()\nloss.backward()\n"
MENDABLE = PROVEN.replace("out.data.zero_()", "copy = out.detach()\ncopy.zero_()") + "print(copy)\n"


def rows(folder: Path) -> int:
    """How many analyses a folder remembers."""
    with closing(sqlite3.connect(folder / "analyses.sqlite")) as database:
        number: int = database.execute("SELECT count(*) FROM analyses").fetchone()[0]
    return number


def forge(folder: Path) -> None:
    """Have all that is remembered say that nothing was found."""
    with closing(sqlite3.connect(folder / "analyses.sqlite")) as database, database:
        database.execute(
            "UPDATE analyses SET analysis = json_set(analysis, '$.findings', json('[]'), '$.problem', '', '$.line', NULL)"
        )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_did_not_change_is_not_analysed_again(tmp_path: Path, jobs: str) -> None:
    for name, text in {"a.py": PROVEN, "b.py": SUSPECT, "c.py": CLEAN, "d.py": "import os\n"}.items():
        (tmp_path / name).write_text(text)
    assert codes(flake8(tmp_path, *OPTIONS, "--jobs", jobs)) == ["GRD111", "GRD211"]
    assert rows(tmp_path / ".gradsafe_cache") == 3
    assert codes(flake8(tmp_path, *OPTIONS, "--jobs", jobs)) == ["GRD111", "GRD211"]
    forge(tmp_path / ".gradsafe_cache")
    assert codes(flake8(tmp_path, *OPTIONS, "--jobs", jobs)) == []
    assert codes(flake8(tmp_path, *OPTIONS, "--jobs", jobs, "--gradsafe-no-cache")) == ["GRD111", "GRD211"]
    (tmp_path / "b.py").write_text(SUSPECT + "\n")
    assert codes(flake8(tmp_path, *OPTIONS, "--jobs", jobs)) == ["GRD211"]


def test_other_codes_are_another_analysis(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROVEN)
    assert codes(flake8(tmp_path, "--isolated", "--select", "GRD2")) == []
    assert codes(flake8(tmp_path, "--isolated", "--select", "GRD1")) == ["GRD111"]


def test_an_edited_import_makes_its_importers_stale(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("")
    (tmp_path / "train.py").write_text(TRAINING)
    (tmp_path / "model.py").write_text(MODEL + LAYER.format(cut=""))
    assert codes(flake8(tmp_path, *OPTIONS, "train.py")) == []
    (tmp_path / "model.py").write_text(MODEL + LAYER.format(cut=".detach()"))
    assert codes(flake8(tmp_path, *OPTIONS, "train.py")) == ["GRD122"]
    (tmp_path / "model.py").write_text(MODEL + LAYER.format(cut=""))
    assert codes(flake8(tmp_path, *OPTIONS, "train.py")) == []


def test_a_file_that_is_not_analysed_is_told_in_every_run(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text(SUSPECT + "y = " + "[" * 160 + "x" + "]" * 160 + "\n")
    told = [flake8(tmp_path, *OPTIONS).stderr for _ in range(2)]
    assert told == ["./deep.py:5: not analysed: nests too deep\n"] * 2
    assert rows(tmp_path / ".gradsafe_cache") == 1


def test_options_name_the_folder_or_none(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROVEN)
    (tmp_path / "setup.cfg").write_text("[flake8]\ngradsafe-cache-dir = elsewhere\n")
    assert codes(flake8(tmp_path, "--select", "GRD1")) == ["GRD111"]
    assert rows(tmp_path / "elsewhere") == 1
    (tmp_path / "setup.cfg").write_text("[flake8]\ngradsafe-no-cache = true\n")
    assert codes(flake8(tmp_path, "--select", "GRD1")) == ["GRD111"]
    assert not (tmp_path / ".gradsafe_cache").exists()


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROVEN)
    (tmp_path / ".gradsafe_cache").write_text("no folder")
    for _ in range(2):
        assert codes(flake8(tmp_path, *OPTIONS)) == ["GRD111"]
    assert (tmp_path / ".gradsafe_cache").read_text() == "no folder"


def test_the_command_does_not_take_an_analysis_without_fixes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MENDABLE)
    assert codes(flake8(tmp_path, *OPTIONS)) == ["GRD121"]
    run = gradsafe(tmp_path, "check", "--isolated", "--select", "GRD1,GRD2", "--unsafe-fixes", "--diff", "a.py")
    assert "+copy = out.detach().clone()" in run.stdout.splitlines()
