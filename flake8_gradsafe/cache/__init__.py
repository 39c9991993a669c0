"""Findings of earlier runs, kept for later ones by the command and by flake8."""
