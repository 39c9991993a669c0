"""The node that is flagged for a place is what stands there in libcst's tree."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.flagging import findings
from flake8_gradsafe.flagging.visitor import Flag, flagged
from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.location import Locations
from flake8_gradsafe.syntax.lower import lower

FIXTURES = Path(__file__).parents[2] / "fixtures"

#: Texts with unusual white space.
TEXTS = {
    "crlf": "x = a.b()\r\nif y:\r\n\tz.w(\r\n 1)\r\n",
    "cr": "x = a.b()\rif y:\r\tz.w(\r 1)\r",
    "line ends by turns": "a\r\nb()\rc()\nd()\n",
    "tabs": "if x:\n\ty = é.b(ü)\n\tfor ü in é: ü.z()\n",
    "line separators": "y = '\u2028\x85\x1c'; a()\nb()\n",
    "no newline at the end": "x = a()",
    "cells": "#%% gradsafe: a cell of a notebook\nx = a()\n#%% gradsafe: a cell of a notebook\n\n\ny = b()\n",
}

#: Programs, each under its name.
PROGRAMS = r'''
#: wide characters
变量 = '😀'; a.b(变量, '😀').c()
x = {'é': a.b(), 'ü': 变量.c(
'😀')}
#: continuations
x = \
  a \
 .b \
 ()
if x and \
  y: z()
assert x, \
 y
#: blank lines and comments
# é


# x
a()  # é
  # y
class A:

    # c
    x = 1

    # d

    y = x()
    # e
#: parentheses
x = ((a))
y = ((a.b)).c
((a)) + ((b))
(((a + b)) * ((c)))
#: tuples
z = (((a), (b)))
w = ((), ((a)), (a,), ((a, b),))
x[(a[0],)]
x[((a, b))]
x[()]
z = (a, b), c
z = (a), (b)
#: indices
x[a[0],]
x[(a), (b)]
x[a:b, c]
x[a:b:c()]
x[:]
x[..., None, ::-1]
x[(a):(b)]
x[a:b,]
x[y:=1]
#: decorators
@a.b(c)
@(d)

# c
@e(
 f
)
# x

def f(x=(y()), *a, b: int=g(), **k): return x.z()
@q
class A(B, *C, k=M):
  @r()
  async def f(self): await self.x.y()
#: with
with (a as b, c() as d):
  e()
with a() as b, c as (d, f): g()
with ((a)), (b): h()
#: async
async def f():
  async with a as b: c()
  async for x in y: z()
  x = await a.b(await c)
  return [x async for x in y]
#: elif
if a: b()
elif c.d(): e()
elif f:
  g()
else:
  h()
if a: b
else:
  if c: d()
#: f-strings
y = f"{a.b.c()} {x.data.zero_()}"
y = f"""
{a.b()}
  {x.zero_()}
"""
y = f"é{b()}{x.zero_()!r:>{w()}}"
f"""é{
  b()} {b()}
 {b()}"""
#: strings side by side
y = (f"a{b()}"
   f"c{d()}")
y = f"{b()}" f"{b()}"
x = ("a"
 "b" # c
 "c").d()
"a" f"{b.c}" "d"
#: comparisons
a < b < c()
(a < b) < c
a in b
not a is not b
#: augmented
a += b
a.b[c] -= d()
(a.b) *= c
(a[0]) @= b
#: arguments
f(a, *b, c=d(), **e)
f(*a, b=c, *d)
f(**a)
f((yield))
f(f(a)(b), c.d(e).g)
#: generators
f(x for x in y)
f( x.a() for (x) in (y) if (z) )
f(((x) for x in y))
f((x for x in y), 1)
((x for x in y) for z in w)
#: comprehensions
[a(x) for x in y if b for z in (w)]
{a: b() for a, b in c}
{x for x in y}
[[a for a in b] for b in c]
#: stars
[*a, *b()]
{*a, b}
{**a, b: c()}
a, *b = c
(a, *b), *c = d
[*(a)]
for a, *b in c: d()
x = *a, b
#: conjunctions
x = a and b and c()
a and (b) and c or d and e
x = ((a) and b) and c
x = not (a or b or c)
assert (a) or b or c
(a) or (b) or (c)
#: conditionals
x = [(a) if (b) else (c), a if b else c if d else e, 1, 2]
#: match
match a.b():
  case 1: x()
  case (2 | 3) if y(): z()
  case None | True: pass
  case A(b, c=d): w()
  case [a, *b]: pass
  case (c): pass
  case {'a': d, **e}: pass
  case (
    1, 2): q()
#: lambdas
x = lambda a, *b, c=d(), **e: f(a)
x = lambda: (lambda: 1)
(lambda x: x)(1)
#: statements on a line
a(); b(); c = d()
if x: a(); b()
class A: x = 1; y = 2
for x in y: a(); b()
#: docstrings
"""é

