"""What cannot be parsed safely is refused by name; the process never ends and no RecursionError gets out."""

import ast
import contextlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.flagging.parse_libcst import parse
from flake8_gradsafe.syntax.tree import MAX_EXPRESSION_DEPTH, MAX_STATEMENT_DEPTH, TooDeep

ROOT = Path(__file__).parents[2]
HEAD = "import torch\nx = torch.zeros(3, requires_grad=True)\n"
LEAF_WRITTEN = "x.add_(1)\n"

#: Texts that nest, by the number of levels.
NESTS: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: f"y = {'(' * n}x{')' * n}\n",
    "attributes": lambda n: f"y = x{'.a' * n}\n",
    "method calls": lambda n: f"y = x{'.f()' * n}\n",
    "calls of calls": lambda n: f"y = x{'()' * n}\n",
    "calls in arguments": lambda n: f"y = {'f(' * n}x{')' * n}\n",
    "subscripts": lambda n: f"y = x{'[0]' * n}\n",
    "terms": lambda n: f"y = {' + '.join(['x'] * n)}\n",
    "powers": lambda n: f"y = {' ** '.join(['x'] * n)}\n",
    "lists": lambda n: f"y = {'[' * n}{']' * n}\n",
    "dicts": lambda n: f"y = {'{1: ' * n}x{'}' * n}\n",
    "minus signs": lambda n: f"y = {'-' * n}x\n",
    "nots": lambda n: f"y = {'not ' * n}x\n",
    "conditionals": lambda n: f"y = {'x if x else ' * n}x\n",
    "lambdas": lambda n: f"y = {'lambda: ' * n}x\n",
    "comprehensions": lambda n: f"y = {'[' * n}x{' for x in x]' * n}\n",
    "elifs": lambda n: "if x: pass\n" + "elif x: pass\n" * n,
    "indented blocks": lambda n: "".join(f"{' ' * i}if x:\n" for i in range(n)) + " " * n + "pass\n",
    "decorator": lambda n: f"@x{'.a' * n}\ndef f(): pass\n",
    "except clause": lambda n: f"try: pass\nexcept x{'.a' * n}: pass\n",
    "case guard": lambda n: f"match x:\n    case 1 if x{'.a' * n}: pass\n",
}

#: How many levels of each can be read.
READABLE = dict.fromkeys(NESTS, 100) | {
    "parentheses": 120,
    "method calls": 70,
    "terms": 145,
    "attributes": 145,
    "elifs": 390,
    "indented blocks": 98,
    "comprehensions": 60,
}

#: Texts that are long without being deep.
LONG = {
    "statements on a line": "; ".join(["y = x"] * 3_000) + "\n",
    "comparisons": f"y = {' < '.join(['x'] * 3_000)}\n",
    "arguments": f"y = f({', '.join(['x'] * 3_000)})\n",
    "targets": f"{' = '.join(['y'] * 1_000)} = x\n",
    "decorators": "@x\n" * 1_000 + "def f(): pass\n",
    "alternatives": f"match x:\n    case {' | '.join(['1'] * 1_000)}: pass\n",
}

_OUTCOME = """
import sys
from flake8_gradsafe.engine import check
from flake8_gradsafe.syntax.tree import TooDeep
try:
    check(sys.stdin.read())
except (SyntaxError, TooDeep) as error:
    print(type(error).__name__)
else:
    print("parsed")
"""


@pytest.mark.parametrize("shape", NESTS)
def test_two_thousand_levels_are_refused(shape: str) -> None:
    text = HEAD + NESTS[shape](2_000)
    with pytest.raises((SyntaxError, TooDeep)):
        check(text)
    with pytest.raises((SyntaxError, TooDeep)):
        parse(text)


@pytest.mark.parametrize("shape", NESTS)
@pytest.mark.parametrize("levels", [MAX_EXPRESSION_DEPTH, 3 * MAX_EXPRESSION_DEPTH, 600])
def test_no_number_of_levels_ends_in_another_error(shape: str, levels: int) -> None:
    with contextlib.suppress(SyntaxError, TooDeep):
        check(HEAD + NESTS[shape](levels))


@pytest.mark.parametrize("shape", NESTS)
def test_levels_within_the_limits_are_read(shape: str) -> None:
    text = HEAD + LEAF_WRITTEN + NESTS[shape](READABLE[shape])
    assert [(finding.line, finding.code) for finding in check(text)] == [(3, "GRD142")]


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_text_is_read(text: str) -> None:
    assert [(finding.line, finding.code) for finding in check(HEAD + LEAF_WRITTEN + text)] == [(3, "GRD142")]


