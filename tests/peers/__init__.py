"""The linter on code that is known to be right: PyTorch itself, its tests, and the tests of packages that are built on it."""
