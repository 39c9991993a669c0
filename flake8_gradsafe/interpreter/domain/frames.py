"""Frames of names: the module's own, and what a frame keeps beside the names of the program."""

from __future__ import annotations

#: The frame of the module's own body.
MODULE_FRAME = 0

#: The name under which a frame keeps the frame around it, and one that tells that some names are bound elsewhere.
ENCLOSING = "(outer)"
REBINDS = "(rebinds)"

#: The name under which the frame of a class body keeps its class.
CLASS_BODY = "(class)"
