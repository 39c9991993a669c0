"""Differential test of the model of autograd: random tensor programs, judged by PyTorch itself."""
