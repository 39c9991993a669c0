"""What is noted of a module while it is lowered is what stands in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lower import lower_module
from flake8_gradsafe.syntax.module import Part
from flake8_gradsafe.syntax.nodes import Match

ROOT = Path(__file__).parents[2]
#: Of the fixtures and of our own code, every tenth.
PATHS = [*sorted((ROOT / "fixtures").rglob("*.py")), *sorted((ROOT / "flake8_gradsafe").rglob("*.py"))][::10]

EVERYTHING = """
import os.path, sys as system
from . import sibling
from .far import away as near

@decorated
def outer(a, b: Given = default, *c, d=1, **e) -> Returned:
    "A docstring."
    global counter, other
    x: Declared = f"{a:{width}} {b!r}" if flag else "text"
    x += [i for i in range(3) if i][-1]
    with opened(a) as f, shut(b) as g:
        f.write(lambda y, z=2: y.attribute)
    match a:
        case Kind(name=sub.pattern) | [1, *rest] if rest: use(rest)
        case {"key": value, **others}: others.method_(value)
        case _: pass
    class Inner(Base, metaclass=Meta):
        field = {**a, "k": b, **{1: 2}}
        async def method(self): self.kept = await (yield a); del self.gone
    while (n := next_of(a)) and n.grad or not n < 3 < b: assert a, message
    else: raise Wrong(a) from cause
    try: pass
    except* Oops as oops: print(oops, *c, sep=b"", **e)
    return {1, *c}, a @ b, -a, a[1:b, ...], (yield from a)
"""


def _parts(text: str) -> Iterator[tuple[ast.stmt, Part]]:
    """The leaves of a module, each with the node it comes from."""
    tree = ast.parse(text)
    for node, part in zip(tree.body, lower_module(tree, text).parts, strict=True):
        if isinstance(node, ast.ClassDef):
            yield from zip(node.body, part.parts, strict=True)
        else:
            yield node, part


@pytest.mark.parametrize("path", [None, *PATHS], ids=lambda path: path.stem if path else "everything")
def test_all_elements_are_noted(path: Path | None) -> None:
    text = EVERYTHING if path is None else path.read_text(encoding="utf-8")
    for node, part in _parts(text.replace("except*", "except")):
        inside, nodes = list(ast.walk(node)), part.nodes
        assert {each.id for each in nodes.names} == {each.id for each in inside if isinstance(each, ast.Name)}
        assert {each.attr for each in nodes.attributes} == {
            each.attr for each in inside if isinstance(each, ast.Attribute)
        }
        assert nodes.keywords == {each.arg for each in inside if isinstance(each, ast.keyword) and each.arg}
        constants = {each.value for each in inside if isinstance(each, ast.Constant)}
        assert set(nodes.strings) == {each for each in constants if isinstance(each, str)}
        for noted, kinds in (
            (nodes.calls, ast.Call),
            (nodes.lambdas, ast.Lambda),
            (nodes.parameters, ast.arg),
            (nodes.assigned, ast.Assign),
            (nodes.declared, ast.AnnAssign),
            (nodes.augmented, ast.AugAssign),
            (nodes.returns, ast.Return),
            (nodes.clauses, ast.comprehension),
            (nodes.loops, (ast.For, ast.AsyncFor)),
            (nodes.functions, (ast.FunctionDef, ast.AsyncFunctionDef)),
            (nodes.globals, (ast.Global, ast.Nonlocal)),
            (nodes.dicts, ast.Dict),
        ):
            assert len(noted) == sum(isinstance(each, kinds) for each in inside), kinds
        classes = [each for each in inside if isinstance(each, ast.ClassDef)]
        assert {each.name for each, _ in nodes.classes} | ({node.name} if node in classes else set()) == {
            each.name for each in classes
        }


def _only(text: str) -> Part:
    text = dedent(text)
    (part,) = lower_module(ast.parse(text), text).parts
    return part


def test_a_statement_that_was_split_is_known_as_it_was_written() -> None:
    part = _only("y = f(a if c else b)")
    (branch,) = part.statements
    whole = part.nodes.written[branch]
    assert isinstance(branch, ir.Branch)
    assert isinstance(whole, ir.Assign)
    assert isinstance(whole.value, ir.Call)
    assert isinstance(whole.value.arguments[0].value, ir.Choice)
    assert part.nodes.assigned == [whole]


def test_a_chain_of_conditions_that_is_a_statement_is_one_expression_as_it_was_written() -> None:
    part = _only("a and b or f()")
    whole = part.nodes.written[part.statements[0]]
    assert isinstance(whole, ir.Evaluate)
    assert isinstance(whole.value, ir.Logical)


def test_a_match_is_known_as_it_was_written() -> None:
    part = _only("""
        match x:
            case [a, *b]: f()
            case {"k": c}: g()
    """)
    whole = part.nodes.written[part.statements[-1]]
    assert isinstance(whole, Match)
    assert (whole.subject.id, whole.captured, len(whole.bodies)) == ("(subject)", ("a", "b", "c"), 2)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b, c.d as e", {"a", "e"}),
        ("from x import y, z as w", {"y", "w"}),
        ("for i, (j, *k) in x: l = m = i", {"i", "j", "k", "l", "m"}),
        ("if (a := b): c.d = e[f] = g", {"a"}),
        ("def f(a): b = 1", {"f"}),
        ("if a:\n    def f(b): c = 1\n    class C:\n        d = 1", {"f", "C"}),
        ("with a as b, c as d: e: int = 1", {"b", "d", "e"}),
    ],
)
def test_a_part_knows_what_it_binds(text: str, names: set[str]) -> None:
    assert _only(text).binds == names


def test_the_text_of_a_part_has_its_decorators_and_no_docstring() -> None:
    part = _only("""
        @decorated
        def f():
            '''Words that are
            no code.'''
            return 1  # so
    """)
    assert part.text == "@decorated\ndef f():\n    return 1  # so"
