"""The command `gradsafe`, run as its users run it.

`sarif-2.1.0.json` is the schema of SARIF 2.1.0, as the source distribution of sarif-om 1.0.4 carries it.
"""
