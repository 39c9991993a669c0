import torch


def recall_at_k(scores, target, k=10):
    top = scores.topk(k, dim=1).indices
    return (top == target[:, None]).any(1).float().mean().item()


@torch.no_grad()
def project_rows(table, radius):
    """Keep the rows of an embedding table inside a ball."""
    norm = table.norm(dim=1, keepdim=True)
    table.mul_((radius / (norm + 1e-8)).clamp(max=1.0))  # expect: GRD244


def batches(users, items, size):
    for i in range(0, len(users), size):
        yield users[i : i + size], items[i : i + size]
