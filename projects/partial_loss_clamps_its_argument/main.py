"""The loss that partial() binds clamps the probabilities in place, and the network's sigmoid has saved them: backward
raises.
"""

# claim: raises "modified by an inplace operation"
from functools import partial

import torch

from risk.losses import focal
from risk.survival import HazardNet

LOSSES = {
    "soft": partial(focal, gamma=1.0, floor=1e-3),
    "hard": partial(focal, gamma=3.0, floor=1e-6),
}


def run(kind="soft", rounds=3):
    criterion = LOSSES[kind]
    net = HazardNet(covariates=7, intervals=5)
    opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for k in range(rounds):
        patients = torch.randn(30, 7)
        died = (torch.rand(30, 5) < 0.2).float()
        loss = criterion(net(patients), died)
        opt.zero_grad()
        loss.backward()  # raises here
        opt.step()
        print(kind, k, loss.item())
    return net


torch.manual_seed(0)
net = run()
