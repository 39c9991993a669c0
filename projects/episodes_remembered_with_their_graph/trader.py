import torch
from torch import nn
from torch.distributions import Categorical

import ledger


class Trader:
    def __init__(self, signals, lr):
        self.policy = nn.Sequential(nn.Linear(signals, 10), nn.Tanh(), nn.Linear(10, len(POSITIONS)))
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=lr)
        self.memory = ledger.Ledger()

    def decide(self, tick):
        choice = Categorical(logits=self.policy(tick))
        k = choice.sample()
        self.memory.decision(choice.log_prob(k))
        return POSITIONS[k]

    def close_the_day(self):
        loss = self.memory.policy_loss()
        self.optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        self.optimizer.step()
        return loss.item()


POSITIONS = (-1.0, 0.0, 1.0)
