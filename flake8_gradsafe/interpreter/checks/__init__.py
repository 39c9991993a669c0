"""Checks that need more than one call: at the end of a path, or once the file has been run."""
