import torch
import torch.nn as nn
import torch.nn.functional as F

from . import ops


class GATLayer(nn.Module):
    def __init__(self, d_in, d_out, heads=2):
        super().__init__()
        self.heads, self.d = heads, d_out
        self.proj = nn.Linear(d_in, heads * d_out, bias=False)
        self.att_src = nn.Parameter(torch.randn(heads, d_out) * 0.1)
        self.att_dst = nn.Parameter(torch.randn(heads, d_out) * 0.1)

    def forward(self, x, edge_index):
        n = x.size(0)
        src, dst = edge_index
        h = self.proj(x).view(n, self.heads, self.d)
        logit = (h * self.att_src).sum(-1)[src] + (h * self.att_dst).sum(-1)[dst]
        alpha = torch.exp(F.leaky_relu(logit, 0.2))
        alpha = ops.normalize_edges(alpha, dst, n)
        return ops.scatter_sum(h[src] * alpha.unsqueeze(-1), dst, n).flatten(1)


class GAT(nn.Module):
    def __init__(self, d_in, hidden, classes):
        super().__init__()
        self.l1 = GATLayer(d_in, hidden)
        self.l2 = GATLayer(2 * hidden, classes)

    def forward(self, x, edge_index):
        edge_index = ops.add_self_loops(edge_index, x.size(0))
        return self.l2(F.elu(self.l1(x, edge_index)), edge_index)
