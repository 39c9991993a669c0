"""Expressions: each kind has a function that evaluates it on a state."""

from flake8_gradsafe.interpreter.expressions import attributes, calls, comprehensions, displays, names, operators

__all__ = ["attributes", "calls", "comprehensions", "displays", "names", "operators"]
