"""Cells as Python and back, and the texts of a notebook's file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_gradsafe.source.notebook.located import Located, anything, array_of, located, object_of, read
from flake8_gradsafe.source.notebook.magics import plain, sourced
from flake8_gradsafe.source.notebook.program import program
from flake8_gradsafe.source.notebook.writing import Unchangeable, rewritten
from flake8_gradsafe.syntax.cells import CELL

CHARACTERS = st.sampled_from("ab é\t😀\\\"'/\u2028\f")
LINES = st.lists(st.text(CHARACTERS, max_size=5).map(lambda text: f"#{text}x"), min_size=1, max_size=6)
ENDS = st.sampled_from(["\n", "\r\n"])


def spelled(text: str, form: int) -> str:
    """A text as a JSON string, a list of its lines, of all of it, or of pieces that are no lines."""
    ascii_only = len(text) % 2 == 0
    pieces = [[text], text.splitlines(keepends=True), [text], ["", text[:3], text[3:]]][form]
    return json.dumps(text if form == 0 else pieces, ensure_ascii=ascii_only, indent=3 if form == 3 else None)


@given(LINES, LINES, ENDS, st.integers(0, 3), st.sampled_from(["", "\n", "\n\n"]))
def test_a_cell_gets_any_other_text(before: list[str], after: list[str], end: str, form: int, space: str) -> None:
    source = spelled(end.join(before) + space, form)
    file = '{{"nbformat": 4, "x": "\\u00e9", "cells": [{{"cell_type": "code", "source": {}, "outputs": [1.0]}}] }}\n'
    made = rewritten(file.format(source).encode(), CELL + "\n".join(after) + "\n").decode()
    assert made.startswith(file[:42].format())
    assert made.endswith(', "outputs": [1.0]}] }\n')
    found = json.loads(made)["cells"][0]["source"]
    text = found if isinstance(found, str) else "".join(found)
    assert text.replace("\r\n", "\n") == "\n".join(after) + space


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
    )
)
def test_json_is_read_as_python_reads_it(value: object) -> None:
    text = f' {{ "a":{json.dumps(value)} ,\r\n"b" : [{json.dumps(value)},1], "a": {json.dumps(value)}}}\n'
    reader = object_of({"a": array_of(anything), "b": object_of({})})
    assert read(text, reader) == json.loads(text)
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        read(f"{text}]", reader)


def test_a_list_of_texts_is_one_text() -> None:
    assert read(' [ "a\\n" , "b"]', located) == Located("a\nb", ((4, 7), (12, 13)), is_list=True)


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%%time\n\n%%capture out\nx = 1", "pass  # magic 0\n\npass  # magic 1\nx = 1\n"),
        ("x = (1,\n%y)\n%z", None),
        ("x = '''\n%y\n'''\n  %z", None),
        (
            "if a:\n    !b \\\n  c\\\n  d\n    e = %f",
            "if a:\n    pass  # magic 0\n\n\n    e = get_ipython()  # magic 1\n",
        ),
        ("a, b[0]['c'] = !d", "a, b[0]['c'] = get_ipython()  # magic 0\n"),
        ("x = '''\n%y\n'''\n%z", "x = '''\n%y\n'''\npass  # magic 0\n"),
        ("x = [\n]  # it's (\nx.y??\n,f a b", "x = [\n]  # it's (\npass  # magic 0\npass  # magic 1\n"),
        ("pip install torch", "pass  # magic 0\n"),
        ("pip install torch\nx", None),
        ("x = 'a\n!b", None),
        ("%%writefile x.py\nimport torch", "\n\n"),
        ("x %= y; z = x != y", "x %= y; z = x != y\n"),
        ("x = 7 \\\n%z", "x = 7 \\\n%z\n"),
    ],
)
def test_a_cell_as_python_and_back(cell: str, python: str | None) -> None:
    made = plain(cell)
    assert (made.error is None) == (python is not None)
    assert made.text == (python if python is not None else "\n" * (cell.count("\n") + 1))
    if made.left_out:
        assert sourced(made.text, made.left_out) == cell


@pytest.mark.parametrize(
    "changed",
    [
        "x = 1\n",
        "x\npass  # magic 0\n",
        "pass  # magic 0  # noqa\nx\n",
        "pass  # magic 0\npass  # magic 0\n",
        "pass  # magic 1\n",
    ],
)
def test_what_would_move_or_change_a_magic_is_no_cell(changed: str) -> None:
    assert sourced(changed, plain("%%time\nx").left_out) is None
    data = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "%%time\nx"}]}).encode()
    with pytest.raises(Unchangeable):
        rewritten(data, CELL + changed)


def test_a_text_with_other_cells_is_none_of_the_notebook() -> None:
    made = program(["a", "b"])
    assert made.first_lines == [2, 4]
    assert made.sources(made.text) == [None, None]
    assert made.sources(f"{CELL}a\n{CELL}c\n") == [None, "c"]
    assert made.sources(f"{CELL}a\n") is None
    assert program([f"{CELL}a", "b"]).sources(f"{CELL}{CELL}a\n{CELL}c\n") is None
