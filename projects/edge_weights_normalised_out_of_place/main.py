"""The edge weights are divided out of place: exp's output stays as it was saved."""

# claim: correct
import argparse

import torch
import torch.nn.functional as F

from gnn import GAT


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--nodes", type=int, default=50)
    p.add_argument("--epochs", type=int, default=3)
    p.add_argument("--lr", type=float, default=5e-3)
    return p.parse_args([])


def main():
    args = get_args()
    torch.manual_seed(0)
    x = torch.randn(args.nodes, 12)
    edge_index = torch.randint(0, args.nodes, (2, 200))
    y = torch.randint(0, 4, (args.nodes,))
    model = GAT(12, 8, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        out = model(x, edge_index)
        loss = F.cross_entropy(out[:, :4] + out[:, 4:], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(epoch, loss.item())
    return model


if __name__ == "__main__":
    model = main()
