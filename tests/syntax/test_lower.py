"""Every kind of statement and expression lowers to what the program says, and no call is lost on the way."""

import ast
import asyncio
import email
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lower import lower

FIXTURES = Path(__file__).parents[2] / "fixtures"

EXPRESSIONS = {
    # names and literals
    "x": "x",
    "1": "1",
    "-1": "-1",
    "0x_ff": "255",
    "1.5e3": "1500.0",
    "-1.5": "-1.5",
    "2j": "2j",
    "True": "True",
    "None": "None",
    "...": "Ellipsis",
    "'a'": "'a'",
    "b'a'": "Opaque()",
    r"r'\d'": r"'\\d'",
    r"'\x41'": "'A'",
    "'''a\nb'''": r"'a\nb'",
    "(x)": "x",
    "'a' 'b'": "'ab'",
    r"'a' 'b' r'\c'": r"'ab\\c'",
    "b'a' b'b'": "Opaque()",
    "'a' f'{b()}'": "Formatted('a', b())",
    "'a' f'b{c}d' 'e' f'f'": "Formatted('ab', c, 'def')",
    # access
    "x.y.z": "x.y.z",
    "x[0]": "x[0]",
    "x[-1]": "x[-1]",
    "x[i, 0]": "x[(i, 0)]",
    "x[0,]": "x[(0)]",
    "x[(0, 1)]": "x[(0, 1)]",
    "x[:]": "x[::]",
    "x[1:n:2]": "x[1:n:2]",
    "x[..., None, ::-1]": "x[(Ellipsis, None, ::-1)]",
    "x[*i, 0]": "x[(*i, 0)]",
    "x[i][j].y": "x[i][j].y",
    # calls
    "f()": "f()",
    "f(1, *a, b=2, **c)": "f(1, *a, b=2, **c)",
    "x.f(1).g(2)": "x.f(1).g(2)",
    "f(g(x))(y)": "f(g(x))(y)",
    "f(x for x in y)": "f(Comprehension(x for x in y))",
    # operators
    "a + b": "__add__(a, b)",
    "a - b * c": "__sub__(a, __mul__(b, c))",
    "a / b // c % d": "__mod__(__floordiv__(__truediv__(a, b), c), d)",
    "a ** -b": "__pow__(a, __neg__(b))",
    "a @ b": "__matmul__(a, b)",
    "a & b | c ^ d": "__or__(__and__(a, b), __xor__(c, d))",
    "a << b >> c": "__rshift__(__lshift__(a, b), c)",
    "-x": "__neg__(x)",
    "+x": "__pos__(x)",
    "~x": "__invert__(x)",
    "not x": "not x",
    "- -1": "1",
    "a < b": "a < b",
    "a == b": "a == b",
    "a != b": "a != b",
    "a < b < c": "Opaque(a, b, c)",
    "a in b": "a in b",
    "a not in b": "a not in b",
    "a is None": "a is None",
    "a is not None": "a is not None",
    "a and b": "a and b",
    "a or b": "a or b",
    "(n := f())": "(n := f())",
    # displays
    "()": "()",
    "(a,)": "(a)",
    "a, *b": "(a, *b)",
    "[]": "[]",
    "[a, (b, c)]": "[a, (b, c)]",
    "{}": "{}",
    "{a: b, **c}": "Opaque(a, b, *c)",
    "{a: b, c: d}": "{a: b, c: d}",
    "{a, *b}": "Opaque(a, b)",
    # scopes of their own
    "[f(x) for x in y if x]": "Comprehension(f(x) for x in y if x)",
    "{x for x in y}": "Comprehension(x for x in y)",
    "{a: b for a, b in y}": "Comprehension(a: b for (a, b) in y)",
    "{f(a): g(b) for a, b in y if a if b}": "Comprehension(f(a): g(b) for (a, b) in y if a if b)",
    "(x for y in z for x in y if p if q)": "Comprehension(x for y in z for x in y if p if q)",
    "(x for y in z if p for x in y)": "Comprehension(x for y in z if p for x in y)",
    "[x async for x in y]": "Comprehension(x for x in y)",
    "[[x for x in y] for y in z]": "Comprehension(Comprehension(x for x in y) for y in z)",
    "[(x := y) for y in z]": "Comprehension((x := y) for y in z)",
    "lambda x: f(x)": "Lambda(x) {return f(x)}",
    "lambda: 0": "Lambda() {return 0}",
    "lambda a, /, b=f(1), *c, d, e=2, **g: a": "Lambda(a, b=f(1), *c, keyword d, keyword e=2, **g) {return a}",
    "lambda x: lambda y: x": "Lambda(x) {return Lambda(y) {return x}}",
    "lambda: (yield)": "Lambda() {return Yield(-)}",
    # formatted strings
    "f'a'": "Formatted('a')",
    "f''": "Formatted()",
    "f'layer{i}.weight'": "Formatted('layer', i, '.weight')",
    "f'{x} {y.z!r:>4}'": "Formatted(x, ' ', Opaque(y.z))",
    "f'{x!s}{x:>{width}}'": "Formatted(Opaque(x), Opaque(x))",
    "f'{x=} b'": "Formatted('x=', Opaque(x), ' b')",
    # in functions only
    "await f()": "f()",
    "(yield)": "Yield(-)",
    "(yield x)": "Yield(x)",
    "(yield x, y)": "Yield((x, y))",
    "(yield from x)": "Yield(from x)",
}

