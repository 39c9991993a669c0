"""Fixes are run: what a fixed program computes is held against what its author meant."""
