"""The server generates the weights of each client in a graph of its own."""

# claim: correct
import torch

from client import *
from server import *

ROUNDS = 4


def run():
    torch.manual_seed(0)
    clients = make_clients(4)
    server = HyperServer(len(clients), 8, 3)
    opt = torch.optim.Adam(server.parameters(), lr=1e-2)
    for r in range(ROUNDS):
        opt.zero_grad()
        total = 0.0
        for c in clients:
            total += c.local_round(server.generate()[c.idx])
        opt.step()
        print("round", r, "mean loss", total / len(clients))
    return server


if __name__ == "__main__":
    server = run()