STATEMENTS = {
    # imports
    "import a": "a <- a",
    "import a.b": "a <- a",
    "import a.b as c": "c <- a.b",
    "import a, b.c": "a <- a; b <- b",
    "from a.b import c": "c <- a.b.c",
    "from a import b as c, d": "c <- a.b; d <- a.d",
    "from a import (\n    b,\n)": "b <- a.b",
    "from a import *": "* <- a",
    "from . import b": "b <- ..b",
    "from ..a import b": "b <- ..a.b",
    # bindings
    "a = b = f()": "a = b = f()",
    "a, *b = c": "(a, *b) = c",
    "[a, (b, c.d)] = e": "[a, (b, c.d)] = e",
    "a.b[0] = c": "a.b[0] = c",
    "a: b = c": "a: b = c",
    "a: b": "a: b = -",
    "a.b: c[d] = e": "a.b: c[d] = e",
    "a += 1": "a __iadd__ 1",
    "a.b -= 1": "a.b __isub__ 1",
    "a[0] *= b": "a[0] __imul__ b",
    "a /= b": "a __itruediv__ b",
    "a //= b": "a __ifloordiv__ b",
    "a %= b": "a __imod__ b",
    "a **= b": "a __ipow__ b",
    "a @= b": "a __imatmul__ b",
    "a &= b": "a __iand__ b",
    "a |= b": "a __ior__ b",
    "a ^= b": "a __ixor__ b",
    "a <<= b": "a __ilshift__ b",
    "a >>= b": "a __irshift__ b",
    "del a": "del a",
    "del a, b[0], c.d": "del a, b[0], c.d",
    "del (a, b)": "del a, b",
    "global a, b": "global a, b",
    # simple statements
    "'doc'": "",
    "...": "",
    "pass": "",
    "f(x)": "f(x)",
    "a; b": "a; b",
    "assert a": "if a {} else {raise -}",
    "assert a, 'why'": "if a {} else {raise -}",
    "raise": "raise -",
    "raise E(x)": "raise E(x)",
    "raise E from x": "raise E",
    # blocks
    "y = f(a if b else c)": "if b {y = f(a)} else {y = f(c)}",
    "y = a if b else c if d else e": "if b {if d {y = a} else {y = a}} else {if d {y = c} else {y = e}}",
    "return_ = [a if b else c for b in d]": "return_ = Comprehension((a if b else c) for b in d)",
    "y = [b for b in (a if c else d)]": "y = Comprehension(b for b in (a if c else d))",
    "y = lambda: a if b else c": "y = Lambda() {return (a if b else c)}",
    "y = f(lambda: p if q else r, a if b else c)": (
        "if b {y = f(Lambda() {return (p if q else r)}, a)} else {y = f(Lambda() {return (p if q else r)}, c)}"
    ),
    "if a: b": "if a {b} else {}",
    "if a: b\nelse: c": "if a {b} else {c}",
    "if a: b\nelif c: d\nelse: e": "if a {b} else {if c {d} else {e}}",
    "while a:\n    b\n    break\nelse:\n    c": "while a {b; break} else {c}",
    "for a, b in c:\n    continue": "for (a, b) in c {continue} else {}",
    "for a in b: c\nelse: d": "for a in b {c} else {d}",
    "with a: b": "with a {b}",
    "with a as b: c": "with a as b {c}",
    "with a as b, c as (d, e): f": "with a as b {with c as (d, e) {f}}",
    "with (a as b, c): d": "with a as b {with c {d}}",
    "try: a\nexcept E: b": "try {a} except E {b} else {} finally {}",
    "try: a\nexcept (E, F) as g: b\nexcept: c\nelse: d\nfinally: e": (
        "try {a} except (E, F) as g {b} except - {c} else {d} finally {e}"
    ),
    "try: a\nfinally: b": "try {a} else {} finally {b}",
    "try: a\nexcept* E as g: b": "try {a} except E as g {b} else {} finally {}",
    # match
    "match a:\n    case 1: b": "(subject) = a; if (subject) == 1 {b} else {}",
    "match a:\n    case None: b": "(subject) = a; if (subject) is None {b} else {}",
    "match a:\n    case 1 | 2: b": "(subject) = a; if (subject) == 1 or (subject) == 2 {b} else {}",
    "match a:\n    case x if x > 1: b\n    case _: c": (
        "(subject) = a; if True and x > 1 {x = Opaque(); b} else {if True {c} else {}}"
    ),
    "match a:\n    case [p, *q]: b": "(subject) = a; if Opaque() {p = Opaque(); q = Opaque(); b} else {}",
    "match a:\n    case C(p, k=(1 | 2) as q): b": "(subject) = a; if Opaque() {p = Opaque(); q = Opaque(); b} else {}",
    "match a:\n    case {'k': v, **rest}: b": "(subject) = a; if Opaque() {rest = Opaque(); v = Opaque(); b} else {}",
    # definitions
    "def f(): a": "def f() {a}",
    "def f(a, /, b: T, *c, d=1, **e) -> R: return a": "def f(a, b: T, *c, keyword d=1, **e) {return a}",
    "def f(a, *, b: T = x): return": "def f(a, keyword b: T=x) {return -}",
    "@a\n@b.c(1)\ndef f(): 'doc'": "@a @b.c(1) def f() {}",
    "async def f():\n    async with a as b: await c\n    async for d in e: f": (
        "def f() {with a as b {c}; for d in e {f} else {}}"
    ),
    "def f():\n    global a\n    nonlocal b, c": "def f() {global a; nonlocal b, c}",
    "def f():\n    nonlocal a\n    yield a": "def* f() {nonlocal a; Yield(a)}",
    "def f():\n    x = yield\n    yield from x": "def* f() {x = Yield(-); Yield(from x)}",
    "def f():\n    def g(): yield\n    g()": "def f() {def* g() {Yield(-)}; g()}",
    "class A: a = 1": "class A() {a = 1}",
    "@a\nclass A(B, c.D):\n    'doc'\n    def f(self): pass": "@a class A(B, c.D) {def f(self) {}}",
}

