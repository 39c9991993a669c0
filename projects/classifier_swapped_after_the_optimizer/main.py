"""The classifier is replaced after the optimizer was made, which goes on with the old one: the new one is never
trained.
"""

# claim: prints "classifier moved by 0.0"
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "src"))

import torch
import torch.nn.functional as F

from transfer import SmallResNet, adapt_to


def loop(model, optimizer, classes, steps):
    model.train()
    for _ in range(steps):
        img, lab = torch.randn(6, 3, 16, 16), torch.randint(0, classes, (6,))
        optimizer.zero_grad()
        loss = F.cross_entropy(model(img), lab)
        loss.backward()
        optimizer.step()
    return loss.item()


def main():
    torch.manual_seed(0)
    model = SmallResNet(classes=10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # expect: GRD171
    print("pretext:", loop(model, optimizer, 10, 3))
    model = adapt_to(model, classes=4, bias_init=0.0)
    drawn = model.fc.weight.detach().clone()
    for g in optimizer.param_groups:
        g["lr"] = 3e-4
    print("target:", loop(model, optimizer, 4, 3))
    print("classifier moved by", (model.fc.weight - drawn).abs().max().item())
    return model


if __name__ == "__main__":
    model = main()
