"""The figures of the site. Each is read from a file that a check writes, or is held against; else there is no figure."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from website import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TESTS = ROOT / "tests"
_HARMFUL = ("error", "wrong", "lost")
_GROUPS = {"1": "proven (`GRD1`)", "2": "suspect (`GRD2`)"}
_VERDICTS = ("real", "arguable", "false")


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a table in the folder of tests."""
    with (TESTS / table).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def figures(name: str) -> dict[str, Any] | None:
    """What a check has written to its `figures.json`; None where it has not."""
    file = TESTS / name / "figures.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def ecosystem_verdicts() -> dict[str, Counter[str]]:
    """The verdicts on the findings in public code, counted by code."""
    counted: dict[str, Counter[str]] = {}
    for row in rows("ecosystem/verdicts.csv"):
        counted.setdefault(row["code"], Counter())[row["verdict"]] += 1
    return counted


def ecosystem_counts() -> Counter[str]:
    """How often each code is found in public code."""
    counts: Counter[str] = Counter()
    for row in rows("ecosystem/baseline.csv"):
        counts[row["code"]] += int(row["count"])
    return counts


def sources_with_findings() -> int:
    """How many public packages and repositories have a finding of any kind."""
    return len({row["source"] for row in rows("ecosystem/baseline.csv")})


def found_in_public_code(code: str) -> str:
    """How often a rule is found in public code, in a sentence or two."""
    verdicts = ecosystem_verdicts().get(code, Counter())
    times = verdicts.total() or ecosystem_counts()[code]
    if not times:
        return "Not once in the pinned packages and repositories. See [how sure we are](../how-sure.md#public-code)."
    said = f"{_times(times)} in the pinned packages and repositories"
    if verdicts:
        said += ", each read and judged: " + ", ".join(
            f"{verdicts[each]} {each}" for each in _VERDICTS if verdicts[each]
        )
    return f"{said}. See [how sure we are](../how-sure.md#public-code)."


def _times(number: int) -> str:
    return {1: "Once", 2: "Twice"}.get(number, f"{number} times")


def public_code() -> str:
    """The verdicts on what is found in public code, by how sure the findings are."""
    by_group: dict[str, Counter[str]] = {digit: Counter() for digit in _GROUPS}
    for code, verdicts in ecosystem_verdicts().items():
        by_group[code[3]] += verdicts
    lines = [
        [_GROUPS[digit], *(str(verdicts[each]) for each in _VERDICTS), str(verdicts.total())]
        for digit, verdicts in by_group.items()
    ]
    return table(["findings that are", *_VERDICTS, "all"], lines)


def false_in_public_code() -> str:
    """What is found in public code though nothing goes wrong there."""
    wrong = [row for row in rows("ecosystem/verdicts.csv") if row["verdict"] == "false"]
    return table(
        ["code", "where", "why it is no bug"],
        [
            [
                f"[{row['code']}](rules/{row['code'].lower()}.md)",
                f"{_named(row['source'])}, `{row['path']}`",
                row["why"],
            ]
            for row in wrong
        ],
    )


def _named(source: str) -> str:
    name, at, commit = source.partition("@")
    return f"{name}{at}{commit[:8]}"


def mutants() -> str:
    """Of the bugs that a script plants into public code, those that do harm: how many of each kind are found."""
    harmful = [row for row in rows("mutants/verdicts.csv") if row["outcome"] in _HARMFUL]
    kinds: dict[str, list[dict[str, str]]] = {}
    for row in harmful:
        kinds.setdefault(row["operator"], []).append(row)
    lines = [_found_of(f"{kind.replace('-', ' ')}", those) for kind, those in sorted(kinds.items())]
    return table(["planted bug", "did harm in PyTorch", "found", "missed"], [*lines, _found_of("**all**", harmful)])


def _found_of(name: str, those: Sequence[Mapping[str, str]]) -> list[str]:
    found = sum(row["found"][:4] in ("GRD1", "GRD2") for row in those)
    return [name, str(len(those)), str(found), str(len(those) - found)]


def missed_mutants() -> str:
    """Why planted bugs are missed, with how many have the same reason."""
    reasons = Counter(
        row["reason"]
        for row in rows("mutants/verdicts.csv")
        if row["outcome"] in _HARMFUL and row["found"][:4] not in ("GRD1", "GRD2")
    )
    return table(
        ["missed", "reason"], [[str(number), reason or "none is known yet"] for reason, number in reasons.most_common()]
    )


