"""The linter against PyTorch on generated source programs: its false alarms, misses and wrong lines."""

from __future__ import annotations

import ast
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flake8_gradsafe import Finding
from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.engine import check
from flake8_gradsafe.rules import RULES
from flake8_gradsafe.rules.harm import Harm
from tests.source_fuzz.generate import Program
from tests.source_fuzz.label import Label, changed_before_saved, label
from tests.source_fuzz.structures import is_capability, programs_of

#: How a label calls what a rule claims. Of the other harms no label speaks.
_CAUSES: Mapping[ErrorKind | Harm, str] = {
    Harm.WRONG_GRADIENT: "unseen-write",
    Harm.LOST_GRADIENT: "detached",
    Harm.DROPPED_GRADIENT: "frozen",
    Harm.NEVER_TRAINED: "never-trained",
    ErrorKind.LEAF_VIEW_WRITE: ErrorKind.LEAF_WRITE.value,
    **{kind: kind.value for kind in ErrorKind if kind is not ErrorKind.LEAF_VIEW_WRITE},
}
#: For every proven code whose claim a label can show: the causes of harm, of which PyTorch must show one.
CLAIMS: Mapping[str, frozenset[str]] = {
    code: causes
    for code, rule in RULES.items()
    if rule.proven and (causes := frozenset(_CAUSES[claim] for claim in rule.claims if claim in _CAUSES))
}
_SHOWN = 3  # programs of each kind in a report
_SHRUNK = 12  # programs made smaller in a report, over all
_MOST_CONDITIONS = 4
_STYLES = 20


