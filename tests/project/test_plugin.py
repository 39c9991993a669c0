"""flake8, which looks at one file after the other: what another file does is told at the line that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.trees import RESET, main, write_tree
from tests.test_flake8 import codes, flake8

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"main.py": main("from lib.helper import reset"), "lib/helper.py": RESET}
LEAD = (
    "./main.py:6:1: GRD111 `x.data.zero_()` overwrites the output that exp saved, through `.data`: "
    "a.grad will be silently wrong"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of two files."""
    return write_tree(tmp_path, FILES)


def test_a_finding_of_another_file_is_told_at_the_call_that_leads_there(folder: Path) -> None:
    run = flake8(folder, "--isolated", "--select", "GRD1,GRD2")
    assert run.stdout == f"{LEAD} (in lib/helper.py, line 2)\n"
    assert run.stderr == ""


def test_two_processes_say_the_same(folder: Path) -> None:
    run = flake8(folder, "--isolated", "--select", "GRD1,GRD2", "--jobs", "2")
    assert run.stdout == f"{LEAD} (in lib/helper.py, line 2)\n"


def test_the_working_folder_does_not_matter(folder: Path) -> None:
    run = flake8(folder / "lib", "--isolated", "--select", "GRD1,GRD2", "../main.py")
    assert run.stdout == f"{LEAD} (in helper.py, line 2)\n".replace("./main.py", "../main.py")


def test_the_option_looks_at_each_file_alone(folder: Path) -> None:
    assert codes(flake8(folder, "--isolated", "--select", "GRD1,GRD2", "--gradsafe-no-project")) == []


@pytest.mark.parametrize("line", ["gradsafe-no-project = true", "gradsafe_no_project = True"])
def test_the_configuration_looks_at_each_file_alone(folder: Path, line: str) -> None:
    (folder / "setup.cfg").write_text("[flake8]\nselect = GRD1\n")
    assert codes(flake8(folder)) == ["GRD111"]
    (folder / "setup.cfg").write_text(f"[flake8]\nselect = GRD1\n{line}\n")
    assert codes(flake8(folder)) == []


def test_the_option_is_explained() -> None:
    from pathlib import Path

    assert "--gradsafe-no-project" in flake8(Path(__file__).parent, "--help").stdout


@pytest.mark.parametrize("name", ["main.py", "lib/helper.py"])
@pytest.mark.parametrize(
    ("comment", "expected"), [("# noqa", []), ("# noqa: GRD111", []), ("# noqa: GRD211", ["GRD111"])]
)
def test_a_comment_silences_it_where_it_is_told_and_where_it_stands(
    folder: Path, name: str, comment: str, expected: list[str]
) -> None:
    line = {"main.py": "\nreset(out)", "lib/helper.py": "x.data.zero_()  # GRD111"}[name]
    text = FILES[name].replace(line, f"{line.split('  #')[0]}  {comment}")
    assert text != FILES[name]
    (folder / name).write_text(text)
    assert codes(flake8(folder, "--isolated", "--select", "GRD1")) == expected
    assert codes(flake8(folder, "--isolated", "--select", "GRD1", "--disable-noqa")) == ["GRD111"]


def test_a_file_without_comments_for_us_silences_it_as_a_whole(folder: Path) -> None:
    (folder / "lib" / "helper.py").write_text(f"# flake8: noqa\n{RESET}")
    assert codes(flake8(folder, "--isolated", "--select", "GRD1")) == []


def test_advice_is_told_in_its_own_file_alone(tmp_path: Path) -> None:
    helper = "import torch\n\n\ndef reset(x: torch.Tensor):\n    x.data.clamp_(0, 1)\n"
    write_tree(
        tmp_path, {"main.py": "import torch\nfrom helper import reset\n\nreset(torch.ones(3))\n", "helper.py": helper}
    )
    run = flake8(tmp_path, "--isolated", "--select", "GRD")
    assert [line.split(" ", 2)[:2] for line in run.stdout.splitlines()] == [["./helper.py:5:5:", "GRD911"]]


def test_what_comes_from_the_standard_input_is_looked_at_where_it_stands(folder: Path) -> None:
    arguments = ("--isolated", "--select", "GRD1", "--stdin-display-name")
    text = FILES["main.py"]
    assert codes(flake8(folder, *arguments, "main.py", "-", text=text)) == ["GRD111"]
    assert codes(flake8(folder, *arguments, "absent.py", "-", text=text)) == []


def test_a_module_that_cannot_be_used_is_not_spoken_of(folder: Path) -> None:
    (folder / "lib" / "helper.py").write_text("def f(:\n")
    run = flake8(folder, "--isolated", "--select", "GRD1,GRD2", "main.py")
    assert (run.stdout, run.stderr) == ("", "")
