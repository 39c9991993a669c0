"""Each part of the batch clears the gradients first, so the step follows the last of the four parts only."""

# claim: grad model.out.bias [0.0031, 0.0088, -0.0036, -0.0071, -0.0013]
import torch

ACCUM = 4


def big_batch():
    return torch.randint(0, 40, (16, 7)), torch.randint(0, 5, (16, 8))


def train(steps):
    from objective import micro_loss
    from seq2seq import Seq2Seq

    model = Seq2Seq()
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for step in range(steps):
        src, tgt = big_batch()
        total = 0.0
        for s, t in zip(src.chunk(ACCUM), tgt.chunk(ACCUM)):
            loss = micro_loss(model, opt, s, t, ACCUM)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        print(step, total)
    return model


if __name__ == "__main__":
    torch.manual_seed(0)
    model = train(1)