AFTER_3_11 = {
    "def f[T](a: T): a": "def f(a: T) {a}",
    "class A[T](B): pass": "class A(B) {}",
    "type A = B": "",
}


def _show(node: object) -> str:
    """One line that tells everything in a node but its place."""
    if node is None:
        return "-"
    text = _SHOWN.get(type(node))
    assert text, type(node)
    return text(node)


def _shown(nodes: tuple[object, ...]) -> str:
    return ", ".join(_show(node) for node in nodes)


def _block(body: tuple[ir.Statement, ...]) -> str:
    return "; ".join(_show(statement) for statement in body)


def _slice(node: ir.Slice) -> str:
    shown = ["" if part is None else _show(part) for part in (node.lower, node.upper, node.step)]
    return f"{shown[0]}:{shown[1]}:{shown[2]}"


def _sequence(node: ir.Sequence) -> str:
    return f"[{_shown(node.items)}]" if node.mutable else f"({_shown(node.items)})"


def _assign(node: ir.Assign) -> str:
    left = " = ".join(_show(target) for target in node.targets)
    left += f": {_show(node.annotation)}" if node.annotation else ""
    return f"{left} = {_show(node.value)}"


def _loop(node: ir.Loop) -> str:
    head = f"while {_show(node.source)}" if node.target is None else f"for {_show(node.target)} in {_show(node.source)}"
    return f"{head} {{{_block(node.body)}}} else {{{_block(node.orelse)}}}"