"""; a()
def f():
  """x
y"""
  a()
#: try
try:
  a()
except (B, C) as d:
  e()
except F: g()
except: h()
else:
  i()
finally:
  j()
#: while
while a(): b()
else: c()
while (x := f()): break
#: walrus
if (n := f(1)): g(*n.a, **n.b())
(x := (y))
print((z := 1))
#: annotations
x: int = a()
y: T[a.b] = c
def f(x: 'T' = a(), y: (U) = b, *, z=c) -> d: pass
#: deletions
del a, b
del (a, b)
del (a), [b, c]
del a[0]
#: yields
def f():
 x = yield
 yield a()
 y = yield from b()
 yield (yield)
 return (yield c, d)
#: numbers
-1 + +2 - ~3
-x ** -y
1j + 0x_ff
-(1)
#: imports and names
import a.b as c, d
from . import x
from a import (b,
 c as d)
def f():
  global g, h
  def i():
    nonlocal j
'''

TEXTS |= dict(re.findall(r"^#: (.*)\n((?:(?!#: ).*\n)+)", PROGRAMS, re.MULTILINE))


def _places(root: object) -> Iterator[object]:
    """The places of a program's elements."""
    pending = [root]
    while pending:
        element = pending.pop()
        if isinstance(element, tuple):
            pending += element
        elif type(element).__module__ == ir.__name__:
            pending += [getattr(element, each.name) for each in fields(element) if each.name != "place"]  # type: ignore[arg-type]
            if hasattr(element, "place"):
                yield element.place


def _flags(text: str) -> tuple[cst.Module, list[tuple[object, Flag]]]:
    tree, module = ast.parse(text), cst.parse_module(text)
    places = list(_places(lower(tree, text)))
    flags = flagged(module, tree, text, places)
    return module, [(place, flags[id(place)]) for place in places]


def _read(place: object, code: str) -> ast.AST:
    """CPython's tree of the code of what is flagged for a place."""
    if isinstance(place, ast.stmt):
        code = re.sub(r"\Aelif\b", "if", dedent(code).strip())
        (read,) = ast.parse(code).body
        return read
    if isinstance(place, (ast.Slice, ast.Starred)):
        code = code.rstrip(", \n")
        expression = ast.parse(f"x[{code}, 0]", mode="eval").body
        assert isinstance(expression, ast.Subscript)
        assert isinstance(expression.slice, ast.Tuple)
        return expression.slice.elts[0]
    return ast.parse(f"(\n{code}\n)", mode="eval").body


def _spelled(place: object) -> str:
    if isinstance(place, ir.Prefix):
        place = ast.BoolOp(place.whole.op, place.whole.values[: place.operands])
    assert isinstance(place, ast.AST)
    return ast.unparse(place)


def _is_told_by_its_code(place: object, node: cst.CSTNode) -> bool:
    """Whether the code of a node can be read on its own, and is that of the place alone."""
    if isinstance(place, (ast.match_case, ast.pattern, ast.FormattedValue)):
        return False
    index = isinstance(place, ast.Tuple) and isinstance(node, cst.Subscript)
    text = isinstance(place, ast.Constant) and isinstance(node, (cst.FormattedString, cst.ConcatenatedString))
    return not index and not text


def _check_flag(module: cst.Module, where: Locations, place: object, flag: Flag) -> None:
    location, span = flag.location, where.span(place)
    if _is_told_by_its_code(place, flag.node):
        code = module.code_for_node(flag.node)
        assert ast.unparse(_read(place, code)) == _spelled(place), code
    if isinstance(place, ast.stmt):
        assert (location.line, location.column) == span.start
    if isinstance(place, (ast.Attribute, ast.BinOp, ast.Call, ast.Name, ast.Subscript)):
        assert (location.end_line, location.end_column) == span.end


def _check_flags(text: str) -> int:
    module, flags = _flags(text)
    where = Locations(Lines(module.code).lines)
    for place, flag in flags:
        _check_flag(module, where, place, flag)
    return len(flags)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_each_place_is_flagged_with_its_node(text: str) -> None:
    assert _check_flags(text) > 1


