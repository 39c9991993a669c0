import torch


class Team:
    def __init__(self, **nets):
        self.nets = nets
        self.opts = {k: torch.optim.Adam(n.parameters(), lr=1e-2) for k, n in nets.items()}

    def losses(self, song):
        return {
            "high": (self.nets["high"](song) - song.clamp(min=0)).pow(2).mean(),
            "low": (self.nets["low"](song) - song.clamp(max=0)).pow(2).mean(),
        }

    def rehearse(self, song):
        losses = self.losses(song)
        for name, loss in losses.items():
            self.opts[name].zero_grad()
            loss.backward()
            self.opts[name].step()
        return {k: v.item() for k, v in losses.items()}
