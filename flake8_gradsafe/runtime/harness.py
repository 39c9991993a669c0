"""Reads a fixture and asks PyTorch whether what it claims is so.

A fixture is a small program whose comments are its test: `# claim:` says what PyTorch does, `# raises here`
marks the line an error comes from, `# expect:` and `# todo-expect:` say what the linter reports now and what
it shall report one day.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from flake8_gradsafe.runtime.claims import Claim, Runs, judge, read_claim, unexpected_error

DRIVER_SUFFIX = ".driver.py"
ADVISED_SUFFIX = ".advised.py"
CODE = re.compile(r"GRD\d{3}")

_MARKER = re.compile(r"#\s*(claim|expect|todo-expect|raises here)\b:?\s*([^#]*)")


@dataclass(frozen=True)
class Fixture:
    """One program and what its comments say about it.

    `expected` and `todo` map a line to the codes that the linter shall report there, now and one day.
    `driver` is the program that plays the caller, run in the same globals afterwards and never linted.
    """

    path: Path
    description: str
    claims: tuple[Claim, ...]
    expected: dict[int, list[str]]
    todo: dict[int, list[str]]
    raises_line: int | None
    driver: Path | None


def fixture_paths(root: Path) -> list[Path]:
    """All fixture programs below `root`, sorted: neither their drivers nor what they become where advice is followed."""
    return sorted(path for path in root.rglob("*.py") if not path.name.endswith((DRIVER_SUFFIX, ADVISED_SUFFIX)))


def fixture_folders(root: Path) -> list[str]:
    """The folders below `root` that hold fixture programs, as they are called from there, sorted."""
    return sorted({path.parent.relative_to(root).as_posix() for path in fixture_paths(root)})


def advised_paths(root: Path) -> list[Path]:
    """All programs below `root` that are a fixture with the advice on its finding followed, sorted."""
    return sorted(root.rglob(f"*{ADVISED_SUFFIX}"))


def given_of(advised: Path) -> Path:
    """The fixture whose advice a program follows."""
    return advised.with_name(advised.name.removesuffix(ADVISED_SUFFIX).partition("-")[0] + ".py")


def read_fixture(path: Path) -> Fixture:
    """Read the program at `path` with its markers.

    Raises ValueError, naming the file, if the docstring or every claim is missing, a marker is malformed, or
    the claims contradict one another.
    """
    try:
        return _read(path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_markers(path: Path, marker: str) -> dict[int, list[str]]:
    """The codes that a file's comments name, by line: those after `expect`, or after `todo-expect`."""
    source = path.read_text(encoding="utf-8")
    return {line: _read_codes(rest) for line, kind, rest in _markers(source) if kind == marker}


def confirm(fixture: Fixture) -> list[str]:
    """Run the program and put every claim to the test.

    Returns nothing if all of them hold, else sentences saying what PyTorch did instead. Raises ValueError if
    a claim names something that the program does not have.
    """
    runs = Runs(fixture.path, fixture.driver, fixture.raises_line)
    if runs.plain.error is not None and not _claims_an_error(fixture.claims):
        return unexpected_error(runs)
    return [sentence for claim in fixture.claims for sentence in judge(claim, runs)]


def _read(path: Path) -> Fixture:
    source = path.read_text(encoding="utf-8")
    claims: list[Claim] = []
    codes: dict[str, dict[int, list[str]]] = {"expect": {}, "todo-expect": {}}
    raises: list[int] = []
    for line, marker, rest in _markers(source):
        if marker == "claim":
            claims.append(read_claim(rest))
        elif marker == "raises here":
            raises.append(line)
        else:
            codes[marker][line] = _read_codes(rest)
    given = given_of(path) if path.name.endswith(ADVISED_SUFFIX) else path
    driver = given.with_name(given.stem + DRIVER_SUFFIX)
    fixture = Fixture(
        path=path,
        description=ast.get_docstring(ast.parse(source)) or "",
        claims=tuple(claims),
        expected=codes["expect"],
        todo=codes["todo-expect"],
        raises_line=raises[0] if raises else None,
        driver=driver if driver.exists() else None,
    )
    _check_consistency(fixture, raises)
    return fixture


def _markers(source: str) -> list[tuple[int, str, str]]:
    comments = (
        token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT
    )
    return [
        (token.start[0], match[1], match[2].strip()) for token in comments for match in _MARKER.finditer(token.string)
    ]


def _read_codes(text: str) -> list[str]:
    codes = [code.strip() for code in text.split(",")]
    for code in codes:
        if not CODE.fullmatch(code):
            raise ValueError(f"not a code: {code!r}")
    return codes


def _check_consistency(fixture: Fixture, raises: list[int]) -> None:
    if not fixture.description:
        raise ValueError("a docstring must say what PyTorch does")
    if not fixture.claims:
        raise ValueError("no claim is made")
    if len(raises) > 1:
        raise ValueError("only one line can raise")
    kinds = {claim.kind for claim in fixture.claims}
    if "raises" in kinds and kinds & {"correct", "wrong-gradient", "lost-gradient", "wrong-value", "right-value"}:
        raise ValueError("a program that raises leaves no gradient to compare")
    if "raises" in kinds and fixture.driver is None and not raises:
        raise ValueError("the line that raises must be marked")
    if raises and "raises" not in kinds:
        raise ValueError("a line is marked as raising, and no claim says what")


def _claims_an_error(claims: tuple[Claim, ...]) -> bool:
    return any(claim.kind == "raises" for claim in claims)
