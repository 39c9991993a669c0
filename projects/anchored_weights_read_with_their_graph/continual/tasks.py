import torch


def permuted_task(seed, steps, batch=20, sensors=10):
    order = torch.randperm(sensors, generator=torch.Generator().manual_seed(seed))
    for _ in range(steps):
        touch = torch.randn(batch, sensors)
        yield touch[:, order], (touch[:, 0] > 0).long() + (touch[:, 1] > 0).long()
