"""Each episode replaces the head after the optimizer was made: no optimizer holds the new heads, and they stay as they
were drawn.
"""

# claim: prints "head moved by 0.0"
import argparse

import torch

import backbones  # noqa: F401
from episodes import adapt, evaluate, sample
from registry import create


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--backbone", default="conv4")
    ap.add_argument("--ways", type=int, default=5)
    ap.add_argument("--shots", type=int, default=3)
    args = ap.parse_args([])
    torch.manual_seed(0)
    model = create(args.backbone, ways=args.ways)
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)  # expect: GRD171
    for episode in range(3):
        model.reset_head(args.ways)
        fresh = model.head.weight.detach().clone()
        x, y = sample(args.ways, args.shots)
        loss = adapt(model, opt, x, y)
        print("head moved by", (model.head.weight - fresh).abs().max().item())
        print(episode, loss, evaluate(model, *sample(args.ways, args.shots)))


if __name__ == "__main__":
    main()
