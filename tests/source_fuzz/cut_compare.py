"""The linter on programs that are cut into several files, held against what it says of each in one file."""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.finding import Finding, Location
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from tests.source_fuzz.compare import smaller_at
from tests.source_fuzz.cutting import MAIN, Cut, Plan, cut, plan_of
from tests.source_fuzz.label import label, quiet_and_repeatable, reached_leaves
from tests.source_fuzz.structures import programs_of

_DEFAULT = frozenset(code for code in CODES if not code.startswith("GRD9"))
_RUN_EVERY = 10
_SHOWN = 3  # programs of each kind in a report

Place = tuple[str, int]  # a code, and a line of the one-file program; 0 where a file has a line of its own
Found = dict[Place, set[object]]  # for every place the premises and the traces


@dataclass(frozen=True)
class CutComparison:
    """What the linter finds in a program, `whole` and cut.

    `linked` is found from the main file on, `alone` only where another file is checked by itself; `otherwise` are places of
    which, from the main file on, other premises or another trace is told.
    """

    source: str
    seed: int
    plan: Plan
    cut: Cut
    whole: frozenset[Place]
    linked: frozenset[Place]
    alone: frozenset[Place]
    otherwise: frozenset[Place]
    seconds: tuple[float, float] = (0.0, 0.0)

    @property
    def lost(self) -> frozenset[Place]:
        """What is found in one file only."""
        return self.whole - self.linked - self.alone

    @property
    def new(self) -> frozenset[Place]:
        """What is found from the main file on, and not in one file."""
        return self.linked - self.whole

    @property
    def new_alone(self) -> frozenset[Place]:
        """What is found in a part by itself, on lines of which nothing is said in one file."""
        told = {line for _, line in self.whole}
        return frozenset((code, line) for code, line in self.alone if line not in told)

    @property
    def equal(self) -> bool:
        """Whether the same is found from the main file on, and nothing is lost."""
        return not self.lost and not self.new

    @property
    def kinds(self) -> frozenset[str]:
        """The differences, by name."""
        kinds: set[str] = set()
        for title, places in (
            ("lost", self.lost),
            ("found alone only", self.whole & self.alone),
            ("new", self.new),
            ("told otherwise", self.otherwise),
            ("new alone", self.new_alone),
        ):
            kinds |= {f"{title} {code}" for code, _ in places}
        return frozenset(kinds)


def compare_cut(source: str, seed: int, plan: Plan) -> CutComparison:
    """Check a program in one file, and cut as planned."""
    pieces = cut(source, plan)
    started = time.perf_counter()
    whole = _places(check(source, wanted=_DEFAULT), lambda location: location.line)
    between = time.perf_counter()
    with TemporaryDirectory() as name:
        folder = write(pieces, Path(name).resolve())
        sources = Sources()
        before = time.perf_counter()
        linked = _found(pieces, folder, MAIN, sources)
        after = time.perf_counter()
        alone = frozenset().union(*(_found(pieces, folder, file, sources) for file in pieces.files if file != MAIN))
    return CutComparison(
        source,
        seed,
        plan,
        pieces,
        frozenset(whole),
        frozenset(linked),
        alone - linked.keys(),
        frozenset(place for place in whole.keys() & linked.keys() if whole[place] != linked[place]),
        (between - started, after - before),
    )


def write(pieces: Cut, folder: Path) -> Path:
    """Write the files of a program into a folder, which is the top of a project."""
    (folder / "setup.cfg").write_text("", encoding="utf-8")
    for file, text in pieces.files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def _found(pieces: Cut, folder: Path, file: str, sources: Sources) -> Found:
    """What is found from a file on, in the places of the one-file program."""
    path = str(folder / file)

    def line_of(location: Location) -> int:
        where = Path(location.path or path).relative_to(folder).as_posix()
        return pieces.origins.get((where, location.line), 0)

    return _places(check(pieces.files[file], wanted=_DEFAULT, imports=FileImports(path, sources)), line_of)


