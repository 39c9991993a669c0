"""Other spellings of a program's mended statements, all of which mean the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flake8_gradsafe import Finding


@dataclass(frozen=True)
class Statement:
    """A simple statement on lines of its own, in its program: the lines above and below, its indentation, and its text."""

    above: str
    indent: str
    text: str
    below: str
    node: ast.stmt

    def put(self, *lines: str) -> str:
        """The program with other lines in the statement's place, each at its indentation."""
        return self.above + "".join(f"{self.indent}{line}\n" for line in lines) + self.below

    @property
    def call(self) -> ast.Call | None:
        """The method's call that the statement is, if it is one."""
        value = self.node.value if isinstance(self.node, ast.Expr) else None
        return value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else None

    @property
    def written(self) -> str:
        """The name that the statement writes, empty if it is no plain name."""
        if isinstance(self.node, ast.AugAssign):
            given: ast.expr = self.node.target
        elif self.call is not None and isinstance(self.call.func, ast.Attribute):
            given = self.call.func.value
        else:
            return ""
        return given.id if isinstance(given, ast.Name) else ""


def spelled(text: str, finding: Finding) -> Iterator[tuple[str, str]]:
    """A program with its finding's statement spelled in other ways, and what each way is called."""
    statement = _statement(text, finding.line)
    if statement is None:
        return
    for name, spelling in SPELLINGS.items():
        for made in spelling(statement):
            try:
                ast.parse(made)
            except SyntaxError:
                continue
            if made != text:
                yield name, made


def _statement(text: str, line: int) -> Statement | None:
    lines = text.splitlines(keepends=True)
    nodes = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Expr, ast.AugAssign, ast.Assign, ast.Return))
    ]
    for node in nodes:
        end = node.end_lineno or node.lineno
        if not node.lineno <= line <= end:
            continue
        before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
        after = lines[end - 1].encode()[node.end_col_offset or 0 :].decode()
        if before.strip() or (after.strip() and not after.strip().startswith("#")):
            return None
        source = ast.get_source_segment(text, node) or ""
        return Statement("".join(lines[: node.lineno - 1]), before, source, "".join(lines[end:]), node)
    return None


def _indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _head_and_body(text: str) -> tuple[str, str]:
    """What stands above the first statement that is no import, with it out of the way of functions, and the rest."""
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    first = next(
        (
            node
            for node in tree.body
            if not isinstance(node, (ast.Import, ast.ImportFrom))
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ),
        None,
    )
    at = (
        0 if first is None else min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", []))]) - 1
    )
    return "".join(lines[:at]), "".join(lines[at:])


def _joined_with_the_one_above(it: Statement) -> Iterator[str]:
    above = it.above.splitlines(keepends=True)
    if (
        above
        and above[-1].startswith(it.indent)
        and above[-1].strip()[-1:] not in {":", "", ",", "("}
        and "#" not in above[-1]
    ):
        last = above[-1].rstrip("\n")
        if last[len(it.indent) :].lstrip() == last[len(it.indent) :]:
            yield "".join(above[:-1]) + f"{last}; {it.text}\n{it.below}"


def _joined_with_the_one_below(it: Statement) -> Iterator[str]:
    below = it.below.splitlines(keepends=True)
    if below and below[0].startswith(it.indent) and below[0][len(it.indent) :][:1].strip():
        yield it.above + f"{it.indent}{it.text} ; {below[0][len(it.indent) :]}" + "".join(below[1:])


def _joined_with_harmless_ones(it: Statement) -> Iterator[str]:
    yield it.put(f"pass; {it.text}")
    yield it.put(f"{it.text}; print('done')")
    yield it.put(f"{it.text};")
    yield it.put(f"pass ;{it.text} ;pass;")


def _in_one_line_suites(it: Statement) -> Iterator[str]:
    yield it.put("import contextlib", f"with contextlib.nullcontext(): {it.text}")
    yield it.put(f"if True: {it.text}")
    yield it.put(f"if True: pass; {it.text}; pass")
    yield it.put(f"for _ in range(1): {it.text}")
    yield it.put("if False: pass", f"else: {it.text}")
    yield it.put(f"try: {it.text}", "finally: pass")