@dataclass(frozen=True)
class Comparison:
    """What the linter makes of one labelled program.

    false: proven findings of a kind that PyTorch does not show, on no path and for no values.
    elsewhere: those that another outcome of the program's undecided conditions bears out.
    by_chance: those that other values bear out.
    unjudged: those that claim something that no label speaks of, or that stand in a function that is never called.
    misplaced: proven findings of the right kind on a line that is not to blame.
    missed: harm without any finding.
    right_line: no harm, or no finding, or a finding on a guilty line.
    spoken: a right program with a finding that nothing bears out.
    intended: a right program that changes values before they are saved, and is told so.
    """

    program: Program
    label: Label
    findings: tuple[Finding, ...]
    false: tuple[Finding, ...] = ()
    elsewhere: tuple[Finding, ...] = ()
    by_chance: tuple[Finding, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    misplaced: tuple[Finding, ...] = ()
    seconds: float = 0.0
    missed: bool = False
    right_line: bool = True
    spoken: bool = False
    intended: bool = False

    @property
    def cause(self) -> str:
        """What went wrong, in one word, and by what statement."""
        gravest = next((harm for harm in self.label.harms if harm.kind == self.label.verdict), None)
        if gravest is None:
            return ""
        guilty = sorted(gravest.guilty)
        text = self.program.source.splitlines()[guilty[0] - 1] if guilty else ""
        return f"{gravest.kind}: {gravest.cause}{_manner(gravest.cause, text)}"


def _manner(cause: str, text: str) -> str:
    """How the guilty line spells it, for causes that have several spellings."""
    if cause not in ("unseen-write", "modified-inplace"):
        return ""
    for pattern, manner in (
        (r"\.data = ", "assignment to .data"),
        (r"\.step\(\)", "optimizer.step()"),
        (r"np\.|arr|host|np_values|numpy", "array"),
        (r"out=", "out="),
        (r"inplace=True", "inplace=True"),
        (r"nn\.init", "nn.init"),
        (r"\] = .*\[", "buffer"),
        (r"\.data\b", ".data inline"),
    ):
        if re.search(pattern, text):
            return f", {manner}"
    return ", other"


def compare(program: Program) -> Comparison:
    """Label a program, lint it, and hold one against the other. A discarded program is not linted."""
    verdict = label(program.source)
    if verdict.verdict == "discarded":
        return Comparison(program, verdict, ())
    started = time.perf_counter()
    findings = tuple(finding for finding in check(program.source) if not finding.code.startswith("GRD9"))
    seconds = time.perf_counter() - started
    return replace(hold_against(program, verdict, findings), seconds=seconds)


def hold_against(program: Program, verdict: Label, findings: tuple[Finding, ...]) -> Comparison:
    """What findings are worth, given the label of their program."""
    harmed = verdict.verdict != "right"
    proven = [finding for finding in findings if finding.code.startswith("GRD1")]
    judged = [
        finding
        for finding in proven
        if finding.code in CLAIMS and not _is_never_called(program.source, finding.line, verdict.executed)
    ]
    doubtful = [finding for finding in judged if not _shown(finding, verdict)]
    heard = [finding for finding in findings if finding not in proven or finding in doubtful]
    asked = bool(doubtful) or (bool(heard) and not harmed)
    paths = _Alternatives([program] if asked else [])
    elsewhere = [finding for finding in doubtful if paths.bear_out(finding)]
    rest = [finding for finding in doubtful if finding not in elsewhere]
    spoken = [] if harmed else [finding for finding in heard if not paths.blame(finding.line)]
    values = _Alternatives(_with_other_values(program) if rest or spoken else [])
    by_chance = [finding for finding in rest if values.bear_out(finding)]
    spoken = [finding for finding in spoken if not values.blame(finding.line)]
    intended = bool(spoken) and {finding.line for finding in spoken} <= changed_before_saved(program.source)
    guilty = {line for harm in verdict.harms for line in harm.guilty}
    return Comparison(
        program,
        verdict,
        findings,
        false=tuple(finding for finding in rest if finding not in by_chance),
        elsewhere=tuple(elsewhere),
        by_chance=tuple(by_chance),
        unjudged=tuple(finding for finding in proven if finding not in judged),
        misplaced=tuple(f for f in judged if f not in doubtful and f.code != "GRD125" and f.line not in guilty),
        missed=harmed and not findings,
        right_line=not harmed or not findings or any(finding.line in guilty for finding in findings),
        spoken=bool(spoken) and not intended,
        intended=intended,
    )


def _is_never_called(source: str, line: int, executed: Collection[int]) -> bool:
    """Whether a line stands in a function of which no line was executed: the linter runs it with unknown arguments."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    bodies = (range(node.body[0].lineno, (node.end_lineno or 0) + 1) for node in functions)
    return any(line in body and not any(each in executed for each in body) for body in bodies)


def _shown(finding: Finding, verdict: Label) -> bool:
    """Whether PyTorch showed what the finding claims."""
    return bool(CLAIMS[finding.code] & verdict.causes)


class _Alternatives:
    """The labels of programs, for every outcome of the conditions that only a run decides."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.labels = [label(source) for program in programs for source in _on_every_path(program)]

    def bear_out(self, finding: Finding) -> bool:
        """Whether somewhere PyTorch shows what the finding claims."""
        return any(_shown(finding, each) for each in self.labels)

    def blame(self, line: int) -> bool:
        """Whether somewhere the line is to blame for something."""
        return any(line in harm.guilty for each in self.labels for harm in each.harms)


def _on_every_path(program: Program) -> Iterator[str]:
    """The program as it is, and with its undecided conditions decided in every way."""
    yield program.source
    conditions = program.opaque[:_MOST_CONDITIONS]
    for outcomes in itertools.product(("True", "False"), repeat=len(conditions)) if conditions else ():
        source = program.source
        for condition, outcome in zip(conditions, outcomes, strict=True):
            source = source.replace(condition, outcome)
        yield source


def _with_other_values(program: Program) -> list[Program]:
    """The same program with another seed, other decimal digits, and no zeros."""
    return [replace(program, source=_other_values(program.source, shift)) for shift in (2, 3)]


def _other_values(source: str, shift: int) -> str:
    def other(match: re.Match[str]) -> str:
        return f"0.{(int(match[1]) + shift) % 9 + 1}"

    source = re.sub(r"\b0\.(\d)\b", other, source)
    for one, another in (
        ("torch.manual_seed(0)", "pass"),
        ("import torch\n", f"import torch; torch.manual_seed({shift})\n"),
        (".zero_()", ".fill_(0.35)"),
        ("nn.init.zeros_", "nn.init.ones_"),
        ("torch.zeros(", "torch.ones("),
        (", 9.0, ", ", 0.1, "),
    ):
        source = source.replace(one, another)
    return source


# --- many programs --------------------------------------------------------------------------------


@dataclass
class Report:
    """Counts over many programs, and the programs behind the counts."""

    tried: int = 0
    seconds: float = 0.0
    linting: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    discarded: Counter[str] = field(default_factory=Counter)
    unjudged: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    styles: Counter[str] = field(default_factory=Counter)  # of harmed programs
    right_styles: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    by_chance: int = 0
    intended: int = 0
    false: list[Comparison] = field(default_factory=list)
    missed: list[Comparison] = field(default_factory=list)
    misplaced: list[Comparison] = field(default_factory=list)
    spoken: list[Comparison] = field(default_factory=list)

    def add(self, comparison: Comparison) -> None:
        """Count one program."""
        self.tried += 1
        verdict = comparison.label.verdict
        if verdict == "discarded":
            self.discarded[re.sub(r"\d+", "N", comparison.label.reason)[:60]] += 1
            return
        self.verdicts[verdict] += 1
        self.linting += comparison.seconds
        self.unjudged.update(finding.code for finding in comparison.unjudged)
        self.elsewhere += bool(comparison.elsewhere)
        self.by_chance += bool(comparison.by_chance)
        self.intended += comparison.intended
        if verdict != "right":
            self.causes[comparison.cause] += 1
            self.styles.update(comparison.program.styles)
        else:
            self.right_styles.update(comparison.program.styles)
        for wanted, comparisons in (
            (bool(comparison.false), self.false),
            (comparison.missed, self.missed),
            (not comparison.right_line, self.misplaced),
            (comparison.spoken, self.spoken),
        ):
            if wanted:
                comparisons.append(comparison)

    @property
    def labelled(self) -> int:
        """How many programs got a verdict."""
        return sum(self.verdicts.values())

    @property
    def shares(self) -> dict[str, float]:
        """The shares of the three verdicts; wrong and lost gradients are one of them."""
        counts = {
            "right": self.verdicts["right"],
            "refused": self.verdicts["refused"],
            "silent": self.verdicts["wrong"] + self.verdicts["lost"],
        }
        return {name: count / max(1, self.labelled) for name, count in counts.items()}

    @property
    def harmed(self) -> int:
        """How many programs PyTorch refuses or gets silently wrong."""
        return self.labelled - self.verdicts["right"]

    @property
    def missed_share(self) -> float:
        """Among the harmed programs, those without a finding."""
        return len(self.missed) / max(1, self.harmed)

    @property
    def right_line_share(self) -> float:
        """Among the harmed programs with a finding, those with one on a guilty line."""
        hits = self.harmed - len(self.missed)
        return 1 - len(self.misplaced) / max(1, hits)

    @property
    def spoken_share(self) -> float:
        """Among the right programs, those with a finding that nothing bears out."""
        return len(self.spoken) / max(1, self.verdicts["right"])

    def __str__(self) -> str:
        return "\n".join((*self.figures(), *self.examples()))

    def figures(self) -> Iterator[str]:
        """The counts, line by line."""
        yield (
            f"{self.tried} programs, {self.tried / max(self.seconds, 1e-9):.0f} a second "
            f"({1000 * self.linting / max(1, self.labelled):.1f} ms of linting each)"
        )
        yield f"rules: {' '.join(RULES)}"
        yield "verdicts: " + ", ".join(
            f"{name} {100 * count / max(1, self.labelled):.1f} %" for name, count in self.verdicts.most_common()
        )
        yield f"discarded: {sum(self.discarded.values())}"
        yield from (f"  {count:5} {reason}" for reason, count in self.discarded.most_common(6))
        yield f"false alarms: {len(self.false)} programs"
        false = Counter(
            f"{finding.code} {_kind_of_falsehood(finding, comparison)}"
            for comparison in self.false
            for finding in comparison.false
        )
        yield from (f"  {count:5} {kind}" for kind, count in false.most_common())
        yield (
            f"  besides: true on another path {self.elsewhere}, for other values {self.by_chance}, "
            f"of no kind that is labelled {dict(self.unjudged)}"
        )
        yield f"missed: {len(self.missed)} of {self.harmed}, {100 * self.missed_share:.1f} %"
        causes = Counter(comparison.cause for comparison in self.missed)
        yield from (f"  {n:5} of {self.causes[cause]:5}  {cause}" for cause, n in causes.most_common())
        yield "  by style:"
        styles = _styles(self.missed)
        rates = sorted(
            (style for style in styles if not is_capability(style)),
            key=lambda style: -styles[style] / self.styles[style],
        )
        yield from (f"  {styles[style]:5} of {self.styles[style]:5}  {style}" for style in rates[:_STYLES])
        yield f"right lines: {100 * self.right_line_share:.1f} % ({len(self.misplaced)} programs elsewhere)"
        yield (
            f"right programs spoken at: {len(self.spoken)}, {100 * self.spoken_share:.1f} % "
            f"{dict(Counter(f.code for c in self.spoken for f in c.findings))}; "
            f"besides, values changed before they were saved: {self.intended}"
        )

        yield from self.figures_by_capability()

    def figures_by_capability(self) -> Iterator[str]:
        """For every capability: how many harmed programs were found, and how many programs got a false alarm."""
        missed, false, spoken = map(_styles, (self.missed, self.false, self.spoken))
        capabilities = sorted(filter(is_capability, self.styles | self.right_styles))
        if capabilities:
            yield "by capability:              harmed  found missed  false | right spoken"
        for style in capabilities:
            harmed = self.styles[style]
            yield (
                f"  {style:26}{harmed:6} {harmed - missed[style]:6} {missed[style]:6} {false[style]:6} "
                f"|{self.right_styles[style]:6} {spoken[style]:6}"
            )

    def examples(self) -> Iterator[str]:
        """The first few programs of each kind, made small."""
        for title, comparisons, alike in (
            ("false alarm", _one_of_each_kind(self.false), _same_false_alarm),
            ("missed", _one_of_each_cause(self.missed), _same_miss),
            ("wrong line", self.misplaced, _same_wrong_line),
            ("right but spoken at", self.spoken, _same_spoken),
        ):
            shown = _SHRUNK if title in ("false alarm", "missed") else _SHOWN
            for comparison in comparisons[:shown]:
                yield f"\n--- {title}"
                yield described(shrunk(comparison, alike))


def _styles(comparisons: Sequence[Comparison]) -> Counter[str]:
    return Counter(style for comparison in comparisons for style in comparison.program.styles)


def _kind_of_falsehood(finding: Finding, comparison: Comparison) -> str:
    """In what circumstances a proven finding is false."""
    harmed = comparison.label
    if finding.line not in harmed.executed:
        return "on a line that never runs"
    if harmed.verdict == "refused":
        causes = sorted({harm.cause for harm in harmed.harms if harm.kind == "refused"})
        return f"where PyTorch refuses: {', '.join(causes)}"
    return f"on a program that is {harmed.verdict}"


def _one_of_each_kind(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The first of each kind of false alarm, then the others."""
    first = {_kind_of_falsehood(c.false[0], c) + c.false[0].code: c for c in reversed(comparisons)}
    return [*list(first.values())[::-1], *(c for c in comparisons if c not in first.values())]


def _one_of_each_cause(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return list({comparison.cause: comparison for comparison in reversed(comparisons)}.values())[::-1]


def described(comparison: Comparison) -> str:
    """A program with line numbers, its label and its findings."""
    lines = [f"{number:3} {line}" for number, line in enumerate(comparison.program.source.splitlines(), 1)]
    harms = [f"{h.kind}: {h.cause} at {h.line}, guilty {sorted(h.guilty)}" for h in comparison.label.harms]
    findings = [f"{f.code}:{f.line}" + (f" assumed {f.assumed}" if f.assumed else "") for f in comparison.findings]
    return "\n".join(
        (
            *lines,
            f"  PyTorch: {comparison.label.verdict}; {'; '.join(harms)}",
            f"  linter: {', '.join(findings)}",
        )
    )


# --- making examples small ------------------------------------------------------------------------

Alike = Callable[[Comparison, Comparison], bool]


def _same_false_alarm(one: Comparison, other: Comparison) -> bool:
    return bool(
        {(f.code, _kind_of_falsehood(f, one)) for f in one.false}
        & {(f.code, _kind_of_falsehood(f, other)) for f in other.false}
    )


def _same_miss(one: Comparison, other: Comparison) -> bool:
    return other.missed and one.cause == other.cause


def _same_wrong_line(one: Comparison, other: Comparison) -> bool:
    return not other.right_line and one.cause == other.cause


def _same_spoken(one: Comparison, other: Comparison) -> bool:
    return other.spoken and {f.code for f in one.findings} == {f.code for f in other.findings}


def shrunk(comparison: Comparison, alike: Alike) -> Comparison:
    """A smaller program of which the same is true, found by leaving out lines and unwrapping blocks.

    It goes from the last line to the first, and again until a whole round finds nothing to leave out.
    """
    size = -1
    while size != len(comparison.program.source):
        size = len(comparison.program.source)
        index = comparison.program.source.count("\n")
        while index > 0:
            index -= 1
            found = _shrunk_at(comparison, index, alike)
            if found is not None:
                comparison = found
                index = min(index + 1, comparison.program.source.count("\n"))
    return comparison


def _shrunk_at(comparison: Comparison, index: int, alike: Alike) -> Comparison | None:
    """The program made smaller at one line; None if that cannot be."""
    for smaller in smaller_at(comparison.program.source.splitlines(), index):
        program = replace(comparison.program, source="\n".join(smaller) + "\n")
        found = _compared_or_none(program)
        if found is not None and alike(comparison, found):
            return found
    return None


def _compared_or_none(program: Program) -> Comparison | None:
    """The comparison, None where leaving out lines left a program that does not run."""
    try:
        compile(program.source, "<smaller>", "exec")
        return compare(program)
    except (SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError, RuntimeError):
        return None


def smaller_at(lines: Sequence[str], index: int) -> Iterator[list[str]]:
    """The text without a line or the block that it begins, with that block unwrapped, or with an item less."""
    end = _end_of_block(lines, index)
    yield [*lines[:index], *lines[end:]]
    if end > index + 1:
        yield [*lines[:index], *(line.removeprefix("    ") for line in lines[index + 1 : end]), *lines[end:]]
    for item in re.finditer(r"(, | \+ )\w+(?=[\]), +]|$)|(?<=[\[(])\w+, |(?<== )\w+ \+ ", lines[index]):
        yield [*lines[:index], lines[index][: item.start()] + lines[index][item.end() :], *lines[index + 1 :]]


def _end_of_block(lines: Sequence[str], index: int) -> int:
    """The first line behind the statement that starts at `index`, its block included."""
    indent = len(lines[index]) - len(lines[index].lstrip())
    end = index + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    return end


def compare_many(count: int, seed: int = 0, kinds: Sequence[str] = ("classic",)) -> Report:
    """Compare that many generated programs of these kinds, the same ones for the same seed."""
    report = Report()
    started = time.perf_counter()
    for program in itertools.islice(programs_of(kinds, seed), count):
        report.add(compare(program))
    report.seconds = time.perf_counter() - started
    return report


def codes_of(findings: Collection[Finding]) -> list[str]:
    """The codes of findings with their lines, as `GRD111:4`."""
    return [f"{finding.code}:{finding.line}" for finding in findings]
