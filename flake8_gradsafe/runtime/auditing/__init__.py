"""The guard: a training program is watched while it runs, for gradients that PyTorch itself does not know to be wrong."""
