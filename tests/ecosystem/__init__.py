"""The linter on public packages: what it finds there, against what was found out about each finding."""