def _with(node: ir.With) -> str:
    target = f" as {_show(node.target)}" if node.target else ""
    return f"with {_show(node.context)}{target} {{{_block(node.body)}}}"


def _try(node: ir.Try) -> str:
    handlers = "".join(
        f" except {_show(each.caught)}{f' as {each.name}' if each.name else ''} {{{_block(each.body)}}}"
        for each in node.handlers
    )
    orelse, final = _block(node.orelse), _block(node.final)
    return f"try {{{_block(node.body)}}}{handlers} else {{{orelse}}} finally {{{final}}}"


def _parameter(node: ir.Parameter) -> str:
    annotation = f": {_show(node.annotation)}" if node.annotation else ""
    star = "keyword " if node.keyword_only else node.star
    return f"{star}{node.name}{annotation}{f'={_show(node.default)}' if node.default else ''}"


def _decorated(node: ir.Function | ir.Class, text: str) -> str:
    return "".join(f"@{_show(each)} " for each in node.decorators) + text


def _function(node: ir.Function) -> str:
    return f"({', '.join(map(_parameter, node.parameters))}) {{{_block(node.body)}}}"


def _lambda(node: ir.Lambda) -> str:
    assert (node.function.name, node.function.decorators) == ("<lambda>", ())
    return f"Lambda{_function(node.function)}"


def _clause(node: ir.Clause) -> str:
    conditions = "".join(f" if {_show(condition)}" for condition in node.conditions)
    return f"for {_show(node.target)} in {_show(node.source)}{conditions}"


def _comprehension(node: ir.Comprehension) -> str:
    key = f"{_show(node.key)}: " if node.key else ""
    return f"Comprehension({key}{_show(node.element)} {' '.join(map(_show, node.clauses))})"


_SHOWN: dict[type[object], Callable[[Any], str]] = {
    ir.Name: lambda node: node.id,
    ir.Constant: lambda node: repr(node.value),
    ir.Attribute: lambda node: f"{_show(node.value)}.{node.attr}",
    ir.Subscript: lambda node: f"{_show(node.value)}[{_show(node.index)}]",
    ir.Slice: _slice,
    ir.Argument: lambda node: f"{node.star}{f'{node.name}=' if node.name else ''}{_show(node.value)}",
    ir.Call: lambda node: f"{_show(node.function)}({_shown(node.arguments)})",
    ir.Binary: lambda node: f"{node.method}({_show(node.left)}, {_show(node.right)})",
    ir.Unary: lambda node: f"{node.method}({_show(node.operand)})",
    ir.Comparison: lambda node: f"{_show(node.left)} {node.operator} {_show(node.right)}",
    ir.Not: lambda node: f"not {_show(node.operand)}",
    ir.Logical: lambda node: f"{_show(node.left)} {'and' if node.conjunction else 'or'} {_show(node.right)}",
    ir.Sequence: _sequence,
    ir.Mapping: lambda node: (
        "{" + ", ".join(f"{_show(k)}: {_show(v)}" for k, v in zip(node.keys, node.values, strict=True)) + "}"
    ),
    ir.Starred: lambda node: f"*{_show(node.value)}",
    ir.Walrus: lambda node: f"({_show(node.target)} := {_show(node.value)})",
    ir.Choice: lambda node: f"({_show(node.body)} if {_show(node.test)} else {_show(node.orelse)})",
    ir.Formatted: lambda node: f"Formatted({_shown(node.parts)})",
    ir.Yield: lambda node: f"Yield({'from ' if node.delegates else ''}{_show(node.value)})",
    ir.Opaque: lambda node: f"Opaque({_shown(node.parts)})",
    ir.Clause: _clause,
    ir.Comprehension: _comprehension,
    ir.Lambda: _lambda,
    ir.Import: lambda node: f"{node.bound} <- {node.origin}",
    ir.Assign: _assign,
    ir.Augmented: lambda node: f"{_show(node.target)} {node.method} {_show(node.value)}",
    ir.Evaluate: lambda node: _show(node.value),
    ir.Return: lambda node: f"{'raise' if node.raises else 'return'} {_show(node.value)}",
    ir.Jump: lambda node: "break" if node.breaks else "continue",
    ir.Delete: lambda node: f"del {_shown(node.targets)}",
    ir.Global: lambda node: f"{'nonlocal' if node.encloses else 'global'} {', '.join(node.names)}",
    ir.With: _with,
    ir.Branch: lambda node: f"if {_show(node.test)} {{{_block(node.body)}}} else {{{_block(node.orelse)}}}",
    ir.Loop: _loop,
    ir.Try: _try,
    ir.Function: lambda node: _decorated(node, f"def{'*' if node.generates else ''} {node.name}{_function(node)}"),
    ir.Class: lambda node: _decorated(node, f"class {node.name}({_shown(node.bases)}) {{{_block(node.body)}}}"),
}


