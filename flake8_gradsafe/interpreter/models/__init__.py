"""Models of library calls, one file for each area of PyTorch, NumPy and Python."""
