"""Paths: how conditions split them, when they are joined, and what of a state can still be reached."""
