"""The forms of a report: each holds what was found, and whoever reads it finds nothing else in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.runtime.harness import fixture_paths
from tests.command.running import PROVEN, SUSPECT, gradsafe, notebook, objects

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.json").read_text(encoding="utf-8"))
HOSTILE = "import torch\n\nx = torch.randn(3, requires_grad=True)\nx.data.add_(len('\x1b[31m%0A::error::\u202e'))\n"

TEXT = """\
proven.py:5:1: GRD111 `out.data.zero_()` overwrites the output that sigmoid saved, through `.data`: \
a.grad will be silently wrong
  4 | out = a.sigmoid()
    |       ^^^^^^^^^^^ saved here: sigmoid keeps its output for backward
  5 | out.data.zero_()
    | ^^^^^^^^ shares the memory, not the version counter
    | ^^^^^^^^^^^^^^^^ overwritten here, unseen by autograd
  6 | out.sum().backward()
    | ^^^^^^^^^^^^^^^^^^^^ read here
    = help: write to a copy: `copy = out.detach().clone()`; to change `out` itself, compute a new tensor: `out = …`

1 finding in 1 file.
"""


def report(folder: Path, form: str, *arguments: str) -> str:
    """What is printed in a form."""
    return gradsafe(folder, "check", "--no-cache", "--isolated", "--format", form, *arguments).stdout


def sarif(folder: Path, *arguments: str) -> dict[str, Any]:
    """The one run of a SARIF log that is valid."""
    log = json.loads(report(folder, "sarif", *arguments))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_text_shows_the_trace_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "proven.py").write_text(PROVEN)
    assert report(tmp_path, "text") == TEXT


def test_text_points_at_what_wide_characters_and_tabs_move(tmp_path: Path) -> None:
    text = SUSPECT.replace("x.data", "if x is not None:\n\ts = '日本'; x.data")
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    lines = report(tmp_path, "text").splitlines()
    assert lines[1:3] == [
        "  5 |         s = '日本'; x.data.add_(1)",
        "    |                     ^^^^^^ shares the memory, not the version counter",
    ]


def test_colours_are_for_terminals_and_on_demand(tmp_path: Path) -> None:
    (tmp_path / "proven.py").write_text(PROVEN)
    assert "\x1b" not in report(tmp_path, "text")
    coloured = report(tmp_path, "text", "--color", "always")
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == TEXT
    assert coloured != TEXT


@pytest.mark.parametrize("form", ["text", "concise", "github"])
def test_what_would_move_or_hide_text_is_spelled_out(tmp_path: Path, form: str) -> None:
    (tmp_path / "train.py").write_text(HOSTILE, encoding="utf-8")
    printed = report(tmp_path, form)
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "\\x1b[31m" in printed
    assert "\\u202e" in printed


def test_a_terminal_without_the_characters_gets_them_spelled_out(tmp_path: Path) -> None:
    (tmp_path / "proven.py").write_text(PROVEN)
    run = gradsafe(tmp_path, "check", "--no-cache", "--isolated", PYTHONIOENCODING="ascii")
    assert run.stdout == TEXT.replace("…", "\\u2026")


def test_json_is_an_array_of_objects(tmp_path: Path) -> None:
    (tmp_path / "proven.py").write_text(PROVEN)
    (found,) = objects(tmp_path, "--isolated")
    assert list(found) == [
        "filename", "cell", "code", "name", "message", "location", "end_location", "severity", "assumed", "help",
        "trace", "fix", "url", "noqa_row",
    ]  # fmt: skip
    assert found["filename"] == "proven.py"
    assert (found["code"], found["name"]) == ("GRD111", "data-write-corrupts-gradient")
    assert found["location"] == {"row": 5, "column": 1}
    assert found["end_location"] == {"row": 5, "column": 17}
    assert (found["severity"], found["assumed"], found["noqa_row"]) == ("error", [], 5)
    assert [step["role"] for step in found["trace"]] == ["saved", "aliased", "written", "read"]
    assert found["trace"][0]["location"] == {"row": 4, "column": 7}
    assert found["trace"][0]["end_location"] == {"row": 4, "column": 18}


def test_json_of_nothing_is_an_empty_array(tmp_path: Path) -> None:
    assert objects(tmp_path, "--isolated") == []


def test_json_names_the_line_for_a_comment(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT.replace("add_(1)", "add_(len('''\n\n'''))"))
    (found,) = objects(tmp_path, "--isolated")
    assert (found["location"]["row"], found["noqa_row"]) == (4, 6)
    assert found["severity"] == "warning"


def _example(code: str) -> Path:
    """The first program that expects a code."""
    paths = fixture_paths(ROOT / "fixtures" / code.lower() / "wrong")
    return next(path.relative_to(ROOT) for path in paths if f"# expect: {code}" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "paths", [list(map(_example, CODES)), pytest.param([Path("fixtures")], marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_sarif_of_fixtures_is_valid(paths: list[Path]) -> None:
    run = sarif(ROOT, "--select", "GRD", "--jobs", "1", *map(str, paths))
    assert {result["ruleId"] for result in run["results"]} == set(CODES)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(CODES)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert (ROOT / uri).is_file()
    fingerprints = [
        (str(result["locations"][0]["physicalLocation"]["artifactLocation"]), *result["partialFingerprints"].values())
        for result in run["results"]
    ]
    assert len(set(fingerprints)) == len(fingerprints)


def test_sarif_has_the_trace_as_a_code_flow(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "größe.py").write_text(PROVEN)
    run = sarif(tmp_path)
    (result,) = run["results"]
    assert result["level"] == "error"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "a%20folder/gr%C3%B6%C3%9Fe.py", "uriBaseId": "%SRCROOT%"}
    assert location["region"] == {"startLine": 5, "startColumn": 1, "endLine": 5, "endColumn": 17}
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["kinds"] for step in steps] == [["saved"], ["aliased"], ["written"], ["read"]]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [4, 5, 5, 6]
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_fingerprints_stay_when_lines_move(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT)
    (before,) = sarif(tmp_path)["results"]
    (tmp_path / "train.py").write_text("import os\n\n" + SUSPECT)
    (after,) = sarif(tmp_path)["results"]
    assert before["locations"] != after["locations"]
    assert before["partialFingerprints"] == after["partialFingerprints"]


def test_sarif_tells_what_went_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(1\n")
    run = sarif(tmp_path)
    assert run["invocations"][0]["executionSuccessful"] is False
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_sarif_of_a_notebook_names_the_cell(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(notebook("import torch", SUSPECT))
    (result,) = sarif(tmp_path)["results"]
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["name"] == "cell 2, line 4"


def test_sarif_marks_fixes_that_are_not_safe(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import torch\n\na = torch.ones(3, requires_grad=True)\nb = a.exp()\nb.data.mul_(2)\nc = b * 1\nc.sum().backward()\n"
        "\n\ndef norm(p: torch.Tensor) -> float:\n    return float(p.data.norm())\n"
    )
    results = sarif(tmp_path, "--extend-select", "GRD9")["results"]
    fixes = {fix["properties"]["applicability"]: fix for result in results for fix in result.get("fixes", ())}
    assert set(fixes) == {"safe", "unsafe"}
    assert "(unsafe: " in fixes["unsafe"]["description"]["text"]
    assert "(unsafe: " not in fixes["safe"]["description"]["text"]


def test_github_annotations_are_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "a,b:c%.py").write_text(PROVEN)
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(1\n")
    lines = report(tmp_path, "github").splitlines()
    assert len(lines) == 2
    head, _, message = lines[0][2:].partition("::")
    assert head == (
        "error title=GRD111 data-write-corrupts-gradient,file=a%2Cb%3Ac%25.py,line=5,endLine=5,col=1,endColumn=17"
    )
    assert message.startswith("a,b:c%25.py:5: GRD111 `out.data.zero_()` overwrites")
    assert "%0A4: saved here: sigmoid keeps its output for backward%0A" in message
    assert lines[1].startswith("::error title=gradsafe,file=broken.py,line=2::broken.py:2: not analysed")


def test_github_levels_follow_the_codes(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SUSPECT + "\n\ndef clip(p: torch.Tensor):\n    p.data.clamp_(0, 1)\n")
    lines = report(tmp_path, "github", "--select", "GRD").splitlines()
    assert [line.split()[0] for line in lines] == ["::warning", "::notice"]