def test_nastiest_texts_do_not_end_the_process() -> None:
    nastiest = {
        "parentheses": 20_000,
        "lists": 20_000,
        "powers": 50_000,
        "minus signs": 50_000,
        "method calls": 50_000,
        "elifs": 20_000,
        "lambdas": 20_000,
    }
    for shape, levels in nastiest.items():
        done = subprocess.run(
            [sys.executable, "-c", _OUTCOME],
            input=HEAD + NESTS[shape](levels),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        outcome = (done.returncode, done.stdout.strip())
        assert outcome in {(0, "SyntaxError"), (0, "TooDeep")}, (shape, outcome, done.stderr[-300:])


def test_too_deep_tells_the_line() -> None:
    with pytest.raises(TooDeep) as caught:
        parse(f"{HEAD}\n\ny = {'-' * 400}x\n")
    assert caught.value.line == 5
    assert "line 5" in str(caught.value)
    with pytest.raises(TooDeep) as caught:
        parse(NESTS["elifs"](MAX_STATEMENT_DEPTH + 10))
    assert MAX_STATEMENT_DEPTH <= caught.value.line <= MAX_STATEMENT_DEPTH + 10


def test_deep_expression_over_many_lines_is_too_deep() -> None:
    chain = "(\n" + "\n+ ".join(["x"] * 400) + "\n)"
    with pytest.raises(TooDeep):
        parse(f"y = {chain}\n")


def test_tree_of_the_caller_is_taken() -> None:
    tree = ast.parse(HEAD)
    assert isinstance(parse(HEAD, tree), cst.Module)
    deep = ast.parse(f"y = {'-' * 400}x\n")
    with pytest.raises(TooDeep):
        parse(f"y = {'-' * 400}x\n", deep)


UNREADABLE = {
    "null byte": HEAD + "y = '\0'\n",
    "null byte alone": "torch.data\0",
    "lone surrogate in a string": HEAD + "y = '\ud800'\n",
    "lone surrogate in a comment": f"# \udfff\n{HEAD}",
    "python 2": HEAD + "print x\n",
    "two equals signs": HEAD + "x = = 1\n",
    "unclosed": HEAD + "f(x\n",
    "mixed tabs": HEAD + "if x:\n        y = 1\n\ty = 2\n",
    "unindented block": HEAD + "if x:\npass\n",
    "continuation at the end": HEAD + "x.add_(1)\\",
    "control character": HEAD + "\x1a",
    "unclosed f-string": HEAD + "y = f'{x'\n",
    "invalid name": HEAD + "x\u20ac = 1\n",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_text_is_a_syntax_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SyntaxError):
            check(text)
        with pytest.raises(SyntaxError):
            parse(text)


@pytest.mark.parametrize("text", ["y = = 1\n", "y = '\ud800'\n"], ids=["grammar", "lone surrogate"])
def test_refusal_by_libcst_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse(text, ast.parse("y = 1\n"))


def test_byte_order_mark_is_read_or_refused_by_name() -> None:
    text = "\ufeff" + HEAD + LEAF_WRITTEN
    try:
        found = check(text)
    except SyntaxError:
        return
    assert [(finding.line, finding.code) for finding in found] == [(3, "GRD142")]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "# torch: .data and detach()\n\n# more", "\f\n"])
def test_text_without_statements_is_clean(text: str) -> None:
    assert check(text) == []
    assert parse(text).body == ()


READABLE_TEXTS = {
    "carriage returns": (HEAD + LEAF_WRITTEN).replace("\n", "\r"),
    "both newline characters": (HEAD + LEAF_WRITTEN).replace("\n", "\r\n"),
    "form feed": HEAD + "\f" + LEAF_WRITTEN,
    "no newline at the end": HEAD + LEAF_WRITTEN.rstrip(),
    "blank line of blanks": HEAD + LEAF_WRITTEN + "   \n\t\n",
    "unicode line separators in a string": HEAD + LEAF_WRITTEN + "y = '\u2028\x85\x1c'\n",
    "wide characters": HEAD + LEAF_WRITTEN + "变量 = '😀'\n",
}


@pytest.mark.parametrize("text", READABLE_TEXTS.values(), ids=READABLE_TEXTS.keys())
def test_unusual_text_is_read(text: str) -> None:
    assert [(finding.line, finding.code) for finding in check(text)] == [(3, "GRD142")]


@pytest.mark.parametrize("declared", ["latin-1", "no-such-codec"])
def test_declared_encoding_of_decoded_text_does_not_matter(declared: str) -> None:
    text = f"# -*- coding: {declared} -*-\n{HEAD}y = 'é'\n{LEAF_WRITTEN}"
    assert [(finding.line, finding.code) for finding in check(text)] == [(5, "GRD142")]