def _program(text: str) -> ir.Body:
    return lower(ast.parse(text), text)


def _lowered(text: str) -> str:
    return _block(_program(text))


@pytest.mark.parametrize(("text", "shown"), EXPRESSIONS.items())
def test_expression(text: str, shown: str) -> None:
    assert _lowered(f"y = {text}\n") == f"y = {shown}"


@pytest.mark.parametrize(("text", "shown"), STATEMENTS.items())
def test_statement(text: str, shown: str) -> None:
    assert _lowered(f"{text}\n") == shown


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs the grammar of Python 3.12")
@pytest.mark.parametrize(("text", "shown"), AFTER_3_11.items())
def test_statement_of_newer_python(text: str, shown: str) -> None:
    assert _lowered(f"{text}\n") == shown


def test_every_kind_of_element_is_shown() -> None:
    concrete = {kind for kind in vars(ir).values() if isinstance(kind, type) and kind.__module__ == ir.__name__}
    # Handlers and parameters are shown as parts of the statement that they belong to.
    assert concrete - {ir.Expression, ir.Statement, ir.Prefix, ir.Handler, ir.Parameter} == set(_SHOWN)


def _only_function(text: str, name: str) -> ir.Function:
    """The one function of a name."""
    functions = [each for each in _elements(_program(text)) if isinstance(each, ir.Function)]
    (found,) = (function for function in functions if function.name == name)
    return found


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("def f(): pass", ""),
        ("def f(): a.b(c.d[e], g=h)", "a b c d e g h"),
        ("def f(): a.b = c", "a b c"),
        ("def f(): return [a.b for c in d if e]", "a b c d e"),
        ("def f(): return lambda x: x.a", "x a"),
        ("def f(): return f'{a.b}'", "a b"),
        ("def f():\n    def g(): return a\n    return g", "a g"),
        ("def f():\n    class A(B):\n        def g(self): self.a()", "B self a"),
        # What a definition evaluates is evaluated outside of the function.
        ("@a\ndef f(b=c, *, d: e = g): return b", "b"),
        ("a.b\ndef f(): c\nd", "c"),
        ("def g(): a\ndef f(): b", "b"),
    ],
)
def test_function_knows_what_it_mentions(text: str, mentions: str) -> None:
    assert _only_function(text, "f").mentions == frozenset(mentions.split())


def test_lambda_knows_what_it_mentions() -> None:
    assert _only_function("x = a + (lambda b=c: d.e(b)) + g", "<lambda>").mentions == {"d", "e", "b"}


@pytest.mark.parametrize(
    ("text", "assigns"),
    [
        ("def f(self): self.a = 1", "a"),
        ("def f(self): self.a = self.b = c.d = 1", "a b"),
        ("def f(self): self.a, (x, self.b) = c", "a"),
        ("def f(self): self.a += 1", "a"),
        ("def f(self): self.a: int = 1", "a"),
        ("def f(self):\n    if x:\n        self.a = 1\n    else:\n        self.b = 1", "a b"),
        ("def f(self):\n    def g(): self.a = 1", "a"),
        ("def f(self): self.a.b = 1", ""),
        ("def f(self): self.a[0] = 1", ""),
        ("def f(self): x = self.a", ""),
        ("def f(self): other.a = 1", ""),
        ("class A:\n    def g(self): self.a = 1\n    def f(self): self.b = 1", "b"),
    ],
)
def test_function_knows_what_of_self_it_assigns(text: str, assigns: str) -> None:
    assert _only_function(text, "f").assigns == frozenset(assigns.split())


