"""The trainer averages the teacher into the student between the student's forward and its backward, through .data: the
student's gradients are silently wrong.
"""

# claim: wrong-gradient run.student.body.0.weight
import argparse

import torch

from trainer import DistillTrainer

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dim", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.95)
    args = parser.parse_args([])
    torch.manual_seed(0)
    base = torch.randn(4, 16, args.dim)
    loader = [(b + 0.1 * torch.randn_like(b), b + 0.1 * torch.randn_like(b)) for b in base]
    run = DistillTrainer(args)
    run.fit(loader)
