"""The command over a project: each finding once, in the file where it stands, with the trace through the others."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest

from flake8_gradsafe import analysis
from flake8_gradsafe.report.objects import schema
from tests.command.running import PROVEN, SUSPECT, check, codes, gradsafe, gradsafe_process, notebook, objects
from tests.project.trees import KEEP, RESET, main, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_gradsafe.analysis import Analysis
    from flake8_gradsafe.project.imports import FileImports

FILES = {"main.py": main("from lib.helper import reset"), "lib/helper.py": RESET}
MESSAGE = "GRD111 `x.data.zero_()` overwrites the output that exp saved, through `.data`: a.grad will be silently wrong"
LEAD = f"main.py:6:1: {MESSAGE} (in lib/helper.py, line 2)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of two files."""
    return write_tree(tmp_path, FILES)


def report(folder: Path, form: str, *arguments: str) -> str:
    """What is printed in a form."""
    return gradsafe(folder, "check", "--no-cache", "--format", form, *arguments).stdout


# -- where it is told ---------------------------------------------------------------------------------------------------


def test_the_whole_project_tells_it_once_where_it_stands(folder: Path) -> None:
    assert check(folder).stdout == f"lib/helper.py:2:5: {MESSAGE}\n"
    assert check(folder, "main.py", "lib").stdout == f"lib/helper.py:2:5: {MESSAGE}\n"
    assert check(folder, "lib/helper.py", str(folder / "main.py")).stdout == f"lib/helper.py:2:5: {MESSAGE}\n"


def test_a_part_of_the_project_tells_it_at_the_call(folder: Path) -> None:
    assert check(folder, "main.py").stdout == LEAD
    assert check(folder / "lib", "../main.py").stdout == f"../{LEAD}".replace("lib/", "")


def test_a_file_is_looked_at_with_what_its_callers_hand_over(folder: Path) -> None:
    assert check(folder, "lib").stdout == f"lib/helper.py:2:5: {MESSAGE}\n"
    assert check(folder, "lib", "--no-project").stdout == ""
    (folder / "lib" / "helper.py").write_text(RESET.replace("GRD111", "noqa: GRD111"))
    assert check(folder, "lib").stdout == ""


def test_callers_are_told_of_nothing_themselves(folder: Path) -> None:
    (folder / "main.py").write_text(FILES["main.py"] + "out.data.add_(1)\nout.sum().backward()\n")
    (folder / "broken.py").write_text("from lib.helper import reset\nreset(\n")
    run = check(folder, "lib")
    assert run.stdout == f"lib/helper.py:2:5: {MESSAGE}\n"
    assert run.stderr == ""


def test_callers_are_not_looked_at_for_a_text_that_is_not_on_disk(folder: Path) -> None:
    moved = f"import torch\n\n\n{RESET}"
    assert check(folder, "-", "--stdin-filename", "lib/helper.py", text=moved).stdout == ""


def test_callers_are_not_mended(folder: Path) -> None:
    before = (folder / "main.py").read_text()
    run = check(folder, "lib", "--fix", "--unsafe-fixes")
    assert "Traceback" not in run.stderr
    assert (folder / "main.py").read_text() == before


def test_two_processes_say_the_same(folder: Path) -> None:
    filler = "# Text alone, which costs nothing.\n" * 1000
    (folder / "main.py").write_text(FILES["main.py"] + filler)
    (folder / "lib" / "other.py").write_text(PROVEN + filler)
    for jobs in ("1", "2"):
        run = gradsafe_process(folder, "check", "--no-cache", "--format", "concise", "--jobs", jobs)
        assert [line.split(":", 2)[:2] for line in run.stdout.splitlines()] == [
            ["lib/helper.py", "2"],
            ["lib/other.py", "5"],
        ]


def test_two_files_that_lead_to_one_finding_tell_it_once(folder: Path) -> None:
    (folder / "again.py").write_text(FILES["main.py"])
    assert check(folder).stdout == f"lib/helper.py:2:5: {MESSAGE}\n"
    assert check(folder, "main.py", "again.py").stdout == LEAD + LEAD.replace("main", "again")


def test_what_both_files_find_is_told_once(folder: Path) -> None:
    layer = "import torch\nfrom torch import nn\n\nlayer = nn.Linear(3, 3)\n\n\n"
    reset = "def reset(x):\n    y = layer(x).exp()\n    y.data.zero_()\n    return y\n"
    (folder / "lib" / "helper.py").write_text(layer + reset)
    assert codes(check(folder, "lib")) == ["GRD211"]
    (folder / "main.py").write_text(main("from lib.helper import reset", "out = reset(a)"))
    assert [line[:23] for line in check(folder).stdout.splitlines()] == ["lib/helper.py:9:5: GRD1"]
    assert [line[:19] for line in check(folder, "main.py").stdout.splitlines()] == ["main.py:6:7: GRD111"]


