"""README.md: its picture is what the command prints, and its figures are those of the files that the checks write."""

from __future__ import annotations

import re
from collections import Counter

from tests.ecosystem.sources import PACKAGES, REPOSITORIES
from website import ROOT, evidence, screenshot

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def numbers(pattern: str) -> list[str]:
    """The numbers in the sentence of README.md that a pattern describes."""
    found = re.search(pattern.replace("#", r"([\d.,]*\d)"), README)
    assert found, pattern
    return [number.replace(",", "") for number in found.groups()]


def test_the_picture_is_what_the_command_prints() -> None:
    assert screenshot.FILE.read_text(encoding="utf-8") == screenshot.picture()
    assert f'src="{screenshot.FILE.relative_to(ROOT).as_posix()}"' in README


def test_a_picture_keeps_every_character_and_colour_in_its_width() -> None:
    lines = list(screenshot._wrapped(screenshot.printed()))
    assert max(len(screenshot._bare(line)) for line in lines) <= screenshot._COLUMNS
    bare = "".join(map(screenshot._bare, lines))
    assert bare == screenshot._bare(screenshot.printed()).replace("\n", "")


def test_figures_of_public_code() -> None:
    counted: Counter[str] = Counter()
    for verdicts in evidence.ecosystem_verdicts().values():
        counted += verdicts
    judged = [str(each) for each in (counted.total(), counted["real"], counted["arguable"], counted["false"])]
    sentence = r"On # public packages .*? judged all # proven and suspect findings: # real bugs, # arguable, # false\."
    assert numbers(sentence) == [str(len(PACKAGES) + len(REPOSITORIES)), *judged]
    proven = [verdicts for code, verdicts in evidence.ecosystem_verdicts().items() if code.startswith("GRD1")]
    assert numbers(r"Of the # that are called proven, none is false") == [str(sum(each.total() for each in proven))]
    assert not any(each["false"] for each in proven)
    assert numbers(r"`.data` write there, some #, is GRD911") == [str(round(evidence.ecosystem_counts()["GRD911"], -2))]


def test_figures_of_planted_bugs() -> None:
    harmful = [row for row in evidence.rows("mutants/verdicts.csv") if row["outcome"] != "same"]
    found = sum(row["found"].startswith(("GRD1", "GRD2")) for row in harmful)
    assert numbers(r"Of # known bugs .*? it finds #;") == [str(len(harmful)), str(found)]


def test_figures_of_the_benchmark() -> None:
    text = (ROOT / "docs/benchmark.md").read_text(encoding="utf-8")
    measured = {
        row[0]: row[1:]
        for row in re.findall(r"^\| ([^|]+?) \|(?: [^|]+ \|){3} ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    }
    medians = dict(re.findall(r"^\| ([^|]+?) \| \d+ \| ([\d.]+) \| [\d.]+ \| [\d.]+ \|$", text, re.MULTILINE))
    said = numbers(r"it costs # times .*? \(TorchFix: # times\), .*? # times; the median file # times")
    default, torchfix, every, median = map(float, said)
    assert default == float(measured["gradsafe GRD1,GRD2"][0])
    assert torchfix == float(measured["TorchFix"][1])
    assert every == round(float(measured["gradsafe GRD"][1]), 1)
    assert median == round(float(medians["gradsafe GRD1,GRD2"]), 1)
