"""The factory's experts are kept in a plain list: the optimizer is not given them, and they stay as they were drawn."""

# claim: prints "experts moved by 0.0"
import torch

from forecast import build_model

CFG = {
    "model": {"class": "Mixture", "args": {"window": 24, "horizon": 6, "spec": ["conv", "linear", "linear"]}},
    "lr": 1e-2,
}


def series(n, length=30):
    phase = torch.rand(n, 1) * 6.28
    t = torch.arange(length).float()
    return torch.sin(0.4 * t + phase) + 0.1 * torch.randn(n, length)


torch.manual_seed(0)
model = build_model(CFG["model"])
before = model.experts[1].out.weight.detach().clone()
opt = torch.optim.Adam(model.parameters(), lr=CFG["lr"])
for step in range(6):
    s = series(16)
    pred = model(s[:, :24])
    loss = torch.nn.functional.huber_loss(pred, s[:, 24:])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, round(loss.item(), 4))
print("experts moved by", (model.experts[1].out.weight - before).abs().max().item())
