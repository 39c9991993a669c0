"""The body that is being run, and what encloses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.syntax import program as ir


@dataclass(frozen=True, slots=True)
class Scope:
    """The body that is being run: its function's name, its class's bases by name, whether a module's forward runs it.

    `parameters` are those of the function through which the file was entered, where this is it. `differentiated`: a framework
    is known to run backward on what it returns. `alone`: the module whose forward it is holds no others. `owner` is the
    class's name, `body` what is run.
    """

    function: str = ""
    bases: tuple[str, ...] = ()
    in_forward: bool = False
    parameters: frozenset[str] = frozenset()
    differentiated: bool = False
    alone: bool = False
    owner: str = field(default="", compare=False)
    body: tuple[ir.Statement, ...] = field(default=(), compare=False)