def test_the_option_looks_at_each_file_alone(folder: Path) -> None:
    for arguments in ([], ["main.py"]):
        run = gradsafe(folder, "check", "--no-cache", "--no-project", *arguments)
        assert (run.returncode, run.stderr, run.stdout) == (0, "", "")


def test_a_link_in_the_project_makes_no_second_finding(folder: Path) -> None:
    (folder / "linked.py").symlink_to(folder / "lib" / "helper.py")
    (folder / "main.py").write_text(main("from linked import reset"))
    assert check(folder).stdout == f"linked.py:2:5: {MESSAGE}\n"


# -- forms --------------------------------------------------------------------------------------------------------------


def test_the_trace_names_the_other_file_in_text(folder: Path) -> None:
    assert report(folder, "text").splitlines() == [
        f"lib/helper.py:2:5: {MESSAGE}",
        "  5 | out = torch.exp(a)  (main.py)",
        "    |       ^^^^^^^^^^^^ saved here: exp keeps its output for backward",
        "  2 |     x.data.zero_()  # GRD111",
        "    |     ^^^^^^ shares the memory, not the version counter",
        "  6 | reset(out)  (main.py)",
        "    | ^^^^^^^^^^ called here",
        "  2 |     x.data.zero_()  # GRD111",
        "    |     ^^^^^^^^^^^^^^ overwritten here, unseen by autograd",
        "  7 | out.sum().backward()  (main.py)",
        "    | ^^^^^^^^^^^^^^^^^^^^ read here",
        "    = help: write to a copy: `copy = x.detach().clone()`; to change `x` itself, compute a new tensor: `x = …`",
        "",
        "1 finding in 1 file.",
    ]
    lines = report(folder, "text", "main.py").splitlines()
    assert lines[0] == LEAD.rstrip()
    assert "  2 |     x.data.zero_()  # GRD111  (lib/helper.py)" in lines


PLACES = [("main.py", 5), ("lib/helper.py", 2), ("main.py", 6), ("lib/helper.py", 2), ("main.py", 7)]


@pytest.mark.parametrize("paths", [[], ["main.py"]])
def test_the_trace_names_the_files_in_json(folder: Path, paths: list[str]) -> None:
    (found,) = objects(folder, *paths)
    jsonschema.Draft202012Validator(json.loads(schema())).validate([found])
    assert (found["filename"], found["location"]["row"]) == (("main.py", 6) if paths else ("lib/helper.py", 2))
    assert [(step["filename"], step["location"]["row"]) for step in found["trace"]] == PLACES


@pytest.mark.parametrize("paths", [[], ["main.py"]])
def test_the_code_flow_of_sarif_goes_through_the_files(folder: Path, paths: list[str]) -> None:
    (result,) = json.loads(report(folder, "sarif", *paths))["runs"][0]["results"]
    assert [place(each) for each in result["locations"]] == [("main.py", 6) if paths else ("lib/helper.py", 2)]
    ((flow,),) = [each["threadFlows"] for each in result["codeFlows"]]
    assert [place(step["location"]) for step in flow["locations"]] == PLACES
    assert [place(each) for each in result["relatedLocations"]] == PLACES


def place(location: dict[str, Any]) -> tuple[str, int]:
    """A location of SARIF's."""
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_annotations_and_junit_name_the_files_of_the_steps(folder: Path) -> None:
    steps = [
        "main.py:5: saved here: exp keeps its output for backward",
        "2: shares the memory, not the version counter",
        "main.py:6: called here",
        "2: overwritten here, unseen by autograd",
        "main.py:7: read here",
    ]
    (annotation,) = report(folder, "github").splitlines()
    assert annotation.startswith("::error title=GRD111 data-write-corrupts-gradient,file=lib/helper.py,line=2,")
    assert annotation.split("%0A")[1:-1] == steps
    failure = ElementTree.fromstring(report(folder, "junit")).find(".//failure")
    assert failure is not None
    assert (failure.text or "").splitlines()[1:-1] == steps


@pytest.mark.parametrize("form", ["concise", "gitlab", "rdjson", "jsonl"])
def test_other_forms_name_the_file_where_it_stands(folder: Path, form: str) -> None:
    assert "lib/helper.py" in report(folder, form)
    assert "main.py" in report(folder, form, "main.py")


