import torch
import torch.nn as nn


def mlp(sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class TwoTower(nn.Module):
    def __init__(self, users, items, dim):
        super().__init__()
        self.embedding_user = nn.Embedding(users, dim)
        self.embedding_item = nn.Embedding(items, dim)
        self.tower_user = mlp([dim, 2 * dim, dim])
        self.tower_item = mlp([dim, 2 * dim, dim])
        self.mlp_score = mlp([2 * dim, dim, 1])

    def forward(self, u, i):
        a = self.tower_user(self.embedding_user(u))
        b = self.tower_item(self.embedding_item(i))
        return self.mlp_score(torch.cat([a, b], -1)).squeeze(-1)
