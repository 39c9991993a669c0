"""Transfer functions of the prefilter: what statements, expressions and calls do to points-to sets."""

from flake8_gradsafe.prefilter.transfer import blocks, calls, expressions, methods, statements

__all__ = ["blocks", "calls", "expressions", "methods", "statements"]
