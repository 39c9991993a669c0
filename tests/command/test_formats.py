"""The forms that other programs read: each is what its readers expect, for every finding, in notebooks and where nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from flake8_gradsafe import links
from flake8_gradsafe.report.objects import schema
from flake8_gradsafe.report.regions import row
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.syntax.cells import CELL
from tests.command.running import ADVISORY, CLEAN, PROVEN, SUSPECT, gradsafe, notebook

ROOT = Path(__file__).parent.parent.parent
HOSTILE = "import torch\n\nx = torch.randn(3, requires_grad=True)\nx.data.add_(len('日本]]>&<\x1b\u202e'))\n"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


def report(folder: Path, form: str, *arguments: str, **environment: str) -> str:
    """What is printed in a form."""
    return gradsafe(folder, "check", "--no-cache", "--isolated", "--format", form, *arguments, **environment).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a finding of each severity, and a file that cannot be analysed."""
    (tmp_path / "proven.py").write_text(PROVEN)
    (tmp_path / "suspect.py").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "advisory.py").write_text(ADVISORY)
    (tmp_path / "broken.py").write_text("import torch\nx.data.add_(1\n")
    return tmp_path


ALL = ("--select", "GRD")


@pytest.mark.slow
def test_json_of_every_fixture_is_as_the_schema_says() -> None:
    VALIDATOR.check_schema(VALIDATOR.schema)
    found = json.loads(report(ROOT, "json", *ALL, "fixtures"))
    assert len(found) > 200
    VALIDATOR.validate(found)
    assert {each["fix"]["applicability"] for each in found if each["fix"]} == {"safe", "unsafe"}


@pytest.mark.parametrize("change", [{"row": 0}, {"severity": "grave"}, {"more": 1}])
def test_the_schema_refuses_what_is_not_so(folder: Path, change: dict[str, Any]) -> None:
    (found,) = json.loads(report(folder, "json", "proven.py"))
    VALIDATOR.validate([found])
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate([{**found, **({"location": {"row": 0, "column": 1}} if "row" in change else change)}])


def test_the_schema_is_printed() -> None:
    assert gradsafe(ROOT, "explain", "--json-schema").stdout == schema()


def test_json_lines_are_the_objects_of_json(folder: Path) -> None:
    lines = report(folder, "jsonl", *ALL).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(report(folder, "json", *ALL))
    assert len(lines) == 3
    (folder / "clean").mkdir()
    assert report(folder, "jsonl", "clean") == ""


def test_gitlab_issues_have_what_merge_requests_show(folder: Path) -> None:
    issues = json.loads(report(folder, "gitlab", *ALL))
    assert [(each["check_name"], each["severity"]) for each in issues] == [
        ("GRD911", "info"),
        ("GRD111", "major"),
        ("GRD211", "minor"),
        ("gradsafe", "major"),
    ]
    assert [each["location"] for each in issues] == [
        {"path": "advisory.py", "lines": {"begin": 5, "end": 5}},
        {"path": "proven.py", "lines": {"begin": 5, "end": 5}},
        {"path": "suspect.py", "lines": {"begin": 4, "end": 4}},
        {"path": "broken.py", "lines": {"begin": 2}},
    ]
    assert set(issues[0]) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert "\x1b" not in issues[2]["description"]


def test_gitlab_fingerprints_are_unique_and_stay_when_lines_move(folder: Path) -> None:
    def fingerprints() -> list[str]:
        return [each["fingerprint"] for each in json.loads(report(folder, "gitlab", *ALL))]

    (folder / "twin.py").write_text(PROVEN)
    (folder / "proven.py").write_text(PROVEN.replace("out.data.zero_()\n", "out.data.zero_()\nout.data.zero_()\n"))
    before = fingerprints()
    assert len(set(before)) == len(before) == 6
    (folder / "twin.py").write_text("import os\n\n" + PROVEN)
    assert fingerprints() == before


def test_gitlab_paths_are_those_of_the_project(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "train.py").write_text(PROVEN)
    (issue,) = json.loads(report(folder / "src", "gitlab", "train.py", CI_PROJECT_DIR=str(folder)))
    assert issue["location"]["path"] == "src/train.py"
    (issue,) = json.loads(report(folder, "gitlab", str(folder / "src" / "train.py")))
    assert issue["location"]["path"] == "src/train.py"


