"""From measurements to tables, for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import rich.table

from tests.bench.measuring import Measured
from tests.bench.processes import Spent
from tests.bench.tools import ALL, AST, DEFAULT, GATE, PARSE, TORCHFIX

_ORDER = (GATE, AST, PARSE, DEFAULT, ALL, TORCHFIX)
#: What sees a sample only.
_SLOW = (ALL, TORCHFIX)
_SLOWEST = 10
NOTHING = "-"
FAILED = "failed"


@dataclass(frozen=True)
class Table:
    """Rows of text under titles. What depends on the machine (`seconds`) is for the terminal only."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    seconds: frozenset[str] = frozenset()

    def rich(self) -> rich.table.Table:
        """The table as the terminal shows it."""
        shown = rich.table.Table(
            title=self.title, caption=self.note or None, title_justify="left", caption_justify="left"
        )
        kept = self._kept()
        for number in kept:
            shown.add_column(self.columns[number], justify="right" if number else "left", overflow="fold")
        for row in self.rows:
            shown.add_row(*(row[number] for number in kept))
        return shown

    def markdown(self) -> str:
        """The table without its seconds."""
        kept = [number for number in self._kept() if self.columns[number] not in self.seconds]
        rows = [[row[number] for number in kept] for row in [self.columns, *self.rows]]
        rows.insert(1, ["---", *("---:" for _ in kept[1:])])
        body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return "\n\n".join(filter(None, (f"## {self.title}", self.note, body))) + "\n"

    def _kept(self) -> list[int]:
        """The columns in which there is something."""
        return [number for number in range(len(self.columns)) if any(row[number] != NOTHING for row in self.rows)]


def times(part: float | None, whole: float | None) -> str:
    """How often the one is the other, to two digits or more."""
    if part is None or not whole:
        return NOTHING
    ratio = part / whole
    return f"{ratio:.{3 if ratio < 0.1 else 2 if ratio < 10 else 1}f}"


def ratio(measured: Iterable[Measured], tool: str, unit: str = PARSE) -> float | None:
    """The cost of a tool in units of another, in all the files that both have seen."""
    both = [each.seconds for each in measured if tool in each.seconds and unit in each.seconds]
    whole = sum(seconds[unit] for seconds in both)
    return sum(seconds[tool] for seconds in both) / whole if whole else None


def tools(measured: Sequence[Measured], sample: str) -> Table:
    """Each tool over all files, and over those that the slow ones have seen."""
    seen = [each for each in measured if _sampled(each)]
    rows = []
    for tool in _ORDER:
        those = [each for each in measured if tool in each.seconds]
        failed = sum(tool in each.failures for each in measured)
        if not those and not failed:
            continue
        lines, seconds = sum(each.lines for each in those), sum(each.seconds[tool] for each in those)
        everywhere = None if tool in _SLOW else ratio(those, tool)
        rows.append(
            (
                tool,
                str(len(those)),
                str(lines),
                str(failed),
                f"{seconds:.2f}",
                times(seconds * 1e6, lines),
                times(everywhere, 1),
                times(ratio(seen, tool), 1),
            )
        )
    columns = ("tool", "files", "lines", "failed", "CPU s", "µs a line", "× parse", "× parse, sample")
    note = f"The sample: {sample}."
    return Table("What each tool costs", columns, rows, note, frozenset({"CPU s", "µs a line"}))


def packages(measured: Mapping[str, Sequence[Measured]]) -> Table:
    """The cost by package."""
    rows = [
        (
            package,
            str(len(those)),
            str(sum(each.lines for each in those)),
            f"{sum(each.let_through for each in those) / len(those):.0%}" if those else NOTHING,
            times(ratio(those, DEFAULT), 1),
            *(times(ratio(filter(_sampled, those), tool), 1) for tool in (DEFAULT, *_SLOW)),
        )
        for package, those in measured.items()
    ]
    columns = (
        "package",
        "files",
        "lines",
        "pass the gate",
        f"{DEFAULT} × parse",
        *(f"{tool} × parse, sample" for tool in (DEFAULT, *_SLOW)),
    )
    return Table("By package", columns, rows)


def each_file(measured: Iterable[Measured]) -> Table:
    """How the cost of one file is spread, of those that the text gate lets through."""
    through = [each for each in measured if each.let_through]
    rows = []
    for tool in (DEFAULT, ALL, TORCHFIX):
        ratios = sorted(each.seconds[tool] / each.seconds[PARSE] for each in _both(through, tool))
        if not ratios:
            continue
        seconds = max(each.seconds[tool] for each in _both(through, tool))
        spread = (median(ratios), ratios[int(0.95 * (len(ratios) - 1))], ratios[-1])
        rows.append((tool, str(len(ratios)), *(times(each, 1) for each in spread), f"{seconds:.2f}"))
    columns = ("tool", "files", "median × parse", "95 % below", "most", "longest, CPU s")
    return Table("File by file, where the gate opens", columns, rows, seconds=frozenset({"longest, CPU s"}))


