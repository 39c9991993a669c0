"""The evaluation runs under no_grad, and what it writes through NumPy are scores that no backward needs."""

# claim: correct
import torch

from engine import evaluate, train_one_epoch
from net import PatchNet


def fake_set(n):
    return [(torch.randn(8, 3, 16, 16), torch.randint(0, 6, (8,))) for _ in range(n)]


def main():
    torch.manual_seed(0)
    train_set, val_set = fake_set(2), fake_set(2)
    model = PatchNet()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(2):
        tl = train_one_epoch(model, train_set, opt)
        acc, vl = evaluate(model, val_set)
        print(f"{epoch}: train {tl:.3f} val {vl:.3f} acc {acc:.2f}")
    return model


if __name__ == "__main__":
    model = main()
