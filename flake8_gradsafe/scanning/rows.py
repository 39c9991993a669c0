"""A row: one file of a repository, wherever it comes from."""

from __future__ import annotations

import hashlib
import io
import tokenize
from dataclasses import dataclass
from pathlib import PurePosixPath

from flake8_gradsafe.syntax.mention import mentions_torch

SUFFIXES = (".py", ".pyi", ".ipynb")
#: Languages, as datasets name them, whose files are read.
_LANGUAGES = frozenset({"python", "jupyter notebook", "jupyter-notebook", "python3"})


@dataclass(frozen=True, slots=True)
class Row:
    """A file of a repository: its bytes as they would stand on disk, or the `problem` that it has none.

    Without a `repository`, the file is a project of its own. A `mark` is no program: it shapes the project by its name, as
    `pyproject.toml` does, or by its content, as `.gitignore`.
    """

    repository: str | None
    path: str
    content: bytes
    problem: str = ""
    mark: bool = False

    @property
    def sha256(self) -> str:
        """The content's hash."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def matters(self) -> bool:
        """True if the file makes its project worth a look: it mentions torch, or could not be read."""
        if self.mark:
            return False
        return bool(self.problem) or b"torch" in self.content or mentions_torch(self.content.decode("latin-1"))


def is_python(path: str | None, language: str | None) -> bool:
    """True if a row's language or, where that is not told, the ending of its path is Python's."""
    if path is not None and path.lower().endswith(SUFFIXES):
        return True
    return (language is not None and language.lower() in _LANGUAGES) or (path is None and language is None)


def row_of(
    repository: str | None, path: str | None, content: object, language: str | None, encoding: str | None
) -> Row | None:
    """The row of a table's values; None where it is no Python. A path is made up for what has none."""
    if not is_python(path, language):
        return None
    data, problem = _bytes_of(content, encoding)
    if path is None:
        path = f"{hashlib.sha256(data).hexdigest()[:16]}.py"
    return Row(repository or None, path, data, problem)


def _bytes_of(content: object, encoding: str | None) -> tuple[bytes, str]:
    """A content as a file would hold it, and what is wrong with it."""
    if isinstance(content, bytes):
        if encoding is None or encoding.lower().replace("_", "-") in {"utf-8", "ascii", "us-ascii"}:
            return content, ""
        try:
            return _as_file(content.decode(encoding))
        except (LookupError, UnicodeError):
            return content, ""  # it is read as Python would read it
    return _as_file(content) if isinstance(content, str) else (b"", "there is no source text in its row")


def _as_file(text: str) -> tuple[bytes, str]:
    try:
        return _as_declared(text, text.encode()), ""
    except UnicodeEncodeError as error:
        return b"", f"character {error.start + 1} of its text is half of one, which no file can hold"


def _as_declared(text: str, data: bytes) -> bytes:
    """A text in the encoding that its coding line names, so that it is read back as it is."""
    if b"coding" not in data[:400]:
        return data
    try:
        declared, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data if declared in {"utf-8", "utf-8-sig"} else text.encode(declared)
    except (SyntaxError, LookupError, UnicodeError):
        return data


def placed(path: str, taken: set[str]) -> str:
    """The path of a row's file in a folder of its own: as it is, unless it leads out of there or cannot be a file's."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    usual = "/".join(parts)
    is_usual = (
        bool(parts)
        and ".." not in parts
        and not usual.startswith("/")
        and usual.lower().endswith(SUFFIXES)
        and all(len(part.encode("utf-8", "replace")) < 250 for part in parts)
        and len(usual) < 1_000
        and path.isprintable()
    )
    if is_usual and usual not in taken:
        return usual
    suffix = next((each for each in SUFFIXES if path.lower().endswith(each)), ".py")
    return f"unplaced_{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}{suffix}"