@pytest.mark.parametrize(
    ("text", "concerns_us"),
    [
        ("def f(x): return x + 1", False),
        ("def f(self, x): return self.conv(x)", False),
        ("def f(x): return x.data", True),
        ("def f(x): x.zero_()", True),
        ("def f(x): x[0] = 1", True),
        ("def f(x): x += 1", False),
        ("def f(x): x += 1.0", True),
        ("def f(x, y): x += y", True),
        ("def f(x): return g(x, inplace=True)", True),
        ("def f(x): return lambda: x.detach()", True),
        ("def f(x):\n    def g(): x.backward()", True),
        ("def g(x): x.zero_()\ndef f(x): return x", False),
        ("def f(x): return x\nx.data", False),
    ],
)
def test_function_knows_whether_it_concerns_us(text: str, concerns_us: bool) -> None:
    assert _only_function(text, "f").concerns_us is concerns_us


@pytest.mark.parametrize(
    ("text", "generates", "nests"),
    [
        ("def f(): return a", False, False),
        ("def f(): yield a", True, False),
        ("def f(): return [x for x in y]", False, False),
        ("def f(): return lambda: (yield)", False, True),
        ("def f():\n    def g(): yield", False, True),
        ("def f():\n    class A:\n        def g(self): yield", False, True),
        ("def f():\n    yield\n    def g(): pass\n    yield", True, True),
        ("def g(): yield\ndef f(): pass", False, False),
        ("def g():\n    def h(): pass\ndef f(): pass", False, False),
        ("class A:\n    def g(self): pass\n    def f(self): pass", False, False),
    ],
)
def test_function_knows_whether_it_generates_and_nests(text: str, generates: bool, nests: bool) -> None:
    function = _only_function(text, "f")
    assert (function.generates, function.nests) == (generates, nests)


def test_place_is_the_node_that_an_element_came_from() -> None:
    text = "x.y(1).z[0] += a + b * c\nfor i in j: k = -m\n"
    places = {
        ast.get_source_segment(text, _place(element))
        for element in _elements(_program(text))
        if isinstance(element, (ir.Call, ir.Binary, ir.Augmented, ir.Unary, ir.Assign, ir.Attribute))
    }
    expected = {"x.y(1).z[0] += a + b * c", "x.y(1).z", "x.y(1)", "x.y", "a + b * c", "b * c", "k = -m", "-m"}
    assert places == expected


def test_every_place_is_in_the_tree_or_the_beginning_of_a_node() -> None:
    text = "\n".join([*STATEMENTS, *(f"y = {text}" for text in EXPRESSIONS), ""])
    tree = ast.parse(text)
    nodes = {id(node) for node in ast.walk(tree)}
    for element in _elements(lower(tree, text)):
        if not isinstance(element, (ir.Argument, ir.Clause, ir.Handler, ir.Parameter)):
            place: object = element.place  # type: ignore[attr-defined]
            assert id(place.whole if isinstance(place, ir.Prefix) else place) in nodes


def test_link_of_a_chain_keeps_its_own_place() -> None:
    text = "y = a + b - c\n"
    links = [element for element in _elements(_program(text)) if isinstance(element, ir.Binary)]
    shown = {link.method: ast.get_source_segment(text, _place(link)) for link in links}
    assert shown == {"__add__": "a + b", "__sub__": "a + b - c"}


def test_beginning_of_a_conjunction_has_a_place_of_its_own() -> None:
    links = [element for element in _elements(_program("y = a and b and c\n")) if isinstance(element, ir.Logical)]
    outer, inner = (link.place for link in links)
    assert isinstance(outer, ast.BoolOp)
    assert isinstance(inner, ir.Prefix)
    assert (inner.whole, inner.operands) == (outer, 2)


def _place(element: object) -> ast.AST:
    place: ast.AST = element.place  # type: ignore[attr-defined]
    return place


