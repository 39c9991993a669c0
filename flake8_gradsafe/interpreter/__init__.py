"""Runs a program on the model of autograd and tells what happened, as events. Speaks of no rule."""
