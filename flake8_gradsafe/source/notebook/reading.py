"""A notebook's file, as far as it is looked at: the language, and the sources of its code cells with their places."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flake8_gradsafe.source.files import Source, Unreadable
from flake8_gradsafe.source.notebook.located import Located, array_of, located, object_of, read

_PYTHON = frozenset({"python", "ipython"})
#: The keys of a cell's source: in the current format, and in the older ones.
_SOURCE, _INPUT = "source", "input"
_CELLS = array_of(object_of({_SOURCE: located, _INPUT: located}))
_NOTEBOOK = object_of({"cells": _CELLS, "worksheets": array_of(object_of({"cells": _CELLS}))})
_CURRENT = 4
_OLDER = (2, 3)


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A cell of code, by its number among all cells, from 1. `located` is None where its source is an empty list."""

    number: int
    source: str
    located: Located | None = None

    @property
    def translated(self) -> str:
        """The source with every line end as a newline."""
        return Source("utf-8", self.source).translated


def decoded(data: bytes) -> str:
    """The text of a notebook's file. Raises Unreadable."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"no notebook: not utf-8: line {line}") from None


def code_cells(text: str) -> list[CodeCell]:
    """The code cells of a notebook that hold Python. Raises Unreadable."""
    try:
        notebook = read(text, _NOTEBOOK)
    except json.JSONDecodeError as error:
        raise Unreadable(f"no notebook: {error}") from None
    except RecursionError:
        raise Unreadable("no notebook: nests too deep") from None
    if not isinstance(notebook, dict):
        raise Unreadable("no notebook: not an object")
    cells, key = _cells(notebook)
    if not _is_python(notebook):
        return []
    found = [_code_cell(number, cell, key) for number, cell in enumerate(cells, 1)]
    return [cell for cell in found if cell is not None]


def _cells(notebook: dict[str, Any]) -> tuple[list[Any], str]:
    """All cells, and where they have their source."""
    version = notebook.get("nbformat")
    if version == _CURRENT:
        return _list(notebook, "cells", "it"), _SOURCE
    if version in _OLDER:
        sheets = _list(notebook, "worksheets", "it")
        return [cell for sheet in sheets for cell in _list(sheet, "cells", "a worksheet")], _INPUT
    if version is None:
        raise Unreadable("no notebook: it has no nbformat")
    known = version if not isinstance(version, float) else f"{version:g}"
    raise Unreadable(f"no notebook: its nbformat is {str(known)[:20]!r}, and 2, 3 and 4 are known")


def _list(owner: object, name: str, what: str) -> list[Any]:
    found = owner.get(name) if isinstance(owner, dict) else None
    if not isinstance(found, list):
        raise Unreadable(f"no notebook: {what} has no list of {name}")
    return found


def _code_cell(number: int, cell: object, key: str) -> CodeCell | None:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise Unreadable(f"no notebook: cell {number} has no cell_type")
    if cell["cell_type"] != "code" or not _holds_python(cell):
        return None
    source = cell.get(key)
    if isinstance(source, Located):
        return CodeCell(number, source.value, source)
    if source == []:
        return CodeCell(number, "")
    raise Unreadable(f"no notebook: the {key} of cell {number} is neither a text nor a list of texts")


def _is_python(notebook: dict[str, Any]) -> bool:
    language = _inside(notebook, "metadata", "language_info", "name")
    language = language or _inside(notebook, "metadata", "kernelspec", "language")
    return not isinstance(language, str) or language.lower() in _PYTHON


def _holds_python(cell: dict[str, Any]) -> bool:
    """True if an editor that has several languages in a notebook takes a cell for Python."""
    language = _inside(cell, "metadata", "vscode", "languageId") or cell.get("language")
    return not isinstance(language, str) or language.lower() in _PYTHON


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
