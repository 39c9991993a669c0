"""The monitor's autograd.grad frees the graph that the training then goes backward through: it raises."""

# claim: raises "backward through the graph a second time"
import argparse

import torch

import models
from engine import train

parser = argparse.ArgumentParser()
parser.add_argument("--arch", default="AudioTagger", choices=["AudioTagger", "LinearTagger"])
parser.add_argument("--n-mels", type=int, default=20)
parser.add_argument("--n-tags", type=int, default=5)


def main():
    args = parser.parse_args([])
    torch.manual_seed(0)
    model = getattr(models, args.arch)(args.n_mels, args.n_tags)
    loader = [(torch.randn(8, args.n_mels, 32), (torch.randn(8, args.n_tags) > 0).float()) for _ in range(4)]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    print("loss", train(model, loader, optimizer, torch.nn.BCEWithLogitsLoss()))  # raises here


if __name__ == "__main__":
    main()
