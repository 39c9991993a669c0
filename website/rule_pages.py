"""The pages about rules: each with what the linter and PyTorch say to its programs, and those that lead there."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from flake8_gradsafe.rules import pages, wording
from website import ROOT, evidence, findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.rules.rule import Rule

ERRORS = "rules/errors.md"
_PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
#: What a fixture says of itself.
_COMMENT = re.compile(r"[ \t]*# (?:claim|expect|todo-expect|raises here).*$", re.MULTILINE)
_SURE = {
    "1": ("Proven", "PyTorch will do this each time that the program comes by."),
    "2": ("Suspect", "There is evidence of harm, and one premise is assumed, which the message names."),
    "9": (
        "Advice, off by default",
        "Nothing speaks for harm, but a safer spelling exists. Select it with `--extend-select GRD9`.",
    ),
}


@cache
def families() -> dict[str, str]:
    """The mechanisms by their digit, as the glossary has them."""
    rows = re.findall(r"^\| (\d) \|[^|]*\| (.+?) \|$", pages.glossary(), re.MULTILINE)
    return {digit: name for digit, name in rows if name.strip()}


def by_family() -> dict[str, list[Rule]]:
    """The rules of each mechanism, by its digit."""
    return {digit: [rule for rule in pages.rules() if rule.mechanism == digit] for digit in families()}


def title_of(digit: str) -> str:
    """What a family is called."""
    name = families()[digit].partition(":")[0]
    return f"{name[0].upper()}{name[1:]}"


def path_of(rule: Rule) -> str:
    """Where the page of a rule lies in the site."""
    return f"rules/{rule.code.lower()}.md"


def family_path(digit: str) -> str:
    """Where the page of a family lies in the site."""
    return f"rules/{'-'.join(re.findall('[a-z]+', title_of(digit).lower()))}/index.md"


def files() -> dict[str, str]:
    """The content of each page about rules, by its place in the site."""
    made = {path_of(rule): rule_page(rule) for rule in pages.rules()}
    made |= {family_path(digit): family_page(digit) for digit in families()}
    return made | {"rules/index.md": index(), ERRORS: errors(), "glossary.md": pages.glossary()}


def index() -> str:
    """All rules, family by family."""
    parts = "\n\n".join(f"## {title_of(digit)}\n\n{_listed(rules)}" for digit, rules in by_family().items())
    return (
        "# The rules\n\n"
        "The first digit of a code says how sure a finding is: `GRD1` is proven, `GRD2` suspect, `GRD9` advice that is off by "
        "default. The second names the mechanism. Search this site for the sentence that PyTorch printed: it leads to the rule."
        f"\n\n{parts}\n"
    )


def errors() -> str:
    """The sentences that PyTorch prints, each with the rules that foretell it."""
    parts = []
    for kind, sentence in wording.SENTENCES.items():
        claiming = [rule for rule in pages.rules() if kind in rule.claims]
        parts.append(f"## {_whole(sentence, claiming).rstrip('.')}\n\n{_listed(claiming)}\n")
    return (
        "---\nsearch:\n  boost: 3\n---\n\n# PyTorch printed an error\n\n"
        "These are the sentences by which autograd refuses a program, each with the rules that find the place before the "
        "program runs. Which of them it is, `gradsafe check` tells of your file.\n\n" + "\n".join(parts)
    )


def _whole(sentence: str, rules: list[Rule]) -> str:
    """A part of a sentence as PyTorch printed the whole of it."""
    for rule in rules:
        before, found, _ = pages.page(rule).sections.get("What PyTorch printed", "").partition(sentence)
        if found:
            return before.rpartition("Error: ")[2].rpartition(". ")[2] + sentence
    return sentence


def family_page(digit: str) -> str:
    """The rules of one mechanism."""
    return f"# {title_of(digit)}\n\n{_sentence(families()[digit])}\n\n{_listed(by_family()[digit], '../')}\n"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _listed(rules: list[Rule], up: str = "") -> str:
    lines = [
        [f"[{rule.code}]({up}{rule.code.lower()}.md)", f"`{rule.name}`", _SURE[rule.code[3]][0], rule.summary]
        for rule in rules
    ]
    return evidence.table(["code", "name", "how sure", "what it reports"], lines)


def rule_page(rule: Rule) -> str:
    """A rule's page: its own text, with what the linter reports, what PyTorch printed, and what the fix changes."""
    page = pages.page(rule)
    sections = dict(page.sections)
    example = _PROGRAM.findall(sections["Example"])[0]
    printed = _printed(sections.pop("What PyTorch printed", ""))
    told = {
        "Example": f"{_called(sections['Example'])}\n\n{_reported(example)}\n\n{printed}",
        "Fix safety": f"{_fix(example, rule)}{sections['Fix safety']}",
        "References": f"{sections['References']}\n\n## Found in public code\n\n{evidence.found_in_public_code(rule.code)}",
    }
    body = "".join(f"\n## {heading}\n\n{told.get(heading, text)}\n" for heading, text in sections.items())
    word, meaning = _SURE[rule.code[3]]
    boost = "---\nsearch:\n  boost: 2\n---\n\n" if rule.proven and "Error: " in printed else ""
    return f"{boost}# {rule.code}: {rule.name}\n\n{rule.summary}\n\n**{word}.** {meaning}\n{body}"


