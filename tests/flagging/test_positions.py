"""Places are those of libcst's PositionProvider; a chain is reported on the line of its last name."""

import ast
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from flake8_gradsafe.engine import check
from flake8_gradsafe.flagging.naming import source_of
from flake8_gradsafe.flagging.positions import extents_in, spans_in
from flake8_gradsafe.syntax.location import Span

FIXTURES = Path(__file__).parents[2] / "fixtures"
LIBRARY = Path(json.__file__).parent.parent

TEXTS = {
    "crlf": "x = f(1)\r\nif x:\r\n    y = x.a(\r\n        2)[0]\r\n    y += 1\r\n",
    "cr": "x = f(1)\rif x:\r    y = x.a(\r        2)[0]\r    y += 1\r",
    "mixed newlines": "a = f()\r\nb = g()\nc = h()\rd = k()\n",
    "tabs": "if x:\n\ty = x.a(\n\t\t2)[0]\n\tif y:\n\t\ty += 1\n",
    "form feeds": "x = 1\n\fy = x.a()\n\f\nif x:\n\f    z = f(1)\n",
    "multi-line strings": 's = """a\nb\n""".join(f(1))\nt = f("""a\n\n  b""", 2).g()\n',
    "crlf in a string": 's = """a\r\nb""".join(f(1)); t = f(2)\r\n',
    "continuations": "y = \\\n   x.a \\\n  .b() \\\n [0]\ny \\\n += 1\n",
    "decorators": "@f(1)\n@g.h\ndef k(a=f(2)):\n    return a.b[0]\n@f()\nclass A(B.c, k=f()):\n    x = f()\n",
    "wide characters": "s = '😀' + f('漢字', x.a)[0]; 变量 = 变量.a('é')\n",
    "combining characters": "s = 'e\u0301'; y = f('\u200d')[0]\n",
    "line separators in a string": "s = '\u2028\x85\x0b\x1c'; y = f(s)\nz = f(y)\n",
    "chain over lines": "y = (\n    x\n    .a()  # c\n    .b[0]\n    .c(\n    )\n)\n",
    "semicolons": "a = f(); b = g() ; c += h[0]\n",
    "f-strings": "s = f'{f(1)} {x.a!r:>{w(2)}}' f'''\n{g(3)}\n'''\n",
    "parentheses": "a = (f(1))\nb = (((x.a)))\n(c.d) [0] = 2\n",
    "blank lines and comments": "\n\n# c\n\n  # d\na = f(1)  # e\n\n",
    "suites on one line": "if x: a = f(1); b.c += 2\nelse: d[0] = 1\nwith f() as g.h, k[0] as l: pass\n",
    "no newline at the end": "a = f(1)",
    "match": "match f(1):\n    case A.b: g()\n    case [x, *_] if h(x): k[0] = 1\n",
    "indentation by turns": "if x:\n  if y:\n       a = f()\n  b = g()\n",
    "async": "async def g(self):\n    async with self.x() as y: await y.z()\n    async for i in y: pass\n",
    "walrus and star": "if (n := f(1)): g(*n.a, **n.b())\n(a, *b[0]), c.d = f()\n",
}

_WANTED = (cst.Call, cst.Attribute, cst.Subscript, cst.Assign, cst.AugAssign)


def _corpus() -> Iterator[tuple[str, str]]:
    yield from TEXTS.items()
    library = [
        *(LIBRARY / "json").glob("*.py"),
        *(LIBRARY / "email").glob("[a-d]*.py"),
        *(LIBRARY / "asyncio").glob("[a-b]*.py"),
    ]
    for path in [*sorted(FIXTURES.rglob("*.py")), *sorted(library)]:
        yield f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")


def _wanted(module: cst.Module) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    pending: list[cst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        if isinstance(node, _WANTED):
            found.append(node)
        pending += node.children
    return found


#: One program in so many; all of them where slow tests are asked for.
sampled = pytest.mark.parametrize("one_in", [8, pytest.param(1, marks=pytest.mark.slow)])


@sampled
@pytest.mark.long
def test_spans_are_those_of_libcst(one_in: int) -> None:
    compared = 0
    for name, text in islice(_corpus(), 0, None, one_in):
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        ranges = wrapper.resolve(PositionProvider)
        nodes = _wanted(wrapper.module)
        spans = spans_in(wrapper.module)
        for node in nodes:
            start, end = ranges[node].start, ranges[node].end
            expected = Span(start.line, start.column, end.line, end.column)
            assert spans[id(node)] == expected, (name, wrapper.module.code_for_node(node))
        compared += len(nodes)
    assert compared > 5_000


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_span_cuts_the_node_out_of_the_text(text: str) -> None:
    """A second oracle: the text between the two ends is the node's code."""
    module = cst.parse_module(text)
    spans = spans_in(module)
    lines = module.code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for node in _wanted(module):
        if isinstance(node, (cst.Assign, cst.AugAssign)) or node.lpar:  # type: ignore[attr-defined]
            continue
        span = spans[id(node)]
        cut = "\n".join(lines[span.line - 1 : span.end_line])
        cut = cut[span.column : len(cut) - (len(lines[span.end_line - 1]) - span.end_column)]
        code = module.code_for_node(node).replace("\r\n", "\n").replace("\r", "\n")
        # A node's code on its own lacks the block's indentation on its further lines.
        assert [line.strip() for line in cut.split("\n")] == [line.strip() for line in code.split("\n")]


@sampled
def test_spans_of_a_statement_are_those_that_it_has_in_its_module(one_in: int) -> None:
    for name, text in islice(_corpus(), 0, None, one_in):
        module, lines = cst.parse_module(text), iter(ast.parse(text).body)
        spans = spans_in(module)
        for statement in module.body:
            small = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
            line, *_ = [next(lines).lineno for _ in range(small)]
            found = extents_in(module, statement, line).spans
            assert found == {node: spans[node] for node in found}, name


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("(x)\n", (1, 0, 1, 3)),
        ("((x.a))\n", (1, 0, 1, 7)),
        ("(\n a, b)\n", (1, 0, 2, 6)),
        ("()\n", (1, 0, 1, 2)),
    ],
)
def test_extent_has_the_parentheses(text: str, extent: tuple[int, int, int, int]) -> None:
    module = cst.parse_module(text)
    (line,) = module.body
    assert isinstance(line, cst.SimpleStatementLine)
    (statement,) = line.body
    assert isinstance(statement, cst.Expr)
    assert extents_in(module, line, 1).extents[id(statement.value)] == extent