def harmless_mutants() -> str:
    """Of the planted changes that do no harm, how many are reported all the same."""
    harmless = [row for row in rows("mutants/verdicts.csv") if row["outcome"] == "same"]
    spoken = sum(row["found"][:4] in ("GRD1", "GRD2") for row in harmless)
    return (
        f"Of {len(harmless)} planted changes that changed no gradient in the run, {spoken} are reported all the same: "
        "the run did not show the harm, or there was none."
    )


def guards() -> str:
    """Of the refusals that PyTorch's own tests expect, those that the linter foretells."""
    tried = rows("peers/guards.csv")
    foretold = sum(bool(row["found"]) for row in tried)
    reasons = Counter(row["reason"] for row in tried if row["reason"])
    listed = table(["not foretold", "why not"], [[str(number), reason] for reason, number in reasons.most_common()])
    return (
        f"PyTorch's tests of autograd expect {len(tried)} refusals that could concern the rules. With each taken out of its "
        f"`assertRaises`, one at a time, the linter foretells {foretold} of them.\n\n{listed}"
    )


def peers() -> str:
    """The verdicts on what is found in the tests of PyTorch and of the packages around it, which pass."""
    return table(
        ["where", "code", "verdict", "why"],
        [
            [
                f"{row['source'].partition('=')[0]}, `{row['path']}`, line {row['line']}",
                f"[{row['code']}](rules/{row['code'].lower()}.md)",
                row["verdict"],
                row["why"],
            ]
            for row in rows("peers/verdicts.csv")
        ],
    )


def differential() -> str:
    """How the model of autograd and PyTorch agree on random programs."""
    kept = figures("differential")
    if kept is None:
        return ""
    return (
        f"The last kept run (seed {kept['seed']}, PyTorch {kept['torch']}) ran {kept['programs']:,} programs and compared "
        f"{kept['verdicts']:,} verdicts: {kept['differences']} differences. The model itself leaves {kept['left_open']:,} open."
    )


def source_fuzz() -> str:
    """How the whole linter and PyTorch agree on random source programs."""
    kept = figures("source_fuzz")
    if kept is None:
        return ""
    share = 100 * kept["missed"] / max(1, kept["harmed"])
    return (
        f"The last kept run (seed {kept['seed']}, PyTorch {kept['torch']}) judged {kept['programs']:,} programs. "
        f"{kept['false']} of them had a false alarm. Of the {kept['harmed']:,} in which a gradient was wrong, lost or refused, "
        f"{kept['missed']:,} ({share:.1f} %) got no finding that said so."
    )


def fixtures() -> str:
    """How many programs confirm the rules."""
    folder = ROOT / "fixtures"
    wrong, safe = (len(_programs(folder.glob(f"grd*/{kind}/*.py"))) for kind in ("wrong", "safe"))
    every = _programs(folder.rglob("*.py"))
    advised = len(list(folder.rglob("*.advised.py")))
    return (
        f"{len(every):,} programs in `fixtures` are run by the tests. Of those that belong to a rule, {wrong:,} go wrong and "
        f"{safe:,} look alike and are right. {advised:,} more follow the advice of a finding, word for word, and compute the "
        "right gradients."
    )


def _programs(paths: Iterable[Any]) -> list[Any]:
    return [path for path in paths if path.name.count(".") == 1]


def measured() -> str:
    """How many operators and modules were measured."""
    known = json.loads((ROOT / "flake8_gradsafe/autograd/operators.json").read_text(encoding="utf-8"))
    return (
        f"{len(known['operators'])} operators and {len(known['modules'])} modules of PyTorch {known['torch']} are measured. "
        f"{len(known['skipped'])} operators are not, most of them because they have no gradient; what these save is unknown."
    )


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    bars = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in (head, *lines)]
    return "\n".join([bars[0], "|" + "---|" * len(head), *bars[1:]])


#: What pages may show, by name.
SHOWN = {
    "public-code": public_code,
    "false-in-public-code": false_in_public_code,
    "mutants": mutants,
    "missed-mutants": missed_mutants,
    "harmless-mutants": harmless_mutants,
    "guards": guards,
    "peers": peers,
    "differential": differential,
    "source-fuzz": source_fuzz,
    "fixtures": fixtures,
    "measured": measured,
}
