from contextlib import contextmanager

import torch


class ShadowWeights:
    def __init__(self, net, beta=0.95):
        self.net, self.beta = net, beta
        self.shadow = {k: v.detach().clone() for k, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self):
        for k, v in self.net.state_dict().items():
            self.shadow[k].lerp_(v, 1 - self.beta)

    @contextmanager
    def applied(self):
        keep = {k: v.detach().clone() for k, v in self.net.state_dict().items()}
        self.net.load_state_dict(self.shadow)
        try:
            yield self.net
        finally:
            self.net.load_state_dict(keep)
