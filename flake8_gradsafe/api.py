"""The linter for programs: a text in, its findings out, with the codes that are on everywhere else."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe import engine
from flake8_gradsafe.config.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.finding import Finding

    #: Codes, or the beginnings of codes: one after another, or in a text with commas or spaces between them.
    Codes = str | Iterable[str]


def check(
    source: str,
    *,
    select: Codes | None = None,
    extend_select: Codes = (),
    ignore: Codes | None = None,
    extend_ignore: Codes = (),
    fixes: bool = False,
) -> list[Finding]:
    """Find what is wrong with the gradients of a program.

    `source` is the text of a whole module. The other arguments are flake8's options of these names: by default, what is proven
    (GRD1) and what is suspect (GRD2) is reported, and `extend_select="GRD9"` adds the advice. No configuration file is read,
    and no comment in the text silences a finding. `fixes` asks for the findings' fixes, which cost time.

    The findings are sorted by place. Lines count from 1, columns from 0 in code points.

    Raises SyntaxError where the text does not parse, `syntax.tree.TooDeep` where it nests too deep to be read, and
    `settings.BadSettings` where a code is none of ours.
    """
    options = {"select": select, "extend-select": extend_select, "ignore": ignore, "extend-ignore": extend_ignore}
    given = tuple((name, _joined(codes)) for name, codes in options.items() if codes is not None and codes != ())
    return engine.check(source, wanted=_wanted(given), fixes=fixes)


def _joined(codes: Codes) -> str:
    return codes if isinstance(codes, str) else ",".join(codes)


@lru_cache(maxsize=32)
def _wanted(given: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The codes that these options leave on."""
    return load(dict(given), isolated=True).selection("").codes
