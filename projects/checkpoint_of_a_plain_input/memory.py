from torch.utils.checkpoint import checkpoint


def recomputed(block, x):
    return checkpoint(block, x, use_reentrant=True)  # expect: GRD155