def _in_blocks(it: Statement) -> Iterator[str]:
    yield it.put("if True:", *(f"    {line}" for line in it.text.splitlines()))
    yield it.put("for _ in range(1):", *(f"    {line}" for line in it.text.splitlines()))


def _in_brackets(it: Statement) -> Iterator[str]:
    if it.call is not None and isinstance(it.call.func, ast.Attribute):
        yield it.put(f"({it.text})")
        receiver = ast.unparse(it.call.func.value)
        yield it.put(it.text.replace(receiver, f"({receiver})", 1))
        yield it.put(it.text.replace(receiver, f"(({receiver} ))", 1))
        yield it.put("(", f"    {it.text}  # the write", ")")
    if isinstance(it.node, ast.AugAssign):
        target = ast.unparse(it.node.target)
        yield it.put(it.text.replace(target, f"({target})", 1))


def _oddly_spaced(it: Statement) -> Iterator[str]:
    if it.call is not None and isinstance(it.call.func, ast.Attribute) and it.text.endswith(")"):
        name = f".{it.call.func.attr}("
        yield it.put(it.text.replace(name, f" . {it.call.func.attr} ( ", 1))
        yield it.put(*it.text.replace(name, f" \\\n        .{it.call.func.attr}(", 1).splitlines())
        yield it.put(*it.text.replace(name, f"{name}\n        ", 1).splitlines())
        yield it.put(*it.text.replace(name, f"{name}  # opened\n", 1).splitlines())
    if isinstance(it.node, ast.AugAssign):
        operator = next((each for each in ("+=", "-=", "*=", "/=", "**=") if f" {each} " in it.text), None)
        if operator is not None:
            yield it.put(it.text.replace(f" {operator} ", f"   {operator}  ", 1))
            yield it.put(it.text.replace(f" {operator} ", operator, 1))
            yield it.put(*it.text.replace(f" {operator} ", f" {operator} \\\n        ", 1).splitlines())


def _commented(it: Statement) -> Iterator[str]:
    yield it.put(f"{it.text}  # in place; it saves memory")


def _with_its_value_used(it: Statement) -> Iterator[str]:
    if it.call is None:
        return
    text = it.text
    yield it.put(f"result = {text}", "print(result.sum())")
    yield it.put(f"result = other = {text}", "print(result.sum(), other.sum())")
    yield it.put(f"(result := {text})", "print(result.sum())")
    yield it.put(f"print({text}.sum())")
    yield it.put(f"total = {text}.sum() + 1", "print(total)")
    yield it.put(f"total = 0.0; total += {text}.sum()")
    yield it.put(f"results = [{text}, 1]", "print(results[0].sum())")
    yield it.put(f"results = dict(a={text})")
    yield it.put(f"{text}, 1")
    yield it.put(f"[{text}]")
    yield it.put(f"{text} if True else None")
    yield it.put(f"True and {text}")
    yield it.put(f"if {text} is not None: pass")
    yield it.put(f"assert {text} is not None")
    yield it.put(f"(lambda: {text})()")
    yield it.put(f"write = lambda: {text}", "write()")
    yield it.put(f"[{text} for _ in range(1)]")
    yield it.put(f"for _ in [{text}]: pass")
    yield it.put(f"result: object = {text}", "print(result)")
    yield it.put(f"f'{{{text}}}'")
    if it.written:
        yield it.put(f"{it.written} = {text}")
        yield it.put(f"{it.written}, size = {text}, 1")
        yield it.put(f"result = {it.written} = {text}")
        yield it.put(f"{it.written} = {text}; print({it.written}.sum())")


