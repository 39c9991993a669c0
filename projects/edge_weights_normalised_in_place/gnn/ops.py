import torch


def scatter_sum(src, index, n):
    out = src.new_zeros((n,) + src.shape[1:])
    return out.index_add(0, index, src)


def add_self_loops(edge_index, n):
    loop = torch.arange(n)
    return torch.cat([edge_index, torch.stack([loop, loop])], dim=1)


def normalize_edges(weight, dst, n):
    """Divide each edge weight by the sum over its target node."""
    denom = scatter_sum(weight, dst, n)
    weight /= denom[dst] + 1e-9  # expect: GRD141
    return weight
