"""The server generates the weights of every client in one graph, and each client goes backward through it: the second
raises.
"""

# claim: raises "backward through the graph a second time"
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
        personal = server.generate()
        total = 0.0
        for c in clients:
            total += c.local_round(personal[c.idx])  # raises here
        opt.step()
        print("round", r, "mean loss", total / len(clients))


if __name__ == "__main__":
    run()
