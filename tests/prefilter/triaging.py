"""The prefilter's verdicts and summaries of a text, given with CPython's tree of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from flake8_gradsafe.prefilter import result, stored
from flake8_gradsafe.prefilter.effects import Summary
from flake8_gradsafe.syntax.lower import lower_module


def triage(source: str, tree: ast.Module, known: Mapping[str, Summary] | None = None) -> result.TriageResult:
    """What the prefilter says of a text."""
    return result.triage(lower_module(tree, source), known)


def summarised(source: str, tree: ast.Module) -> dict[str, Summary]:
    """The summaries of a text's functions."""
    return stored.summarised(lower_module(tree, source))
