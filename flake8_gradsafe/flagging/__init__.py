"""Reported places in libcst's tree: where they stand, and what the text calls them."""