def _called(text: str) -> str:
    """A text whose programs are named: the second one is the caller of the first."""
    before, first, *others = text.split("```python\n")
    text = before + f'```python title="train.py"\n{first}'
    return text + "".join(f'```python title="the caller"\n{other}' for other in others)


def _reported(example: str) -> str:
    return f"`gradsafe check train.py` says:\n\n```text\n{findings.report(example)}\n```"


def _printed(said: str) -> str:
    """What PyTorch made of the example, as a box."""
    if not said:
        return ""
    head, _, rest = said.partition("\n\n")
    body = "\n\n".join(f"    {_as_code(line)}" for line in rest.split("\n\n"))
    return f'!!! failure "What PyTorch printed"\n\n    {head}\n\n{body}'


def _as_code(line: str) -> str:
    """An error as it stands in the terminal."""
    return f"```text\n    {line}\n    ```" if re.match(r"\w+(Error|Exception): ", line) else line


def _fix(example: str, rule: Rule) -> str:
    """What `gradsafe check --fix` makes of the example."""
    of_what = "the example"
    mended = findings.mended(example, rule.code)
    if mended is None and rule.fixes:
        of_what, mended = "another program", _fix_of_a_fixture(rule)
    if mended is None:
        return ""
    diff, safe = mended
    option = "--fix" if safe else "--fix --unsafe-fixes"
    return f"`gradsafe check {option} train.py` makes of {of_what}:\n\n```diff\n{diff}\n```\n\n"


def _fix_of_a_fixture(rule: Rule) -> tuple[str, bool] | None:
    """The fix of the shortest program that goes wrong and has one."""
    kept = ROOT.glob(f"fixtures/{rule.code.lower()}/wrong/*fix.diff")
    programs = {path.with_name(f"{path.name.partition('.')[0]}.py") for path in kept}
    for path in sorted(programs, key=lambda path: (path.stat().st_size, path.name))[:3]:
        mended = findings.mended(_COMMENT.sub("", path.read_text(encoding="utf-8")).lstrip(), rule.code)
        if mended is not None:
            return mended
    return None


def navigation() -> Iterator[object]:
    """The entries of the navigation: each family with its rules."""
    yield "rules/index.md"
    yield {"PyTorch printed an error": ERRORS}
    for digit, rules in by_family().items():
        yield {
            title_of(digit).replace("`", ""): [
                family_path(digit),
                *({f"{rule.code} {rule.name}": path_of(rule)} for rule in rules),
            ]
        }