def _sampled(each: Measured) -> bool:
    return ALL in each.seconds or ALL in each.failures


def _both(measured: Iterable[Measured], tool: str) -> list[Measured]:
    return [each for each in measured if tool in each.seconds and each.seconds.get(PARSE)]


def slowest(measured: Iterable[Measured]) -> Table:
    """The files that take us longest."""
    found = sorted(_both(measured, DEFAULT), key=lambda each: -each.seconds[DEFAULT])
    whole = sum(each.seconds[DEFAULT] for each in found)
    rows = [
        (
            each.name,
            str(each.lines),
            f"{each.seconds[DEFAULT]:.2f}",
            times(each.seconds[DEFAULT], each.seconds[PARSE]),
            f"{each.seconds[DEFAULT] / whole:.1%}",
        )
        for each in found[:_SLOWEST]
    ]
    columns = ("file", "lines", "CPU s", "× parse", "of the time for all files")
    return Table(f"The slowest files of {DEFAULT}", columns, rows, seconds=frozenset({"CPU s"}))


def failures(measured: Iterable[Measured]) -> list[str]:
    """Each file on which something failed, and why: all tools at once where it is the same."""
    told: dict[tuple[str, str], list[str]] = {}
    for each in measured:
        for tool, why in each.failures.items():
            told.setdefault((each.name, why), []).append(tool)
    return [f"{name}: {', '.join(sorted(tools, key=_ORDER.index))}: {why}" for (name, why), tools in told.items()]


def memory(peaks: Mapping[str, Spent], files: int, floor: int) -> Table:
    """The peak of memory of a process for each tool."""
    unit = peaks[PARSE].peak
    rows = [(tool, f"{spent.peak / 2**20:.0f}", times(spent.peak, unit)) for tool, spent in peaks.items()]
    note = (
        f"Of a process that runs nothing else over the {files} longest files, CPython's tree included. {_least(floor)}"
    )
    return Table("Memory at the peak", ("tool", "MiB", "× parse"), rows, note)


def _least(floor: int) -> str:
    return f"Peaks below {floor / 2**20:.0f} MiB cannot be told."


def flake8(runs: Mapping[str, Mapping[str, Spent]], sample: str, floor: int) -> Table:
    """Whole runs of flake8, by package and by what is installed; the first is the unit."""
    variants = list(next(iter(runs.values())))
    sound = [run for run in runs.values() if not any(spent.code for spent in run.values())]
    whole = [sum(run[variant].seconds for run in sound) for variant in variants]
    highest = {variant: max(run[variant].peak for run in runs.values()) for variant in variants}
    rows = [
        (
            package,
            f"{run[variants[0]].seconds:.1f}",
            *(FAILED if spent.code else times(spent.seconds, run[variants[0]].seconds) for spent in run.values()),
        )
        for package, run in runs.items()
    ]
    rows.append(("all where none failed", f"{whole[0]:.1f}", *(times(each, whole[0]) for each in whole)))
    rows.append(("MiB at the peak", NOTHING, *(f"{each / 2**20:.0f}" for each in highest.values())))
    note = f"flake8's own default checks, one process, start-up included; {sample}. {_least(floor)}"
    columns = ("flake8, × without", f"{variants[0]}, CPU s", *variants)
    return Table("Whole runs of flake8", columns, rows, note, frozenset({columns[1]}))


def start_up(pairs: Mapping[str, Sequence[tuple[float, float]]]) -> Table:
    """Short runs of flake8 in pairs, without and with us: the median of the pairs' ratios."""
    rows = [
        (
            run,
            str(len(those)),
            f"{median(without for without, _ in those):.3f}",
            f"{median(with_us for _, with_us in those):.3f}",
            times(median(with_us / without for without, with_us in those), 1),
        )
        for run, those in pairs.items()
    ]
    columns = ("run", "pairs", "without, CPU s", "with, CPU s", "median with ÷ without")
    return Table("Start-up of flake8", columns, rows, seconds=frozenset(columns[2:4]))


def growth(what: str, measured: Sequence[tuple[int, Measured]]) -> Table:
    """A program that doubles: what it costs, against the one before and against parsing it."""
    rows = []
    before: float | None = None
    for size, each in measured:
        ours = each.seconds.get(DEFAULT)
        told = f"{ours:.3f}" if ours is not None else each.failures.get(DEFAULT, NOTHING)
        rows.append((str(size), str(each.lines), told, times(ours, before), times(ours, each.seconds.get(PARSE))))
        before = ours
    columns = (what, "lines", "CPU s", "× the one before", "× parse")
    return Table(f"Growth: {what}", columns, rows, seconds=frozenset({"CPU s"}))