def _elements(root: object) -> Iterator[object]:
    pending = [root]
    while pending:
        element = pending.pop()
        if isinstance(element, tuple):
            pending += element
        elif type(element).__module__ == ir.__name__:
            yield element
            pending += [getattr(element, field.name) for field in fields(element) if field.name != "place"]  # type: ignore[arg-type]


#: Fields whose expressions are left out: they are not run, or only where the path ends or a value is shown.
_LEFT_OUT = {
    ast.Assert: ["msg"],
    ast.Raise: ["cause"],
    ast.ClassDef: ["keywords", "type_params"],
    ast.FunctionDef: ["returns", "type_params"],
    ast.AsyncFunctionDef: ["returns", "type_params"],
    ast.FormattedValue: ["format_spec"],
}


def _library() -> list[Path]:
    """Files of the standard library, where it has them: lib2to3 is gone from 3.13."""
    root = Path(json.__file__).parent.parent
    packages = [Path(module.__file__ or "").parent for module in (json, asyncio, email)]
    return sorted(path for package in [*packages, root / "lib2to3"] for path in package.glob("*.py"))


def _files() -> list[Path]:
    return [*_library(), *sorted(FIXTURES.rglob("*.py"))]


def _calls_left_out(tree: ast.Module) -> Counter[str]:
    found: Counter[str] = Counter()
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, left_out = pending.pop()
        if left_out and isinstance(node, ast.Call):
            found[_called(node.func)] += 1
        skipped: list[object] = []
        for field in _LEFT_OUT.get(type(node), []):
            value = getattr(node, field, None)
            skipped += value if isinstance(value, list) else [value]
        inside = ast.iter_child_nodes(node)
        pending += [(child, left_out or any(child is each for each in skipped)) for child in inside]
    return found


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _calls_written(tree: ast.Module) -> Counter[str]:
    return Counter(_called(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


def _calls_lowered(tree: ast.Module, text: str) -> Counter[str]:
    calls = [element.function for element in _elements(lower(tree, text)) if isinstance(element, ir.Call)]
    return Counter(
        func.attr if isinstance(func, ir.Attribute) else func.id if isinstance(func, ir.Name) else "" for func in calls
    )


@pytest.mark.long
def test_no_call_is_lost_or_invented() -> None:
    seen = 0
    for path in _files():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        lowered, written = _calls_lowered(tree, text), _calls_written(tree)
        # A statement with a conditional expression in it stands on both sides of a branch.
        assert lowered.keys() <= written.keys(), path
        assert written - lowered <= _calls_left_out(tree), path
        seen += lowered.total()
    assert seen > 8_000


@pytest.mark.parametrize(
    "text",
    [
        "@f(1)\ndef g(): pass",
        "def g(a=f(1)): pass",
        "def g(a: f(1)): pass",
        "@f(1)\nclass A: pass",
        "class A(f(1)): pass",
        "x: f(1) = 2",
        "x[f(1)] = 2",
        "x.y[1:f(1)] += 2",
        "f(1).x = 2",
        "del x[f(1)]",
        "with f(1): pass",
        "with x as y[f(1)]: pass",
        "for x[f(1)] in y: pass",
        "try: pass\nexcept f(1): pass",
        "match f(1):\n    case 1: pass",
        "match x:\n    case 1 if f(1): pass",
        "if x: pass\nelif f(1): pass",
        "x = [y for y in z if f(1)]",
        "x = [y for w in z for y in f(1)]",
        "x = {f(1): y for y in z}",
        "x = {**f(1)}",
        "x = f'{f(1)}'",
        "x = a < b < f(1)",
        "x = y if z else f(1)",
        "x = not f(1)",
        "x = (yield f(1))",
        "assert f(1)",
        "raise f(1)",
        "x = lambda: f(1)",
        "x = lambda y=f(1): y",
        "x = lambda *, y=f(1): y",
        "def g(*, a=f(1)): pass",
        "x = (yield from f(1))",
        "x = f'{f(1)!r}'",
        "x = f'{f(1):>4}'",
        "x = 'a' f'{f(1)}'",
        "x = (y for y in z if f(1))",
        "x = {y: f(1) for y in z}",
        "x = [y for y in z for w in y if f(1)]",
    ],
)
def test_call_is_lowered_wherever_it_is_run(text: str) -> None:
    assert _calls_lowered(ast.parse(text), text) == Counter("f")
