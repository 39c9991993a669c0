import copy

import torch


class BaseAgent:
    def __init__(self):
        self.optimizers = {}

    def add_network(self, name, module, lr):
        setattr(self, name, module)
        setattr(self, name + "_target", copy.deepcopy(module).requires_grad_(False))
        self.optimizers[name] = torch.optim.Adam(module.parameters(), lr=lr)

    def losses(self, batch):
        raise NotImplementedError

    def learn(self, batch):
        terms = self.losses(batch)
        for name, loss in terms.items():
            self.optimizers[name].zero_grad()
            loss.backward()
            self.optimizers[name].step()  # expect: GRD144
        self.sync()
        return {k: v.item() for k, v in terms.items()}

    @torch.no_grad()
    def sync(self, tau=0.05):
        for name in self.optimizers:
            pairs = zip(getattr(self, name + "_target").parameters(), getattr(self, name).parameters())
            for slow, fast in pairs:
                slow.lerp_(fast, tau)
