import torch
import torch.nn.functional as F


def build_optimizer(model, lr):
    tables = [p for n, p in model.named_parameters() if n.startswith("embed")]
    rest = [p for n, p in model.named_parameters() if not n.startswith("embed")]
    return torch.optim.Adam([{"params": tables, "lr": 5 * lr}, {"params": rest}], lr=lr)


@torch.no_grad()
def project(model, radius=2.0):
    for table in model.embed:
        w = table.weight
        w.mul_((radius / (w.norm(dim=1, keepdim=True) + 1e-8)).clamp(max=1.0))


def train(model, loader, opt, accumulate=2):
    total = 0.0
    opt.zero_grad()
    for k, (x, y) in enumerate(loader, 1):
        loss = F.binary_cross_entropy_with_logits(model(x), y)
        (loss / accumulate).backward()
        total += loss.item()
        if k % accumulate == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            project(model)
            opt.zero_grad()
    return total / len(loader)
