import torch


def chunks(n_chars, batch=6, length=65, bptt=8):
    stream = torch.randint(0, n_chars, (batch, length))
    for i in range(0, length - 1, bptt):
        yield stream[:, i : i + bptt], stream[:, i + 1 : i + 1 + bptt]
