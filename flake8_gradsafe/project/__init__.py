"""The project around a file: where it begins, which of its files an import means, and a program linked of several of them."""
