"""Statements: each kind has a function that runs it on the paths which come to it."""

from flake8_gradsafe.interpreter.statements import branches, loops, simple, with_blocks

__all__ = ["branches", "loops", "simple", "with_blocks"]