# -- comments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paths", [[], ["main.py"]])
@pytest.mark.parametrize(("comment", "expected"), [("# noqa: GRD111", []), ("# noqa: GRD211", ["GRD111"])])
def test_a_comment_where_it_stands_silences_it(
    folder: Path, paths: list[str], comment: str, expected: list[str]
) -> None:
    (folder / "lib" / "helper.py").write_text(RESET.replace("# GRD111", comment))
    assert codes(check(folder, *paths)) == expected
    assert codes(check(folder, "--disable-noqa", *paths)) == ["GRD111"]


def test_a_comment_where_it_is_told_silences_it(folder: Path) -> None:
    (folder / "main.py").write_text(FILES["main.py"].replace("\nreset(out)", "\nreset(out)  # noqa: GRD111"))
    assert codes(check(folder, "main.py")) == []
    assert codes(check(folder)) == ["GRD111"]


def test_a_comment_that_silences_what_another_file_leads_to_is_of_use(folder: Path) -> None:
    (folder / "lib" / "helper.py").write_text(RESET.replace("# GRD111", "# noqa: GRD111"))
    run = gradsafe(folder, "check", "--no-cache", "--report-unused-noqa")
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("paths", [[], ["main.py"]])
def test_comments_are_added_where_it_is_told(folder: Path, paths: list[str]) -> None:
    before = {name: (folder / name).read_text() for name in FILES}
    run = gradsafe(folder, "check", "--no-cache", "--add-noqa=known", *paths)
    assert (run.returncode, run.stderr) == (0, "added 1 comment in 1 file\n")
    changed = {name for name in FILES if (folder / name).read_text() != before[name]}
    assert changed == ({"main.py"} if paths else {"lib/helper.py"})
    assert codes(check(folder, *paths)) == []


