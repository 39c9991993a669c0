"""Every fix is proven by running: PyTorch computes with the fixed program what the fix promises, and the linter is content.

The diffs beside the fixtures are kept to be read. `GRADSAFE_UPDATE_FIXES=1 python -m pytest tests/fixes/test_fixes.py`
writes them anew.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import re
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from flake8_gradsafe import Finding
from flake8_gradsafe.controls import expecting, neutralised
from flake8_gradsafe.engine import check
from flake8_gradsafe.fixing import Fixed, fixed, fixed_bytes
from flake8_gradsafe.rules import RULES
from flake8_gradsafe.rules.fix_kinds import REMEDIES
from flake8_gradsafe.runtime.claims import Claim, Runs, judge
from flake8_gradsafe.runtime.harness import Fixture, fixture_folders, fixture_paths, read_fixture
from flake8_gradsafe.runtime.run import Outcome, run_cloning, run_plainly
from flake8_gradsafe.source.edits import apply
from tests.sampling import one_in
from tests.source_fuzz.generate import random_programs
from tests.source_fuzz.structures import AUTHORS

ROOT = Path(__file__).parents[2] / "fixtures"
FOLDERS = fixture_folders(ROOT)
UPDATE = bool(os.environ.get("GRADSAFE_UPDATE_FIXES"))
#: Advice is mended in some 180 programs by three kinds of fixes: the diffs of these folders are kept, all of them are run.
ADVICE_KEPT = {
    *(f"{code.lower()}/wrong" for code, rule in RULES.items() if rule.advisory),
    "practice/seeds",
    "practice/training",
}

_SAFETY = {"none": set(), "safe": {True}, "unsafe": {False}, "either": {True, False}}

every_folder = pytest.mark.parametrize("folder", FOLDERS)
#: Where programs are fixed, run or checked again.
sampled_folders = pytest.mark.parametrize("folder", one_in(6, FOLDERS), ids=FOLDERS)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _found(path: Path) -> tuple[Finding, ...]:
    return tuple(check(_text(path), fixes=True))


@cache
def _fixed(path: Path, unsafe: bool) -> Fixed:
    return fixed(_text(path), unsafe=unsafe)


def _mendable(folder: str) -> list[Path]:
    """The programs of a folder in which a finding has a fix."""
    return [path for path in fixture_paths(ROOT / folder) if any(finding.fix for finding in _found(path))]


# -- what the linter says ------------------------------------------------------------------------------------------------


@sampled_folders
def test_what_is_mended_is_no_longer_reported_and_nothing_else_is(folder: str) -> None:
    for path in _mendable(folder):
        for unsafe in (False, True):
            outcome = _fixed(path, unsafe)
            left = Counter(finding.code for finding in check(outcome.text))
            mended = Counter(finding.code for finding in outcome.applied)
            brought = left + mended - Counter(finding.code for finding in _found(path))
            assert set(brought) <= (_behind(path, unsafe) if brought else set()), path


def _behind(path: Path, unsafe: bool) -> set[str]:
    """The codes of what is found in a program, sure or not, without what is mended, or with its errors expected."""
    text, mended = _text(path), _fixed(path, unsafe).applied
    controls = [apply(text, edits) for edits in (neutralised(text, mended[:1]), expecting(text, mended[:1]))]
    found = {finding.code[4:] for control in controls for finding in check(control)}
    return {code for code in RULES if code[4:] in found}


@sampled_folders
def test_twice_is_as_once(folder: str) -> None:
    for path in _mendable(folder):
        for unsafe in (False, True):
            again = fixed(_fixed(path, unsafe).text, unsafe=unsafe)
            assert (again.applied, again.rounds) == ((), 0), path
            assert again.text == _fixed(path, unsafe).text


@sampled_folders
def test_without_fixes_a_file_stays_as_it_is(folder: str) -> None:
    for path in fixture_paths(ROOT / folder):
        if not any(finding.fix for finding in _found(path)):
            assert fixed_bytes(path.read_bytes(), unsafe=True).data == path.read_bytes()


@every_folder
def test_the_rule_offers_what_its_page_says(folder: str) -> None:
    for path in fixture_paths(ROOT / folder):
        for finding in _found(path):
            if finding.fix is not None:
                assert finding.fix.safe in _SAFETY[RULES[finding.code].fix_safety]
                assert finding.fix.title in {remedy.title for remedy in RULES[finding.code].fixes}
                assert bool(finding.fix.why) is not finding.fix.safe
                assert "\n" not in finding.fix.why
                assert ".data" not in finding.fix.title or ".data" in path.read_text(encoding="utf-8")


def _applied() -> list[Finding]:
    return [each for folder in FOLDERS for path in _mendable(folder) for each in _fixed(path, True).applied]


def test_every_rule_that_names_a_fix_has_one_that_is_applied() -> None:
    applied = {(finding.code, finding.fix.safe) for finding in _applied() if finding.fix}
    for code, rule in RULES.items():
        assert bool(rule.fixes) is (rule.fix_safety != "none")
        assert {safe for other, safe in applied if other == code} <= _SAFETY[rule.fix_safety]
        assert ({(code, True), (code, False)} & applied != set()) is bool(rule.fixes), code


@pytest.mark.parametrize("code", RULES)
def test_the_page_says_first_whether_a_fix_is_safe(code: str) -> None:
    page = inspect.getdoc(importlib.import_module(f"flake8_gradsafe.rules.{code.lower()}")) or ""
    said = " ".join(page.partition("## Fix safety\n")[2].partition("\n## ")[0].split())
    begins = {"safe": "Safe: ", "unsafe": "Unsafe: ", "either": "Safe where "}
    assert (
        "no fix is applied" in said.lower()
        if RULES[code].fix_safety == "none"
        else said.startswith(begins[RULES[code].fix_safety])
    )
    assert ("nsafe" in said) is (RULES[code].fix_safety in {"unsafe", "either"})


def test_every_kind_of_fix_is_applied_as_safe_and_as_unsafe_where_it_can_be_both() -> None:
    fixes = [finding.fix for finding in _applied() if finding.fix]
    for remedy in REMEDIES.values():
        expected = {safe for safe, where in ((True, remedy.safe_where), (False, remedy.unsafe_where)) if where}
        assert {fix.safe for fix in fixes if fix.title == remedy.title} == expected, remedy.name


# -- the diffs beside the fixtures ----------------------------------------------------------------------------------------


def _diffs(path: Path) -> dict[Path, str]:
    """The diffs to be kept for a program: of its safe fixes, and of all of them where the unsafe ones do more."""
    codes = {finding.code for finding in _fixed(path, True).applied}
    if all(code.startswith("GRD9") for code in codes) and path.parent.relative_to(ROOT).as_posix() not in ADVICE_KEPT:
        return {}
    safe, all_ = _diff(path, _fixed(path, False).text), _diff(path, _fixed(path, True).text)
    kept = {path.with_suffix(".fix.diff"): safe, path.with_suffix(".unsafe-fix.diff"): all_ if all_ != safe else ""}
    return {name: diff for name, diff in kept.items() if diff}


def _diff(path: Path, text: str) -> str:
    lines = difflib.unified_diff(_text(path).splitlines(), text.splitlines(), path.name, path.name, n=2, lineterm="")
    return "".join(f"{line}\n" for line in lines)


@every_folder
def test_the_diffs_that_are_kept_are_those_of_the_fixes(folder: str) -> None:
    expected = {name: diff for path in _mendable(folder) for name, diff in _diffs(path).items()}
    if UPDATE:
        for name in (ROOT / folder).glob("*fix.diff"):
            name.unlink()
        for name, diff in expected.items():
            name.write_text(diff, encoding="utf-8")
    assert {name: name.read_text(encoding="utf-8") for name in (ROOT / folder).glob("*fix.diff")} == expected


# -- what PyTorch says ---------------------------------------------------------------------------------------------------


@sampled_folders
def test_safe_fixes_leave_every_value_and_make_every_gradient_right(folder: str, tmp_path: Path) -> None:
    for path in _mendable(folder):
        outcome = _fixed(path, False)
        if outcome.applied:
            _assert_right(read_fixture(path), outcome, tmp_path)


def _assert_right(fixture: Fixture, outcome: Fixed, folder: Path) -> None:
    """Hold the fixed program against the given one, run with private copies of all that is saved: there, no write does harm.

    Where a gradient was edited that others share, the given program edits a copy of it. What else is wrong with the program,
    and is not mended, may still go wrong as before.
    """
    name = fixture.path.name
    before, after = (
        _runs(fixture, _text(fixture.path), folder / "before"),
        _runs(fixture, outcome.text, folder / "after"),
    )
    codes = {finding.code for finding in outcome.applied}
    others = [code for code in (finding.code for finding in check(outcome.text)) if not code.startswith("GRD9")]
    if others or fixture.todo:
        # The other findings of the program end it, or spoil its gradients, as they did before.
        assert type(after.plain.error) is type(before.plain.error) or after.plain.error is None, name
        return
    assert after.plain.error is None, f"{name}: {after.plain.error}"
    reference = before.cloning
    if codes & {"GRD145", "GRD245"}:
        reference = _runs(fixture, _editing_copies(_text(fixture.path), outcome), folder / "copies").plain
        assert reference.error is None
        assert _values(reference) != _values(before.plain)
    if reference.error is None:
        expected, values = _values(reference), _values(after.plain)
        changed = {each for each in expected if values.get(each) != expected[each]}
        assert not _seen_later(changed, outcome), f"{name}: {changed}"
    assert _judged_correct(after) == [], name


@sampled_folders
def test_unsafe_fixes_run_and_leave_no_wrong_gradient_behind(folder: str, tmp_path: Path) -> None:
    for path in _mendable(folder):
        outcome = _fixed(path, True)
        fixture = read_fixture(path)
        if not any(finding.fix and not finding.fix.safe for finding in outcome.applied) or fixture.todo:
            continue
        if any(not finding.code.startswith("GRD9") for finding in check(outcome.text)):
            continue
        after = _runs(fixture, outcome.text, tmp_path / "after")
        assert after.plain.error is None, f"{path.name}: {after.plain.error}"
        assert _judged_correct(after) == [], path.name


def _editing_copies(text: str, outcome: Fixed) -> str:
    """The program with `grad = grad.clone()` above each line that edits a gradient in place, or in its lambda."""
    lines = text.splitlines()
    for finding in sorted(outcome.applied, key=lambda each: -each.line):
        line = lines[finding.line - 1]
        (name,) = re.findall(r"(\w+)(?:\.\w+_\(| [*/+-]=)", line)
        if "lambda" in line:
            lines[finding.line - 1] = re.sub(rf"(lambda {name}: {name})\.", r"\1.clone().", line)
        else:
            lines.insert(finding.line - 1, f"{line[: len(line) - len(line.lstrip())]}{name} = {name}.clone()")
    return "\n".join(lines)


def _judged_correct(runs: Runs) -> list[str]:
    """What is not as in a run with private copies of all that is saved; a program without a gradient may be right too."""
    return [sentence for sentence in judge(Claim("correct", ""), runs) if "nothing was shown" not in sentence]


def _seen_later(names: set[str], outcome: Fixed) -> bool:
    """Whether a line below the mended ones has one of these names, or it is a gradient."""
    lines = outcome.text.splitlines()
    added = sum(edit.replacement.count("\n") for each in outcome.applied if each.fix for edit in each.fix.edits)
    edited = [edit.location.end_line for each in outcome.applied if each.fix for edit in each.fix.edits]
    below = "\n".join(lines[max([*edited, *(each.line for each in outcome.applied)]) + added :])
    return any(name.endswith(".grad") or re.search(rf"\b{name.partition('.')[0]}\b", below) for name in names)


def _runs(fixture: Fixture, text: str, folder: Path) -> Runs:
    folder.mkdir(exist_ok=True)
    program = folder / fixture.path.name
    program.write_text(text, encoding="utf-8")
    return Runs(program, fixture.driver, None)


def _real(tensor: Any) -> Any:
    """The real and imaginary parts side by side, where a tensor holds complex numbers."""
    import torch

    return torch.view_as_real(tensor.detach().resolve_conj()) if tensor.is_complex() else tensor


def _values(outcome: Outcome) -> dict[str, list[float]]:
    """The numbers of every tensor and gradient that the globals hold, rounded."""
    from flake8_gradsafe.runtime.claims import _everything

    return {
        name: [round(number, 4) for number in _real(tensor).double().reshape(-1).tolist()]
        for name, tensor in _everything(outcome.namespace).items()
    }


# -- random programs -----------------------------------------------------------------------------------------------------

PROGRAMS = 60


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
@pytest.mark.parametrize("kind", AUTHORS)
def test_safe_fixes_of_random_programs_leave_every_value_and_make_every_gradient_right(
    kind: str, seed: int, tmp_path: Path
) -> None:
    path = tmp_path / "program.py"
    for program in islice(random_programs(seed, AUTHORS[kind]), PROGRAMS):
        outcome = fixed(program.source)
        if not outcome.applied or any(not each.code.startswith("GRD9") for each in check(outcome.text)):
            continue
        path.write_text(program.source, encoding="utf-8")
        before, copies = run_plainly(path, None), run_cloning(path, None)
        path.write_text(outcome.text, encoding="utf-8")
        after = run_plainly(path, None)
        if copies.error is not None or (before.error is not None and after.error is not None):
            continue
        assert after.error is None, outcome.text
        expected, values = _values(copies), _values(after)
        changed = {name for name in expected if values.get(name) != expected[name]}
        assert not _seen_later(changed, outcome), f"{sorted(changed)}\n{outcome.text}"
