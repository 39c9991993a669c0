"""A record of every finding on a fixed corpus: what a refactoring must leave as it is, byte for byte."""