def _through_other_holders(it: Statement) -> Iterator[str]:
    name = it.written
    if not name or name == "self":
        return

    def with_(other: str) -> str:
        return other + it.text[len(name) :]

    if not it.text.startswith(name):
        return
    yield it.put(f"alias = {name}", with_("alias"))
    yield it.put(f"alias = {name}", it.text, "print(alias.sum())")
    yield it.put(f"alias = {name}", it.text, f"{name} = {name} + alias")
    yield it.put(f"holder = [{name}]", with_("holder[0]"))
    yield it.put(f"holder = [{name}]", it.text, f"{name} = {name} + holder[0]")
    yield it.put(f"holder = {{'a': {name}}}", with_("holder['a']"), f"{name} = holder['a']")
    yield it.put("import types", f"holder = types.SimpleNamespace(h={name})", with_("holder.h"))
    yield it.put(f"for each in [{name}]:", f"    {with_('each')}")
    yield it.put(f"for each in [{name}]: {with_('each')}")
    yield it.put(f"holder = [{name}]", f"for each in holder: {with_('each')}", f"{name} = holder[0]")
    yield it.put(f"holder = [{name}]", "i = 0", with_("holder[i]"), f"{name} = holder[0]")
    yield it.put(f"view = {name}[:1]", it.text, f"{name} = {name} + view")
    yield it.put(f"view = {name}.view_as({name})", with_("view"))
    yield it.put("def write(tensor):", f"    {with_('tensor')}", f"write({name})")
    yield it.put("def write(tensor):", f"    {with_('tensor')}", "    return tensor", f"write({name})")
    yield it.put("def write(tensor):", f"    {with_('tensor')}", "    return tensor", f"{name} = write({name})")
    yield it.put("def write(tensor):", f"    {with_('tensor')}", f"for each in [{name}]: write(each)")
    yield it.put("def write(tensor):", f"    {with_('tensor')}", f"list(map(write, [{name}]))")
    if it.call is not None:
        yield it.put("def write(tensor):", f"    return {with_('tensor')}", f"write({name})")
        yield it.put("def write(tensor):", f"    return {with_('tensor')}", f"{name} = write({name})")
        yield it.put("def write(tensor):", f"    return {with_('tensor')}", f"result = write({name})")
        yield it.put(f"write = lambda tensor: {with_('tensor')}", f"write({name})")
        yield it.put(
            "class Writer:", "    def write(self, tensor):", f"        {with_('tensor')}", f"Writer().write({name})"
        )
        yield it.put(
            "class Writer:",
            "    def __call__(self, tensor):",
            f"        {with_('tensor')}",
            "write = Writer()",
            f"write({name})",
        )


def _in_a_function(it: Statement) -> Iterator[str]:
    if it.indent:
        return
    head, body = _head_and_body(it.put(*it.text.splitlines()))
    yield f"{head}\n\ndef program():\n{_indented(body)}    return locals()\n\n\nresult = program()\n"
    yield f"{head}\n\nfor _ in range(2):\n{_indented(body)}"
    head, body = _head_and_body(it.put(f"pass; {it.text}"))
    yield f"{head}\n\ndef program():\n{_indented(body)}    return locals()\n\n\nresult = program()\n"


def _repeated(it: Statement) -> Iterator[str]:
    yield it.put(it.text, it.text)
    yield it.put(f"{it.text}; {it.text}")
    yield it.put("for _ in range(2):", f"    {it.text}")
    yield it.put("for _ in range(2): " + it.text)
    yield it.put("rounds = 0", "while rounds < 2:", f"    {it.text}; rounds += 1")


SPELLINGS: dict[str, Callable[[Statement], Iterator[str]]] = {
    "joined with the one above": _joined_with_the_one_above,
    "joined with the one below": _joined_with_the_one_below,
    "joined with harmless ones": _joined_with_harmless_ones,
    "in one-line suites": _in_one_line_suites,
    "in blocks": _in_blocks,
    "in brackets": _in_brackets,
    "oddly spaced": _oddly_spaced,
    "commented": _commented,
    "with its value used": _with_its_value_used,
    "through other holders": _through_other_holders,
    "in a function": _in_a_function,
    "repeated": _repeated,
}
