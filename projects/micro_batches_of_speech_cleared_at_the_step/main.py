"""The gradients of four micro-batches are accumulated, and cleared after the step."""

# claim: correct
import torch

from acoustic import CTCModel
from config import Train
from passes import forward_backward, validation_loss


def main(cfg=Train()):
    torch.manual_seed(0)
    data = [
        (torch.randn(cfg.micro_batch, 40, cfg.feats), torch.randint(1, cfg.vocab, (cfg.micro_batch, 6)))
        for _ in range(8)
    ]
    model = CTCModel(cfg.feats, cfg.vocab)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        running = 0.0
        for k, (feats, labels) in enumerate(data, 1):
            running += forward_backward(model, feats, labels, 1 / cfg.accumulate)
            if k % cfg.accumulate == 0:
                optimizer.step()
                optimizer.zero_grad()
                print(f"epoch {epoch} update {k // cfg.accumulate} loss {running:.4f}")
                running = 0.0
    print("val", validation_loss(model, *data[0]))
    return model


if __name__ == "__main__":
    acoustic = main()