def _places(findings: Iterable[Finding], line_of: Callable[[Location], int]) -> Found:
    found: Found = {}
    for each in findings:
        trace = tuple((step.role, line_of(step.location)) for step in each.trace)
        found.setdefault((each.code, line_of(each.location)), set()).add((each.assumed, trace))
    return found


# --- running --------------------------------------------------------------------------------------


def outcome(files: dict[str, str]) -> list[object]:
    """What PyTorch makes of a program: the gradients of each backward, and the error that ends it."""
    seen: list[object] = []
    backward, grad = torch.autograd.backward, torch.autograd.grad

    def recorded_backward(tensors: torch.Tensor, *arguments: Any, **options: Any) -> None:
        leaves = reached_leaves(tensors)
        backward(tensors, *arguments, **options)
        seen.append([tensors.tolist(), *(None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves)])

    def recorded_grad(*arguments: Any, **options: Any) -> Any:
        found = grad(*arguments, **options)
        seen.append([None if each is None else each.tolist() for each in found])
        return found

    modules, path, writes = set(sys.modules), list(sys.path), sys.dont_write_bytecode
    with TemporaryDirectory() as name, quiet_and_repeatable():
        folder = Path(name).resolve()
        write(Cut(files, {}, {}), folder)
        torch.autograd.backward = recorded_backward  # type: ignore[assignment]
        torch.autograd.grad = recorded_grad
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = True
        try:
            exec(compile(files[MAIN], str(folder / MAIN), "exec"), {"__name__": "__main__"})
        except Exception as error:  # noqa: BLE001
            seen.append(f"{type(error).__name__}: {error}")
        finally:
            torch.autograd.backward, torch.autograd.grad = backward, grad
            sys.path[:] = path
            sys.dont_write_bytecode = writes
            sys.path_importer_cache.pop(str(folder), None)
            for module in set(sys.modules) - modules:
                if (getattr(sys.modules[module], "__file__", None) or "").startswith(str(folder)):
                    del sys.modules[module]
    return seen


def runs_alike(comparison: CutComparison) -> bool:
    """Whether PyTorch makes the same of the cut program as of the whole one."""
    return repr(outcome({MAIN: comparison.source})) == repr(outcome(dict(comparison.cut.files)))


# --- many programs --------------------------------------------------------------------------------


@dataclass
class CutReport:
    """Counts over many cut programs, and those that differ."""

    tried: int = 0
    skipped: int = 0
    equal: int = 0
    found: int = 0
    run: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)
    ways: Counter[str] = field(default_factory=Counter)
    differing_ways: Counter[str] = field(default_factory=Counter)
    differing: list[CutComparison] = field(default_factory=list)
    unlike: list[CutComparison] = field(default_factory=list)

    def add(self, comparison: CutComparison) -> None:
        """Count one program."""
        self.equal += comparison.equal
        self.found += bool(comparison.whole)
        self.seconds = (self.seconds[0] + comparison.seconds[0], self.seconds[1] + comparison.seconds[1])
        self.ways.update(comparison.cut.spellings)
        if comparison.kinds:
            self.differing.append(comparison)
        if not comparison.equal:
            self.differing_ways.update(comparison.cut.spellings)

    @property
    def share(self) -> float:
        """Among the programs that were cut, those of which the same is found."""
        return self.equal / max(1, self.tried - self.skipped)

    def __str__(self) -> str:
        return "\n".join((*self.figures(), *self.examples()))

    def figures(self) -> Iterator[str]:
        """The counts, line by line."""
        checked = self.tried - self.skipped
        whole, parts = (1000 * each / max(1, checked) for each in self.seconds)
        yield f"{self.tried} programs, {self.skipped} skipped: nothing to move; {self.found} of the others with findings"
        yield f"equal: {100 * self.share:.2f} % of {checked}"
        yield f"time: {whole:.1f} ms for one file, {parts:.1f} ms from the main file on"
        yield f"run in PyTorch: {self.run}, of which {len(self.unlike)} went another way"
        yield from (f"  seed {each.seed}: {_ways(each)}" for each in self.unlike)
        kinds: dict[str, list[int]] = {}
        for each in self.differing:
            for kind in each.kinds:
                kinds.setdefault(kind, []).append(each.seed)
        for kind, seeds in sorted(kinds.items()):
            yield f"  {len(seeds):5} {kind}: seeds {', '.join(map(str, seeds[:12]))}{' …' if len(seeds) > 12 else ''}"
        yield "by way of import: differing of all"
        yield from (f"  {self.differing_ways[way]:5} of {count:5} {way}" for way, count in self.ways.most_common())

    def examples(self) -> Iterator[str]:
        """The first few programs of each kind, made small."""
        shown: Counter[str] = Counter()
        for comparison in self.differing:
            for kind in sorted(comparison.kinds):
                shown[kind] += 1
                if shown[kind] <= _SHOWN:
                    yield f"\n--- {kind}, seed {comparison.seed}"
                    yield described(shrunk(comparison, lambda other, kind=kind: kind in other.kinds))  # type: ignore[misc]


