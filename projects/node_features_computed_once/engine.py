import torch
import torch.nn.functional as F


def train_epoch(model, graph, idx, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(graph)[idx], graph.y[idx])
    loss.backward()  # expect: GRD152
    optimizer.step()
    return loss.item()


@torch.no_grad()
def validate(model, graph, idx):
    model.eval()
    return (model(graph)[idx].argmax(1) == graph.y[idx]).float().mean().item()
