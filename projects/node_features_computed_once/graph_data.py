import torch


class Graph:
    def __init__(self, n=60, d=10, classes=3):
        self.x = torch.randn(n, d)
        a = (torch.randn(n, n) > 1.5).float()
        a = ((a + a.t() + torch.eye(n)) > 0).float()
        deg = a.sum(1).rsqrt()
        self.adj = deg[:, None] * a * deg[None]
        self.y = torch.randint(0, classes, (n,))
        self.h = None


def split(n, frac=0.7):
    perm = torch.randperm(n)
    k = int(frac * n)
    return perm[:k], perm[k:]


def prepare(graph, featurizer):
    """Attach input features to the graph."""
    graph.h = featurizer(graph.x)
    return graph