def compare_many_cut(
    count: int, seed: int = 0, kinds: Sequence[str] = ("classic",), run_every: int = _RUN_EVERY
) -> CutReport:
    """Cut that many generated programs, the same ones for the same seed, and run some of them."""
    report = CutReport()
    for index, program in enumerate(itertools.islice(programs_of(kinds, seed), count)):
        report.tried += 1
        plan = plan_of(program.source, index)
        if plan is None:
            report.skipped += 1
            continue
        comparison = compare_cut(program.source, index, plan)
        report.add(comparison)
        if index % run_every < len(kinds):
            report.run += 1
            if not runs_alike(comparison):
                report.unlike.append(comparison)
    return report


# --- making examples small ------------------------------------------------------------------------


def shrunk(comparison: CutComparison, alike: Callable[[CutComparison], bool]) -> CutComparison:
    """A smaller program, cut in the same way, of which the same is true."""
    plan = replace(comparison.plan, ways={pair: (way,) for pair, way in comparison.cut.ways.items()})
    comparison = replace(comparison, plan=plan)
    size = -1
    while size != len(comparison.source):
        size = len(comparison.source)
        index = comparison.source.count("\n")
        while index > 0:
            index -= 1
            for smaller in smaller_at(comparison.source.splitlines(), index):
                found = _compared_or_none(comparison, "\n".join(smaller) + "\n")
                if found is not None and alike(found) and _runs(found.source):
                    comparison = found
                    index = min(index + 1, comparison.source.count("\n"))
                    break
    return comparison


def _compared_or_none(comparison: CutComparison, source: str) -> CutComparison | None:
    """The comparison of a smaller program; None where that is no program, or nothing of it moves."""
    try:
        compile(source, "<smaller>", "exec")
    except SyntaxError:
        return None
    found = compare_cut(source, comparison.seed, comparison.plan)
    return found if any(importer == MAIN for importer, _ in found.cut.ways) else None


def _runs(source: str) -> bool:
    """Whether a program comes to its end, or is refused by PyTorch."""
    reason = label(source).reason
    return reason != "too long" and ("Error: " not in reason or reason.startswith("RuntimeError: "))


def described(comparison: CutComparison) -> str:
    """The files of a program with line numbers, and what is found in one file and in several."""
    texts = [
        line
        for file, text in comparison.cut.files.items()
        for line in (f"# {file}", *(f"{_origin(comparison, file, n)} {line}" for n, line in _numbered(text)))
    ]
    found = (
        f"  {title}: {', '.join(f'{code}:{line}' for code, line in sorted(places)) or 'nothing'}"
        for title, places in (
            ("in one file", comparison.whole),
            ("from the main file", comparison.linked),
            ("in parts alone", comparison.alone),
        )
    )
    return "\n".join((*texts, f"  import: {_ways(comparison)}", *found))


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.splitlines(), 1)


def _origin(comparison: CutComparison, file: str, number: int) -> str:
    return f"{comparison.cut.origins.get((file, number), ''):>3}"


def _ways(comparison: CutComparison) -> str:
    return ", ".join(f"{one} from {other} by {way}" for (one, other), way in comparison.cut.ways.items())
