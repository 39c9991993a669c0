"""The benchmark's own parts: programs that grow are real, samples are what they say, tables add up. Nothing is timed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.syntax.gate import may_concern_us
from tests.bench import editing, tables
from tests.bench.corpus import WHOLE_LINES, File, pinned, said, sampled
from tests.bench.growth import GROWTHS, Growth
from tests.bench.measuring import Measured
from tests.bench.processes import OURS, ROOT, Measuring, Spent
from tests.bench.tools import ALL, DEFAULT, GATE, PARSE, TORCHFIX

MEASURED = (
    Measured("p/a.py", 100, True, {GATE: 0.1, PARSE: 1.0, DEFAULT: 6.0, ALL: 8.0, TORCHFIX: 12.0}),
    Measured("p/b.py", 300, True, {GATE: 0.1, PARSE: 3.0, DEFAULT: 6.0, ALL: 8.0}),
    Measured("p/c.py", 200, False, {GATE: 0.1, PARSE: 4.0, DEFAULT: 0.1}),
    Measured("p/d.py", 50, True, {GATE: 0.1, PARSE: 2.0}, {DEFAULT: "TooDeep: line 1", ALL: "TooDeep: line 1"}),
)


def column(table: tables.Table, name: str) -> dict[str, str]:
    return {row[0]: row[table.columns.index(name)] for row in table.rows}


@pytest.mark.parametrize("growth", GROWTHS, ids=lambda growth: growth.what)
def test_programs_that_grow_are_pytorch_that_concerns_us(growth: Growth) -> None:
    sizes = []
    for size, program in growth.programs():
        ast.parse(program)
        assert may_concern_us(program)
        sizes.append(size)
    assert sizes == [growth.first * 2**doubled for doubled in range(growth.times)]
    assert check(growth.program(growth.first))


def test_the_unit_is_the_parse_of_the_files_that_the_tool_has_seen() -> None:
    table = tables.tools(MEASURED, "all files")
    assert column(table, "× parse") == {
        GATE: "0.040",
        PARSE: "1.00",
        DEFAULT: "1.51",
        ALL: "-",
        TORCHFIX: "-",
    }
    assert column(table, "× parse, sample") == {
        GATE: "0.050",
        PARSE: "1.00",
        DEFAULT: "3.00",
        ALL: "4.00",
        TORCHFIX: "12.0",
    }
    assert column(table, "failed")[DEFAULT] == "1"
    assert column(table, "files")[DEFAULT] == "3"


def test_failures_are_named_once() -> None:
    assert tables.failures(MEASURED) == [f"p/d.py: {DEFAULT}, {ALL}: TooDeep: line 1"]


def test_file_by_file_without_those_that_are_held_back() -> None:
    table = tables.each_file(MEASURED)
    assert [column(table, name)[DEFAULT] for name in ("files", "median × parse", "most")] == ["2", "4.00", "6.00"]
    assert [row[0] for row in tables.slowest(MEASURED).rows] == ["p/a.py", "p/b.py", "p/c.py"]


def test_packages() -> None:
    table = tables.packages({"p": MEASURED})
    assert column(table, "pass the gate") == {"p": "75%"}
    assert column(table, f"{ALL} × parse, sample") == {"p": "4.00"}


def test_flake8_is_its_own_unit() -> None:
    runs = {
        "p": {"without": Spent(1.0, 2**20), "with": Spent(3.0, 2**21)},
        "q": {"without": Spent(3.0, 2**22), "with": Spent(5.0, 2**23)},
        "r": {"without": Spent(3.0, 2**22), "with": Spent(0.1, 2**22, 1, "KeyError: 0")},
    }
    table = tables.flake8(runs, "all files", 2**20)
    assert column(table, "with") == {
        "p": "3.00",
        "q": "1.67",
        "r": "failed",
        "all where none failed": "2.00",
        "MiB at the peak": "8",
    }


def test_pairs_are_compared_before_the_median() -> None:
    table = tables.start_up({"run": [(1.0, 2.0), (2.0, 2.0), (10.0, 15.0)]})
    assert column(table, "median with ÷ without") == {"run": "1.50"}


def test_growth_goes_on_behind_a_failure() -> None:
    failed = Measured("x", 8, True, {PARSE: 2.0}, {DEFAULT: "TimeoutError: not done"})
    each = [Measured("x", lines, True, {PARSE: 1.0, DEFAULT: float(lines)}) for lines in (2, 4, 16)]
    table = tables.growth("loops", [(1, each[0]), (2, each[1]), (4, failed), (8, each[2])])
    assert column(table, "× the one before") == {"1": "-", "2": "2.00", "4": "-", "8": "-"}
    assert column(table, "CPU s")["4"] == "TimeoutError: not done"


def test_memory() -> None:
    table = tables.memory({PARSE: Spent(1.0, 2**26), DEFAULT: Spent(1.0, 2**27)}, 10, 2**20)
    assert column(table, "× parse") == {PARSE: "1.00", DEFAULT: "2.00"}


def test_seconds_are_not_written_down() -> None:
    written = tables.tools(MEASURED, "all files").markdown()
    assert written.splitlines()[-1] == f"| {TORCHFIX} | 1 | 100 | 0 | - | 12.0 |"
    assert "CPU" not in written
    assert "TorchFix" not in tables.tools(MEASURED[1:], "all files").markdown()
    assert written.startswith("## What each tool costs\n\nThe sample: all files.\n\n| tool | files |")


def test_every_so_manieth_file_of_a_large_package() -> None:
    found = [File("large==1", Path(str(each)), str(each), WHOLE_LINES * 5 // 2) for each in range(10)]
    assert [each.sampled for each in sampled(found)] == [True, False, False, False, False] * 2
    assert said(found) == "every nth file of a large package, n: large 5"
    assert said([File("small==1", Path("0"), "0", WHOLE_LINES)]) == "all files"


def test_packages_are_pinned() -> None:
    assert pinned(["timm", "some==1"])[1] == "some==1"
    assert pinned([], quick=True)
    with pytest.raises(LookupError, match="not pinned: nothing"):
        pinned(["nothing"])


def test_a_file_that_cannot_be_read_is_a_failure_of_all(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("print 1\n")
    (tmp_path / "good.py").write_text("import torch\n")
    process = Measuring([GATE, PARSE])
    bad, good = (process.measure(name, tmp_path / name, [GATE, PARSE]) for name in ("bad.py", "good.py"))
    assert process.end().peak > 0
    assert bad.failures.keys() == {GATE, PARSE}
    assert good.seconds.keys() == {GATE, PARSE}
    assert not good.failures


def test_a_process_that_dies_is_a_failure_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("import torch\n")
    process = Measuring([GATE])
    unknown = process.measure("unknown tool", tmp_path / "good.py", [PARSE])
    assert unknown.failures == {PARSE: "the process died: exit code 1"}
    assert GATE in process.measure("good", tmp_path / "good.py", [GATE]).seconds
    assert not process.end().failure


@pytest.mark.parametrize("hidden", [True, False])
def test_flake8_with_a_plugin_hidden(hidden: bool) -> None:
    command = [sys.executable, "-m", "tests.bench.hiding", OURS if hidden else "another", "--version"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ("gradsafe" in told) is not hidden
    assert "pyflakes" in told


def test_the_texts_that_are_edited_have_findings_and_differ_in_one_line() -> None:
    before, after = editing.program(100, 1), editing.program(100, 2)
    assert {finding.code for finding in check(before)} == {"GRD111"}
    assert [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new] == [
        ("seed = torch.tensor(1.0)", "seed = torch.tensor(2.0)")
    ]