def test_each_place_of_the_fixtures_is_flagged_with_its_node() -> None:
    paths = sorted(FIXTURES.rglob("*.py"))[::8]
    assert sum(_check_flags(path.read_text(encoding="utf-8")) for path in paths) > 5_000


@pytest.mark.long
def test_each_reported_place_of_the_fixtures_is_flagged_with_its_node(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = 0

    def watched(module: cst.Module, tree: ast.Module, text: str, places: list[object]) -> dict[int, Flag]:
        nonlocal checked
        flags = flagged(module, tree, text, places)
        for place in places:
            checked += 1
            _check_flag(module, Locations(Lines(text).lines), place, flags[id(place)])
        return flags

    monkeypatch.setattr(findings, "flagged", watched)
    texts = (path.read_text(encoding="utf-8") for path in sorted(FIXTURES.rglob("*.py")))
    for text in texts:
        if "expect:" in text:
            check(text)
    assert checked > 3_000


def test_form_feeds_that_libcst_loses_move_no_flag() -> None:
    module, flags = _flags("\x0cx = a()\n\x0c\nif x:\n\x0c    b() and c and d()\n    e()\n")
    assert module.code == "x = a()\n\x0c\nif x:\n\x0c    b() and c and d()\n\x0c    e()\n"
    for place, flag in flags:
        assert ast.unparse(_read(place, module.code_for_node(flag.node))) == _spelled(place)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs the grammar of Python 3.12")
def test_newer_f_strings_have_places() -> None:
    assert _check_flags("y = f'{a(f'{b()}')} {c,}'\n") > 1


def _only_flag(text: str, place: ast.AST, tree: ast.Module) -> Flag:
    return flagged(cst.parse_module(text), tree, text, [place])[id(place)]


def test_index_of_several_items_is_flagged_with_its_subscript() -> None:
    text = "(x[a[0], 1], y)\n"
    tree = ast.parse(text)
    (index,) = (
        node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)
    )
    assert cst.Module(()).code_for_node(_only_flag(text, index, tree).node) == "x[a[0], 1]"


def test_what_libcst_has_no_node_of_its_kind_for_is_flagged_with_the_innermost() -> None:
    text = "x = f(a.b())\n"
    tree = ast.parse(text)
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args)
    place = ast.copy_location(ast.Yield(), call)
    assert cst.Module(()).code_for_node(_only_flag(text, place, tree).node) == "a.b()"


@pytest.mark.parametrize(
    "text",
    [
        f"y = {'f(' * 140}x.g(){')' * 140}\n",
        f"y = {'[' * 140}x.g(){']' * 140}\n",
        "if x: pass\n" + "elif x: pass\n" * 390 + "else: x.g()\n",
        "".join(f"{' ' * depth}if x:\n" for depth in range(98)) + " " * 98 + "x.g()\n",
    ],
    ids=["calls", "lists", "elifs", "blocks"],
)
def test_place_is_found_as_deep_as_a_program_may_nest(text: str) -> None:
    tree = ast.parse(text)
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    assert cst.Module(()).code_for_node(_only_flag(text, call, tree).node) == "x.g()"


def test_flag_knows_the_loops_around_it() -> None:
    text = "for a in b:\n  for c in d: pass\n  for e in f:\n    g()\n  while h: i()\nj()\n"
    _, flags = _flags(text)
    loops = {
        _spelled(place): [_spelled_target(loop) for loop in flag.loops]
        for place, flag in flags
        if isinstance(place, ast.Call)
    }
    assert loops == {"g()": ["a", "e"], "i()": ["a"], "j()": []}


def _spelled_target(loop: cst.For) -> str:
    return cst.Module(()).code_for_node(loop.target)


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("x.data.zero_()\n", (1, 0, 1, 14)),
        ("(x\n .data\n .zero_())\n", (3, 2, 3, 9)),
        ("f(\n x)\n", (1, 0, 2, 3)),
        ("s = '😀é'; x.data.zero_('é')\n", (1, 10, 1, 27)),
    ],
)
def test_method_call_is_located_on_the_line_of_its_name(text: str, location: tuple[int, int, int, int]) -> None:
    _, flags = _flags(text)
    (flag,) = (flag for place, flag in flags if isinstance(place, ast.Call))
    assert (flag.location.line, flag.location.column, flag.location.end_line, flag.location.end_column) == location


def test_what_is_no_place_is_refused() -> None:
    with pytest.raises(TypeError, match="not a place"):
        flagged(cst.parse_module("x\n"), ast.parse("x\n"), "x\n", ["x"])
