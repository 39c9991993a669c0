"""Harmless `.data` writes: how each is recognised, what it is called, and its modern spelling."""