# -- what is remembered -------------------------------------------------------------------------------------------------


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were analysed, each by its first line."""
    found: list[str] = []

    def analyse_stored(text: str, wanted: frozenset[str], imports: FileImports | None = None) -> Analysis:
        found.append(text.split("\n", 1)[0])
        return analysis.analyse_stored(text, wanted, imports)

    monkeypatch.setattr("flake8_gradsafe.command.pool.analyse_stored", analyse_stored)
    return found


def remembered(folder: Path, *arguments: str) -> list[str]:
    """The codes that are found by a run that remembers, and the file of each."""
    run = gradsafe(folder, "check", "--jobs", "1", "--format", "concise", "--isolated", *arguments)
    assert run.stderr == ""
    return [f"{line.split(':')[0]} {line.split()[1]}" for line in run.stdout.splitlines()]


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """A project whose files begin with lines of their own."""
    files = {
        "main.py": "# main\n" + main("from lib.helper import reset"),
        "other.py": "# other\n" + main("from lib.second import reset"),
        "alone.py": "# alone\n" + PROVEN,
        "lib/helper.py": "# helper\nimport torch\n" + RESET,
        "lib/second.py": "# second\nimport torch\n" + KEEP,
    }
    return write_tree(tmp_path, files)


FIRST = ["alone.py GRD111", "lib/helper.py GRD111"]


def test_what_has_not_changed_is_not_analysed_again(cached: Path, analysed: list[str]) -> None:
    assert remembered(cached) == FIRST
    assert len(analysed) == 5
    analysed.clear()
    assert remembered(cached) == FIRST
    assert analysed == []
    (cached / "lib" / "helper.py").write_text((cached / "lib" / "helper.py").read_text())
    assert remembered(cached) == FIRST
    assert analysed == []


def test_an_edited_module_makes_its_importers_stale_and_nothing_else(cached: Path, analysed: list[str]) -> None:
    remembered(cached)
    analysed.clear()
    (cached / "lib" / "helper.py").write_text("# helper\nimport torch\n" + KEEP)
    assert remembered(cached) == ["alone.py GRD111"]
    assert sorted(analysed) == ["# helper", "# main"]
    analysed.clear()
    (cached / "lib" / "second.py").write_text("# second\nimport torch\n" + RESET)
    assert remembered(cached) == ["alone.py GRD111", "lib/second.py GRD111"]
    assert sorted(analysed) == ["# other", "# second"]


def test_a_module_beyond_another_makes_the_importers_stale(cached: Path, analysed: list[str]) -> None:
    (cached / "lib" / "helper.py").write_text("# helper\nimport torch\nfrom .far import reset\n")
    (cached / "lib" / "far.py").write_text("# far\nimport torch\n" + KEEP)
    assert remembered(cached) == ["alone.py GRD111"]
    analysed.clear()
    (cached / "lib" / "far.py").write_text("# far\nimport torch\n" + RESET)
    assert remembered(cached) == ["alone.py GRD111", "lib/far.py GRD111"]
    assert sorted(analysed) == ["# far", "# helper", "# main"]


def test_a_module_that_is_gone_makes_its_importers_stale(cached: Path) -> None:
    remembered(cached)
    (cached / "lib" / "helper.py").unlink()
    assert remembered(cached) == ["alone.py GRD111"]
    shutil.rmtree(cached / "lib")
    assert remembered(cached) == ["alone.py GRD111"]


#: How a file imports what there is not yet, where that is then put, and what names it.
LATER = {
    "a module": ("from late import reset", "late.py"),
    "a module by itself": ("import late\nreset = late.reset", "late.py"),
    "a module of a package that is there": ("from lib.late import reset", "lib/late.py"),
    "a module as a name of its package": ("from lib import late\nreset = late.reset", "lib/late.py"),
    "a package": ("from late import reset", "late/__init__.py"),
    "a module of a package": ("from late.deep import reset", "late/deep.py"),
    "a module with a dot": ("from .late import reset", "late.py"),
    "a module with a dot alone": ("from . import late\nreset = late.reset", "late.py"),
    "a module that is tried": (
        "try:\n    from late import reset\nexcept ImportError:\n    from lib.second import reset",
        "late.py",
    ),
}


@pytest.mark.parametrize("name", LATER)
def test_a_new_module_makes_stale_what_imports_it(cached: Path, name: str) -> None:
    imports, path = LATER[name]
    (cached / "main.py").write_text("# main\n" + main(imports))
    assert remembered(cached) == ["alone.py GRD111"]
    (cached / path).parent.mkdir(exist_ok=True)
    (cached / path).write_text(RESET)
    assert sorted(remembered(cached)) == ["alone.py GRD111", f"{path} GRD111"]


def test_a_new_module_that_another_module_imports_makes_stale(cached: Path) -> None:
    (cached / "lib" / "helper.py").write_text("# helper\nimport torch\nfrom .late import reset\n")
    assert remembered(cached) == ["alone.py GRD111"]
    (cached / "lib" / "late.py").write_text(RESET)
    assert sorted(remembered(cached)) == ["alone.py GRD111", "lib/late.py GRD111"]


def test_a_new_module_before_another_makes_stale(cached: Path) -> None:
    (cached / "scripts").mkdir()
    (cached / "scripts" / "train.py").write_text("# train\n" + main("from second import reset"))
    (cached / "second.py").write_text(KEEP)
    assert remembered(cached) == FIRST
    (cached / "scripts" / "second.py").write_text(RESET)
    assert sorted(remembered(cached)) == sorted([*FIRST, "scripts/second.py GRD111"])


@pytest.mark.parametrize("content", ["def f(:\n", "\0", "# -*- coding: klingon -*-\n"])
def test_a_module_that_is_mended_makes_its_importers_stale(cached: Path, content: str) -> None:
    (cached / "lib" / "helper.py").write_text(content)
    assert remembered(cached) == ["alone.py GRD111"]
    (cached / "lib" / "helper.py").write_text(RESET)
    assert remembered(cached) == FIRST


def test_a_file_that_held_nothing_for_us_is_looked_at_anew(cached: Path) -> None:
    runs = "def run(a, out):\n    out.data.zero_()\n    out.sum().backward()\n\n\nrun(*made())\n"
    (cached / "plain.py").write_text(f"# plain, without torch\nfrom late import made\n\n\n{runs}")
    assert remembered(cached) == FIRST
    late = "import torch\n\n\ndef made():\n    a = torch.ones(3, requires_grad=True)\n    return a, torch.exp(a)\n"
    (cached / "late.py").write_text(late)
    assert sorted(remembered(cached)) == sorted([*FIRST, "plain.py GRD111"])


def test_the_option_and_the_place_are_remembered_apart(cached: Path) -> None:
    assert remembered(cached, "main.py") == ["main.py GRD111"]
    assert remembered(cached, "--no-project", "main.py") == []
    assert remembered(cached, "main.py") == ["main.py GRD111"]
    shutil.copytree(cached / "lib", cached / "else" / "lib")
    shutil.copy(cached / "main.py", cached / "else" / "main.py")
    (cached / "else" / "lib" / "helper.py").write_text(KEEP)
    assert remembered(cached, "else") == []
    assert remembered(cached, "main.py") == ["main.py GRD111"]


# -- baselines, fixes, and one line -------------------------------------------------------------------------------------


@pytest.mark.parametrize("paths", [[], ["main.py"]])
def test_a_baseline_knows_it(folder: Path, paths: list[str]) -> None:
    written = gradsafe(folder, "check", "--no-cache", "--baseline", "known.json", "--write-baseline", *paths)
    assert (written.returncode, written.stderr) == (0, "known.json: 1 known finding\n")
    (entry,) = json.loads((folder / "known.json").read_text())["findings"]
    assert (entry["path"], entry["code"]) == ("main.py" if paths else "lib/helper.py", "GRD111")
    assert codes(check(folder, "--baseline", "known.json", *paths)) == []


#: A write that a fix can take away, where the file that is checked differentiates.
SQUASH = "import torch\n\n\ndef squash(x):\n    y = torch.relu(x)\n    y.add_(1.0)\n    return y\n"


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("paths", [[], ["main.py"]])
def test_fixes_change_no_other_file(folder: Path, paths: list[str], unsafe: bool) -> None:
    own = "\nh = torch.relu(a)\nh.add_(1.0)\nh.sum().backward()\n"
    (folder / "main.py").write_text(main("from lib.helper import squash", "squash(a).sum().backward()") + own)
    (folder / "lib" / "helper.py").write_text(SQUASH)
    assert [finding["filename"] for finding in objects(folder)] == ["main.py", "lib/helper.py"]
    run = gradsafe(
        folder, "check", "--no-cache", "--format", "concise", "--fix", *(["--unsafe-fixes"] if unsafe else []), *paths
    )
    assert "mended: 1 finding" in run.stderr
    assert (folder / "lib" / "helper.py").read_text() == SQUASH
    assert "h = h.add(1.0)" in (folder / "main.py").read_text()
    name = "main.py:6:" if paths else "lib/helper.py:6:"
    assert [line[: len(name)] for line in run.stdout.splitlines()] == [name]
    assert gradsafe(folder, "check", "--no-cache", "--diff", *paths).stdout == ""


def test_what_stands_in_a_file_that_is_mended_is_found_anew(folder: Path) -> None:
    (folder / "lib" / "helper.py").write_text(f"{SUSPECT}\n\n{RESET}")
    assert [(found["code"], found["location"]["row"]) for found in objects(folder)] == [("GRD211", 4), ("GRD111", 8)]
    run = gradsafe(folder, "check", "--no-cache", "--format", "concise", "--fix", "--unsafe-fixes")
    assert "mended: 1 finding" in run.stderr
    assert run.stdout == f"lib/helper.py:9:5: {MESSAGE}\n"


def test_a_fix_counts_what_is_known_of_another_file_only_once(folder: Path) -> None:
    gradsafe(folder, "check", "--no-cache", "--baseline", "known.json", "--write-baseline")
    own = "\nh = torch.relu(a)\nh.add_(1.0)\nh.sum().backward()\n"
    (folder / "main.py").write_text(FILES["main.py"] + own)
    run = gradsafe(folder, "check", "--no-cache", "--format", "concise", "--baseline", "known.json", "--fix")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mended: 1 finding\n")


def test_a_line_is_asked_for_that_leads_to_another_file(folder: Path) -> None:
    run = gradsafe(folder, "why", "main.py:6")
    assert run.returncode == 0
    assert LEAD.rstrip() in run.stdout
    assert "It is reported." in run.stdout
    assert "Part of GRD111 in line 6" in gradsafe(folder, "why", "main.py:5").stdout
    assert "GRD111" not in gradsafe(folder, "why", "--no-project", "main.py:6").stdout


# -- notebooks ----------------------------------------------------------------------------------------------------------


def test_a_notebook_leads_to_a_module(folder: Path) -> None:
    first, second = FILES["main.py"].split("\n\n", 1)
    (folder / "main.py").unlink()
    (folder / "look.ipynb").write_text(notebook(first, ("markdown", "words"), second))
    (found,) = objects(folder, "look.ipynb")
    assert (found["filename"], found["cell"], found["location"]["row"]) == ("look.ipynb", 3, 3)
    assert [step["filename"] for step in found["trace"]][1] == "lib/helper.py"
    (found,) = objects(folder)
    assert (found["filename"], found["cell"], found["location"]["row"]) == ("lib/helper.py", None, 2)
    places = [(step["filename"], step["cell"], step["location"]["row"]) for step in found["trace"]]
    assert places == [
        ("look.ipynb", 3, 2),
        ("lib/helper.py", None, 2),
        ("look.ipynb", 3, 3),
        ("lib/helper.py", None, 2),
        ("look.ipynb", 3, 4),
    ]
    assert "  3 | reset(out)  (look.ipynb" in report(folder, "text")
    for form in ("github", "junit", "sarif", "gitlab", "rdjson"):
        assert "helper.py" in report(folder, form)
