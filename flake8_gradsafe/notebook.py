"""Notebooks: their code cells, in order, are one program. What IPython would do and Python does not is passed over."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.document import NO_NOTEBOOKS, Cell, Document, Problem

if TYPE_CHECKING:
    from re import Match

#: Cell magics whose cells hold Python that runs in the notebook's own namespace.
_PYTHON_MAGICS = frozenset("capture prun time timeit".split())
# A magic, a command of the shell, or a question, as a whole statement, with all that backslashes join to it.
_STATEMENT = re.compile(r"^([ \t]*)(?:[%!?]|[\w.]+\?\??[ \t]*$)(?:.*\\\n)*.*$", re.MULTILINE)
# The same on the right side of an assignment.
_ASSIGNED = re.compile(r"^([ \t]*[\w., \t]+=[ \t]*)[%!](?:.*\\\n)*.*$", re.MULTILINE)


def notebook_document(path: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """A notebook's program, None where there is none; and what could not be read of it."""
    try:
        import nbformat
    except ImportError:
        return None, [Problem(path, NO_NOTEBOOKS)]
    try:
        with warnings.catch_warnings():
            # Notebooks that lack the identifiers of newer formats can be read as well.
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(data.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call]
        if not _is_python(notebook):
            return None, []
        cells = [(number, _source(cell)) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    except UnicodeDecodeError:
        return None, [Problem(path, "no notebook: not utf-8")]
    # nbformat raises whatever a shape that it does not expect leads to.
    except Exception as error:  # noqa: BLE001
        return None, [Problem(path, f"no notebook: {_first_line(error)}")]
    return _joined(path, cells)


def _joined(path: str, cells: list[tuple[int, str]]) -> tuple[Document, list[Problem]]:
    texts: list[str] = []
    places: list[Cell] = []
    problems: list[Problem] = []
    line = 1
    for number, source in cells:
        text, error = _python(source)
        if error is not None:
            problems.append(Problem(path, f"passed over: no valid Python: {error.msg}", error.lineno, number))
        places.append(Cell(number, line))
        texts.append(text)
        line += text.count("\n")
    return Document(path, "".join(texts), tuple(places)), problems


def _python(source: str) -> tuple[str, SyntaxError | None]:
    """A cell as Python, line for line, and the error of one that is none."""
    source = f"{source.rstrip()}\n"
    first, _, rest = source.lstrip("\n").partition("\n")
    if first.startswith("%%"):
        blank = len(source) - len(source.lstrip("\n"))
        if first[2:].split()[:1] and first[2:].split()[0] in _PYTHON_MAGICS:
            text, error = _python(rest)
            return "\n" * (blank + 1) + text, error
        return "\n" * source.count("\n"), None
    if _error(source) is None:
        return source, None
    plain = _ASSIGNED.sub(_unknown, _STATEMENT.sub(_nothing, source))
    error = _error(plain)
    return (plain, None) if error is None else ("\n" * source.count("\n"), error)


def _nothing(match: Match[str]) -> str:
    return f"{match[1]}pass" + "\n" * match[0].count("\n")


def _unknown(match: Match[str]) -> str:
    return f"{match[1]}get_ipython()" + "\n" * match[0].count("\n")


def _error(text: str) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error
    except ValueError as error:
        return SyntaxError(str(error))
    return None


def _is_python(notebook: Any) -> bool:
    metadata = notebook.metadata
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return language is None or str(language).lower() in {"python", "ipython"}


def _source(cell: Any) -> str:
    return str(cell.source).replace("\r\n", "\n").replace("\r", "\n")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
