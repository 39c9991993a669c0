import torch.nn as nn
import torch.nn.functional as F


class Featurizer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.fc = nn.Linear(d_in, d_out)
        self.norm = nn.LayerNorm(d_out)

    def forward(self, x):
        return F.relu(self.norm(self.fc(x)))


class GCN(nn.Module):
    def __init__(self, d_in, hidden, classes):
        super().__init__()
        self.featurizer = Featurizer(d_in, hidden)
        self.w1 = nn.Linear(hidden, hidden)
        self.w2 = nn.Linear(hidden, classes)

    def forward(self, graph):
        h = F.relu(self.w1(graph.adj @ graph.h))
        return self.w2(graph.adj @ h)
