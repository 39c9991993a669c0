"""The training step is decorated as an evaluation, which runs it under no_grad: backward raises."""

# claim: raises "does not require grad"
import torch

from lab.decorators import counted, evaluation
from lab.folds import FoldNet


class Experiment:
    def __init__(self):
        self.net = FoldNet()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    @counted
    @evaluation
    def step(self, chain, angle):
        loss = (self.net(chain) - angle).abs().mean()
        self.opt.zero_grad()
        loss.backward()  # expect: GRD151  # raises here
        self.opt.step()
        return loss.item()

    @evaluation
    def error(self, chain, angle):
        return (self.net(chain) - angle).abs().mean().item()


torch.manual_seed(0)
lab = Experiment()
for _ in range(3):
    chain, angle = torch.randn(7, 6), torch.rand(7, 1)
    print(lab.step(chain, angle), lab.error(chain, angle))
print(Experiment.step.calls)
