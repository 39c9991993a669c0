"""One file is linted: in a worker, with a limit of time."""

from __future__ import annotations

import os
import re
import signal
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import FrameType

from flake8_gradsafe.config.codes import ADVISORY, CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.syntax.tree import TooDeep
from tests.ecosystem.tables import Place

#: The codes that are on by default.
DEFAULT = frozenset(code for code in CODES if not code.startswith(ADVISORY))
#: Seconds after which a file counts as failed.
LIMIT = 120
_IDIOM = re.compile(r"writes past autograd \((.*?)\)")


@dataclass
class Linted:
    """What came of one file, and the CPU time it took.

    `findings` are its findings' places, each with the idiom that its message names, or nothing.
    """

    path: str
    lines: int = 0
    about_torch: bool = False
    seconds: float = 0.0
    failure: str = ""
    findings: list[tuple[Place, str]] = field(default_factory=list)


@lru_cache(maxsize=1)
def _sources() -> Sources:
    """The files that this worker has read."""
    return Sources()


def lint(file: tuple[str, str, str], wanted: frozenset[str] | None = None) -> Linted:
    """Lint a file, given by its source, the folder of that and the path in it. `wanted` are the codes, None for all."""
    source, folder, relative = file
    path = os.path.join(folder, relative)
    imports = FileImports(path, _sources(), folder)
    linted = Linted(path)
    started = time.process_time()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LIMIT)
    try:
        text = Path(path).read_text(encoding="utf-8")
        linted.lines, linted.about_torch = text.count("\n"), "torch" in text
        found = check(text, wanted=wanted, imports=imports)
        linted.seconds = time.process_time() - started
        for finding in found:
            idiom = _IDIOM.search(finding.message)
            standing = (
                os.path.relpath(finding.location.path, os.path.realpath(folder)) if finding.location.path else relative
            )
            linted.findings.append((Place(source, standing, finding.line, finding.code), idiom[1] if idiom else ""))
        proven_or_suspect = [each for each in found if each.code in DEFAULT]
        if wanted is None and check(text, wanted=DEFAULT, imports=imports) != proven_or_suspect:
            linted.failure = "the default codes alone do not find what all codes find"
    except TooDeep as error:
        if isinstance(error.__cause__, RecursionError):  # it is we who nest too deep
            linted.failure = str(error)
    except (SyntaxError, UnicodeDecodeError):
        pass  # not for this version of Python, or not for us
    except Exception as error:  # noqa: BLE001
        linted.failure = f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    return linted


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {LIMIT} s")
