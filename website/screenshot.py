"""The picture at the top of README.md: a terminal with what the command really prints of a program.

python -m website.screenshot            writes docs/assets/report.svg
python -m website.screenshot --check    exit 1 if it is not what the command prints
"""

from __future__ import annotations

import argparse
import re
import sys
from html import escape
from typing import TYPE_CHECKING

from flake8_gradsafe.api import check
from flake8_gradsafe.report.outcome import Outcome, Style
from flake8_gradsafe.report.text import render
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding
from website import PROGRAMS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = ROOT / "docs" / "assets" / "report.svg"
PROGRAM = PROGRAMS / "start" / "train.py"
#: Characters of the longest line, and the size of one in the picture.
_COLUMNS, _WIDTH, _HEIGHT = 110, 8.43, 20
_MARGIN, _BAR = 18, 34
#: The terminal's colours by the codes that the report uses.
_COLOURS = {"31": "#ff7b72", "34": "#79c0ff", "36": "#56d4dd"}
_PLAIN, _BRIGHT, _BACKGROUND, _FRAME = "#c9d1d9", "#ffffff", "#0d1117", "#30363d"
_PAINTED = re.compile("\x1b\\[([\\d;]+)m(.*?)\x1b\\[0m")


def printed() -> str:
    """What the command prints of the program on a terminal."""
    source = PROGRAM.read_text(encoding="utf-8")
    document = Document(PROGRAM.name, source)
    found = tuple(FileFinding(document, each, each.line) for each in check(source, fixes=True))
    return f"$ gradsafe check {PROGRAM.name}\n{render(Outcome(found), Style(color=True)).rstrip()}"


def picture() -> str:
    """A terminal that shows it."""
    lines = list(_wrapped(printed()))
    width, height = round(_COLUMNS * _WIDTH + 2 * _MARGIN), _BAR + len(lines) * _HEIGHT + _MARGIN
    told = escape(re.sub(_PAINTED, r"\2", printed()), quote=True)
    shown = [
        f'<text x="{_MARGIN}" y="{_BAR + number * _HEIGHT + 14}" xml:space="preserve">{_coloured(line)}</text>'
        for number, line in enumerate(lines)
    ]
    buttons = "".join(
        f'<circle cx="{_MARGIN + 4 + 20 * number}" cy="17" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f56", "#ffbd2e", "#27c93f"))
    )
    style = f"text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:{_PLAIN}}}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
            f'aria-label="{told}">',
            f"<style>{style}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}" stroke="{_FRAME}"/>',
            buttons,
            *shown,
            "</svg>\n",
        ]
    )


def _wrapped(text: str) -> Iterator[str]:
    """The lines, broken where a terminal of this width breaks them; colours that reach over a break are kept."""
    for line in text.split("\n"):
        rest = line
        while len(_bare(rest)) > _COLUMNS:
            first, rest = _broken(rest)
            yield first
        yield rest


def _bare(line: str) -> str:
    return _PAINTED.sub(r"\2", line)


def _broken(line: str) -> tuple[str, str]:
    """A line up to a terminal's width, and what is left of it."""
    parts, taken = _parts(line), 0
    first: list[str] = []
    while parts:
        codes, words = parts.pop(0)
        room = _COLUMNS - taken
        first.append(_painted(codes, words[:room]))
        taken += min(room, len(words))
        if len(words) > room:
            parts.insert(0, (codes, words[room:]))
            break
    return "".join(first), "".join(_painted(*part) for part in parts)


def _parts(line: str) -> list[tuple[str, str]]:
    """The stretches of a line, each with the codes of its colour."""
    parts, end = [], 0
    for match in _PAINTED.finditer(line):
        parts += [("", line[end : match.start()]), (match[1], match[2])]
        end = match.end()
    return [part for part in (*parts, ("", line[end:])) if part[1]]


def _painted(codes: str, words: str) -> str:
    return f"\x1b[{codes}m{words}\x1b[0m" if codes and words else words


def _coloured(line: str) -> str:
    return "".join(_span(codes, words) for codes, words in _parts(line))


def _span(codes: str, words: str) -> str:
    if not codes:
        return escape(words, quote=False)
    colour = next((_COLOURS[code] for code in codes.split(";") if code in _COLOURS), _BRIGHT)
    weight = ' font-weight="bold"' if "1" in codes.split(";") else ""
    return f'<tspan fill="{colour}"{weight}>{escape(words, quote=False)}</tspan>'


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the picture, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    if parser.parse_args(arguments).check:
        return 0 if FILE.read_text(encoding="utf-8") == picture() else 1
    FILE.write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
