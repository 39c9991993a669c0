"""A program of several modules: each has names of its own, and an import of one stands for what that module binds."""

from __future__ import annotations

from typing import NamedTuple

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.element import element


@element
class LinkedModule(ir.Statement):
    """Another module of the project, as far as the program uses it. It runs in a frame of its own, before what imports it."""

    name: str
    body: ir.Body


class ImportTarget(NamedTuple):
    """What an import binds: a linked module's name; `all_names` of it where that is "*"; the module itself where it is None."""

    module: str
    name: str | None
    all_names: frozenset[str] = frozenset()
