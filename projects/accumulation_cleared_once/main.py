"""The gradients are cleared once before the four parts of a batch, and clipped after the last backward: the step uses
the whole batch's.
"""

# claim: correct
import torch
from torch import nn


class Labeler(nn.Module):
    def __init__(self, vocab=30, labels=6, dim=16):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.conv = nn.Conv1d(dim, dim, 3, padding=1)
        self.out = nn.Linear(dim, labels)

    def forward(self, ids):
        h = self.conv(self.emb(ids).transpose(1, 2)).relu()
        return self.out(h.transpose(1, 2))


def main():
    from accumulate import accumulate

    torch.manual_seed(0)
    net = Labeler()
    opt = torch.optim.SGD(net.parameters(), lr=0.2)
    ce = nn.CrossEntropyLoss()
    for step in range(2):
        batch = torch.randint(0, 30, (16, 9)), torch.randint(0, 6, (16, 9))
        shown = accumulate(net, opt, batch, ce, parts=4)
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        print(step, shown, norm.item())
    return net


if __name__ == "__main__":
    net = main()
