from torch import nn


class HazardNet(nn.Module):
    """The chance of an event in each interval."""

    def __init__(self, covariates, intervals):
        super().__init__()
        self.lin1 = nn.Linear(covariates, 14)
        self.lin2 = nn.Linear(14, intervals)

    def forward(self, x):
        return self.lin2(nn.functional.softplus(self.lin1(x))).sigmoid()
