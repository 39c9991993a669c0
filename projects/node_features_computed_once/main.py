"""The trainable features of the nodes are computed once, and every epoch goes backward through their one graph: the
second raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from engine import train_epoch, validate
from graph_data import Graph, prepare, split
from model import GCN


def main():
    torch.manual_seed(0)
    graph = Graph()
    train_idx, val_idx = split(graph.x.size(0))
    model = GCN(10, 16, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    prepare(graph, model.featurizer)
    for epoch in range(5):
        loss = train_epoch(model, graph, train_idx, optimizer)  # raises here
        print(epoch, loss, validate(model, graph, val_idx))


if __name__ == "__main__":
    main()