def test_extent_has_the_decorators() -> None:
    module = cst.parse_module("import a\n\n# b\n@c(\n d)\n# e\n@f\n\ndef g(): pass\n")
    _, function = module.body
    positions = extents_in(module, function, 9)
    assert positions.spans[id(function)] == (9, 0, 10, 0)
    assert positions.extents[id(function)] == (2, 0, 10, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x.data.zero_()", "x.data.zero_()"),
        ("(x\n .data  # raw\n .zero_())", "(x .data .zero_())"),
        ("x.data[\n    0\n] = 1", "x.data[ 0 ] = 1"),
        ("x.data += 1  # why", "x.data += 1"),
    ],
)
def test_source_is_shown_on_one_line(text: str, shown: str) -> None:
    module = cst.parse_module(text + "\n")
    line = module.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    statement = line.body[0]
    node = statement.value if isinstance(statement, cst.Expr) else statement
    assert source_of(module, node) == shown


HEAD = "import torch\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\n"

#: Programs whose write stands over several lines; the tail marks the line where one would silence it.
OVER_LINES = {
    "one line": "out.data.zero_()  # here\n",
    "name on the second line": "(out.data\n    .zero_())  # here\n",
    "each name on a line": "(\n    out\n    .data\n    .zero_()  # here\n)\n",
    "arguments over lines": "out.data.copy_(  # here\n    a.detach()\n    * 2\n)\n",
    "chain goes on": "(\n    out\n    .data\n    .mul_(-3)  # here\n    .sum()\n)\n",
    "chain goes on through nothing": "z = (\n    out.data\n    .zero_()  # here\n    .tolist()\n)\n",
    "continuation": "out \\\n    .data \\\n    .zero_()  # here\n",
    "store": "out.data[  # here\n    0\n] = 5\n",
    "augmented": "out.data *= (  # here\n    -3\n)\n",
    "after a multi-line string": 's = """\n\n"""; out.data.zero_()  # here\n',
    "in a block": "if True:\n\n    # why\n    out.data.zero_()  # here\n",
    "after a semicolon": "b = 1; out.data.zero_()  # here\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("write", OVER_LINES.values(), ids=OVER_LINES.keys())
def test_report_stands_where_noqa_is_written(write: str, newline: str) -> None:
    text = (HEAD + write + "out.sum().backward()\n").replace("\n", newline)
    here = [number for number, line in enumerate(text.split(newline), 1) if "# here" in line]
    assert [(finding.line, finding.code) for finding in check(text)] == [(here[0], "GRD111")]


@pytest.mark.parametrize("write", OVER_LINES.values(), ids=OVER_LINES.keys())
def test_location_and_trace_lie_in_the_text(write: str) -> None:
    text = HEAD + write + "out.sum().backward()\n"
    lines = text.split("\n")
    (finding,) = check(text)
    for place in (finding.location, *(step.location for step in finding.trace)):
        assert (place.line, place.column) < (place.end_line, place.end_column)
        assert place.column < len(lines[place.line - 1])
        assert place.end_column <= len(lines[place.end_line - 1])


def test_column_is_that_of_the_expression_on_one_line_and_of_the_name_on_more() -> None:
    (finding,) = check(HEAD + "s = '😀'; out.data.zero_()\nout.sum().backward()\n")
    assert (finding.line, finding.column) == (4, 9)
    (finding,) = check(HEAD + "(out.data\n    .zero_())\nout.sum().backward()\n")
    assert (finding.line, finding.column) == (5, 5)
    assert (finding.location.end_line, finding.location.end_column) == (5, 12)


def test_trace_tells_the_line_of_each_step() -> None:
    (finding,) = check(HEAD + "c = out.data\nc.zero_()\nout.sum().backward()\n")
    steps = {(step.role, step.location.line) for step in finding.trace}
    assert ("saved", 3) in steps
    assert ("aliased", 4) in steps
    assert ("written", 5) in steps
    assert ("read", 6) in steps
