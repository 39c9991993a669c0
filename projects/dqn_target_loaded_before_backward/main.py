"""Between forward and backward only the target's copy is loaded, through which nothing goes backward."""

# claim: correct
import torch

from src.network import DuelingQ
from src.target import TargetNet
from src.train import td_step

torch.manual_seed(0)
online = DuelingQ(5, 3)
target = TargetNet(online)
opt = torch.optim.Adam(online.parameters(), lr=1e-2)
for i in range(4):
    batch = (
        torch.randn(20, 5),
        torch.randint(0, 3, (20,)),
        torch.randn(20),
        torch.randn(20, 5),
        (torch.rand(20) < 0.1).float(),
    )
    print(i, td_step(online, target, opt, batch))
