"""The average before backward goes into the target network, whose forward ran under no_grad: nothing saved is touched."""

# claim: correct
import argparse

import torch

from trainer import BYOLTrainer

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--dim", type=int, default=18)
    ap.add_argument("--epochs", type=int, default=3)
    ap.add_argument("--lr", type=float, default=0.1)
    ap.add_argument("--momentum", type=float, default=0.9)
    args = ap.parse_args([])
    torch.manual_seed(0)
    base = torch.randn(3, 16, args.dim)
    learner = BYOLTrainer(args)
    learner.fit([(b + 0.1 * torch.randn_like(b), b + 0.1 * torch.randn_like(b)) for b in base])
