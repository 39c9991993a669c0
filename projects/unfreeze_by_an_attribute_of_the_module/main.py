"""The encoder is thawed by setting `requires_grad` on the module, which does not reach its parameters: it stays frozen
after the warm-up, and never gets a gradient.
"""

# claim: none-grad net.encoder.emb.weight, net.encoder.layer.linear1.weight
import torch
from torch.nn.functional import cross_entropy

from config import Cfg
from finetune import schedule
from model import SentenceClassifier


def fit(model, cfg, opt):
    for epoch in range(cfg.optim.epochs):
        schedule(epoch, model, cfg.optim)
        for _ in range(3):
            ids = torch.randint(0, cfg.vocab, (8, 6))
            y = torch.randint(0, cfg.labels, (8,))
            opt.zero_grad()
            loss = cross_entropy(model(ids), y)
            loss.backward()
            opt.step()
        print("epoch", epoch, loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    cfg = Cfg()
    net = SentenceClassifier(cfg)
    fit(net, cfg, torch.optim.AdamW(net.parameters(), lr=cfg.optim.lr))
