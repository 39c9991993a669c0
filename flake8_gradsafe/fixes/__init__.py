"""Fixes of findings: a module for each kind of fix, named as the rules name it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from flake8_gradsafe.fixes.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import libcst as cst

    from flake8_gradsafe.finding import Finding, Fix
    from flake8_gradsafe.flagging.findings import Found
    from flake8_gradsafe.rules.rule import Diagnosis, Rule

__all__ = ["with_fixes"]


def with_fixes(found: Found, wanted: bool | Callable[[Finding], bool]) -> list[Finding]:
    """The findings, the wanted ones with their fixes."""
    asked = [
        reported
        for reported in found.reported
        if _stands_in_one_file(reported[0]) and (wanted is True or (callable(wanted) and wanted(reported[0])))
    ]
    fixes = _offered(found.module, found.text, [(rule, report) for _, rule, report in asked])
    offers = {id(finding): fix for (finding, _, _), fix in zip(asked, fixes, strict=True)}
    return [replace(finding, fix=offers.get(id(finding))) for finding in found.findings]


def _stands_in_one_file(finding: Finding) -> bool:
    return not any(location.path for location in (finding.location, *(step.location for step in finding.trace)))


def _offered(module: cst.Module, text: str, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """The fix of each report, None where there is none. `text` is what the module was parsed from."""
    fixes: list[Fix | None] = [None] * len(found)
    if module.code != text:
        return fixes
    source = Source(module, text)
    ranks = max((len(rule.fixes) for rule, _ in found), default=0)
    for rank in range(ranks):
        open_ = [index for index, (rule, _) in enumerate(found) if fixes[index] is None and rank < len(rule.fixes)]
        for name in dict.fromkeys(found[index][0].fixes[rank].name for index in open_):
            asked = [index for index in open_ if found[index][0].fixes[rank].name == name]
            kind = import_module(f"{__name__}.{name}")
            for index, fix in zip(asked, kind.offer(source, [found[index] for index in asked]), strict=True):
                fixes[index] = fix
    return fixes