def test_junit_has_a_suite_for_each_file(folder: Path) -> None:
    text = report(folder, "junit", *ALL)
    assert text.isascii()
    root = ElementTree.fromstring(text)
    assert (root.tag, root.attrib) == ("testsuites", {"name": "gradsafe", "tests": "4", "failures": "3", "errors": "1"})
    assert [suite.attrib["name"] for suite in root] == ["advisory.py", "proven.py", "suspect.py", "broken.py"]
    (case,) = root[1]
    assert case.attrib == {
        "classname": "proven.py",
        "name": "GRD111 data-write-corrupts-gradient",
        "file": "proven.py",
        "line": "5",
    }
    assert case[0].attrib["type"] == "GRD111"
    assert (case[0].text or "").splitlines()[1] == "4: saved here: sigmoid keeps its output for backward"
    assert "日本]]>&<\\x1b\\u202e" in root[2][0][0].attrib["message"]
    assert root[3][0][0].tag == "error"


def test_junit_of_nothing_is_a_test_that_has_passed(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN)
    root = ElementTree.fromstring(report(tmp_path, "junit"))
    assert root.attrib == {"name": "gradsafe", "tests": "1", "failures": "0", "errors": "0"}
    assert [len(case) for case in root[0]] == [0]


def test_rdjson_counts_columns_in_bytes_and_suggests_safe_fixes(tmp_path: Path) -> None:
    text = "import torch\n\n\ndef norm(p: torch.Tensor) -> float:\n    s = 'é日'; return float(p.data.norm())\n"
    (tmp_path / "norm.py").write_text(text, encoding="utf-8")
    result = json.loads(report(tmp_path, "rdjson", *ALL))
    assert result["source"] == {"name": "gradsafe", "url": links.home()}
    (found,) = result["diagnostics"]
    line = text.splitlines()[4].encode()
    start, end = found["location"]["range"]["start"], found["location"]["range"]["end"]
    assert line[start["column"] - 1 : end["column"] - 1] == b"p.data"
    assert (found["location"]["path"], start["line"], found["severity"]) == ("norm.py", 5, "INFO")
    assert found["code"] == {"value": "GRD912", "url": links.page("GRD912")}
    (suggestion,) = found["suggestions"]
    edited = suggestion["range"]
    mended = line[: edited["start"]["column"] - 1] + suggestion["text"].encode() + line[edited["end"]["column"] - 1 :]
    assert mended.decode() == text.splitlines()[4].replace(".data", ".detach()")


def test_rdjson_leaves_unsafe_fixes_alone_and_tells_what_went_wrong(folder: Path) -> None:
    result = json.loads(report(folder, "rdjson", *ALL))
    assert [each["severity"] for each in result["diagnostics"]] == ["INFO", "ERROR", "WARNING", "ERROR"]
    assert all("suggestions" not in each for each in result["diagnostics"])
    assert result["diagnostics"][3]["location"] == {"path": "broken.py", "range": {"start": {"line": 2}}}


@pytest.mark.parametrize("form", ["gitlab", "rdjson", "junit", "sarif", "github"])
def test_a_finding_in_a_notebook_is_at_its_line_of_the_file(tmp_path: Path, form: str) -> None:
    text = json.dumps(json.loads(notebook("import torch", ("markdown", "a\nb"), SUSPECT)), indent=1)
    (tmp_path / "train.ipynb").write_text(text)
    line = next(number for number, each in enumerate(text.split("\n"), 1) if "x.data.add_(1)" in each)
    printed = report(tmp_path, form)
    wanted = {
        "gitlab": f'"begin": {line},',
        "rdjson": f'"line": {line}\n',
        "junit": f'line="{line}"',
        "sarif": f'"startLine": {line},',
        "github": f",line={line},",
    }
    assert wanted[form] in printed


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lines_of_a_notebooks_file_are_found(tmp_path: Path, indent: int | None, newline: str) -> None:
    data = json.loads(notebook('s = "\\"cells\\": [{"', SUSPECT, "y = 1"))
    data["cells"][0]["outputs"] = [{"source": ["no", "code"], "text": ["a\n", "b"]}]
    data["cells"][2]["source"] = "z = [\n    1,\n]"
    text = json.dumps(data, indent=indent).replace("\n", newline)
    (tmp_path / "train.ipynb").write_bytes(text.encode())
    from flake8_gradsafe.analysis import document

    made, _ = document("train.ipynb", (tmp_path / "train.ipynb").read_bytes())
    assert isinstance(made, Document)
    lines = text.split("\n")
    for number, line in enumerate(made.lines, 1):
        found = row(made, number)
        assert found is not None
        if line.strip() and line != CELL and number <= 7:
            assert json.dumps(line.rstrip("\n"))[1:-1] in lines[found - 1]
    assert row(made, made.cells[2].first_line + 2) == row(made, made.cells[2].first_line)
