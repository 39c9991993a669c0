"""The state is detached after backward, and its reset in place meets only what the finished graph had saved."""

# claim: correct
import torch

from src.train import run


def make_stream(n, batch=5, length=12, features=3):
    chunks = [torch.randn(batch, length, features) for _ in range(n)]
    return chunks, [torch.randn(batch) > 1 for _ in range(n)]


if __name__ == "__main__":
    torch.manual_seed(0)
    model = run(*make_stream(6))
