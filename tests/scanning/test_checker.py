"""The process that checks for a worker, and what becomes of files that take too long or too much."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_gradsafe.scanning.checker import Checker, Checking
from flake8_gradsafe.scanning.protocol import Job
from tests.command.running import CLEAN, PROVEN
from tests.scanning.lakes import HELPER, USER

OPTIONS = json.dumps({"given": {}, "no_project": False})
#: Parsing it takes seconds, and much memory.
HUGE = b"import torch\nx.data = [" + b"a + 1, " * 2_000_000 + b"]\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are given descriptors")


def checker(seconds: float = 60.0, memory: int = 2**31, module: str = "flake8_gradsafe.command.checking") -> Checker:
    return Checker(Checking(module, OPTIONS, seconds, memory))


@pytest.fixture
def usual() -> Iterator[Checker]:
    made = checker()
    yield made
    made.stop()


def job(**files: str | bytes) -> Job:
    contents = {f"{name}.py": text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return Job(contents, {})


def codes(checked: object) -> list[tuple[str, str]]:
    return [(each["filename"], each["code"]) for each in checked.findings]  # type: ignore[attr-defined]


def test_projects_one_after_another(usual: Checker) -> None:
    assert codes(usual.check(job(train=PROVEN))) == [("train.py", "GRD111")]
    assert codes(usual.check(job(main=USER.replace("pkg.", ""), helper=HELPER))) == [("helper.py", "GRD111")]
    assert codes(usual.check(job(main=USER.replace("pkg.", "")))) == []


def test_equal_files_with_equal_imports_are_analysed_once(usual: Checker) -> None:
    main = USER.replace("pkg.", "")
    assert usual.check(job(main=main, helper=HELPER)).reused == 0
    again = usual.check(job(main=main, helper=HELPER, other=CLEAN))
    assert (again.reused, codes(again)) == (1, [("helper.py", "GRD111")])
    changed = usual.check(job(main=main, helper=HELPER.replace("zero_", "clone"), other=CLEAN))
    assert (changed.reused, codes(changed)) == (1, [])


def odd(folder: Path, monkeypatch: pytest.MonkeyPatch, happening: str) -> str:
    """A module that checks as ours does, but for files that have ODD in them; it notes how often it is given one."""
    (folder / "odd.py").write_text(
        "import os, sys, time\nfrom flake8_gradsafe.command import checking\n"
        "analyse = checking.analyse_stored\n"
        "def analyse_stored(text, *more, **named):\n"
        f"    open({str(folder / 'tries')!r}, 'a').write('x' if 'ODD' in text else '')\n"
        f"    return {happening} if 'ODD' in text else analyse(text, *more, **named)\n"
        "checking.analyse_stored = analyse_stored\nchecking.main(sys.argv[1:])\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return "odd"


def test_a_file_that_takes_too_long_is_given_up_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = checker(seconds=10, module=odd(tmp_path, monkeypatch, "time.sleep(600)"))
    checked = slow.check(job(a=PROVEN, b=f"{PROVEN}# ODD\n", c=PROVEN))
    slow.stop()
    assert codes(checked) == [("a.py", "GRD111"), ("c.py", "GRD111")]
    assert [tuple(problem[:2]) for problem in checked.problems] == [("b.py", "not analysed: given up after 10 seconds")]
    assert (tmp_path / "tries").read_text() == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited elsewhere in other ways")
def test_a_file_that_takes_too_much_memory_is_given_up_alone() -> None:
    small = checker(memory=300 * 2**20)
    checked = small.check(job(huge=HUGE, train=PROVEN))
    assert codes(checked) == [("train.py", "GRD111")]
    assert [problem.path for problem in checked.problems] == ["huge.py"]
    assert "memory" in checked.problems[0].text.lower()
    assert codes(small.check(job(train=PROVEN))) == [("train.py", "GRD111")]
    small.stop()


def test_a_file_that_ends_its_process_is_tried_twice_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = checker(module=odd(tmp_path, monkeypatch, "os.kill(os.getpid(), 9)"))
    checked = ending.check(job(a=PROVEN, b=f"{PROVEN}# ODD\n", c=PROVEN))
    ending.stop()
    assert codes(checked) == [("a.py", "GRD111"), ("c.py", "GRD111")]
    assert [tuple(problem[:2]) for problem in checked.problems] == [
        ("b.py", "not analysed: its process was ended by signal 9, perhaps for want of memory")
    ]
    assert (tmp_path / "tries").read_text() == "xx"


def test_a_process_that_is_killed_between_projects_is_replaced(usual: Checker) -> None:
    usual.check(job(train=PROVEN))
    os.kill(usual._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    assert codes(usual.check(job(train=PROVEN))) == [("train.py", "GRD111")]


def test_what_cannot_be_started_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"could not be started: .*No module named"):
        checker(module="no_such_module").check(job(train=PROVEN))


def test_the_process_needs_neither_torch_nor_dask() -> None:
    code = "import sys, flake8_gradsafe.command.checking as c; print({'torch', 'dask', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_workers_need_no_torch() -> None:
    code = "import sys, flake8_gradsafe.scanning.scan; print({'torch', 'libcst', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" not in done.stdout
