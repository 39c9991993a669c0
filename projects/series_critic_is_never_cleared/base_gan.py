import torch


class BaseGAN:
    def __init__(self, nets, lr):
        self.nets = nets
        self.optims = {k: torch.optim.Adam(n.parameters(), lr=lr, betas=(0.5, 0.9)) for k, n in nets.items()}
        self.main = "gen"

    def apply(self, loss, which):
        """Backward and update of one of the networks."""
        self.optims[self.main].zero_grad()
        loss.backward()  # expect: GRD274
        self.optims[which].step()
        return loss.item()

    def save(self):
        return {k: n.state_dict() for k, n in self.nets.items()}
