import torch


class TwoOptimizerAgent:
    """Holds a policy and a value network with an optimizer each."""

    def __init__(self, pi, v, lr_pi, lr_v):
        self.pi, self.v = pi, v
        self.opts = {
            "pi": torch.optim.SGD(pi.parameters(), lr=lr_pi),
            "v": torch.optim.SGD(v.parameters(), lr=lr_v),
        }

    def apply(self, which, loss, clear="v"):
        self.opts[clear].zero_grad()
        loss.backward()  # expect: GRD274
        self.opts[which].step()
        return loss.item()


def discounted(rewards, gamma):
    out, acc = [], torch.zeros_like(rewards[0])
    for r in reversed(rewards):
        acc = r + gamma * acc
        out.append(acc)
    return torch.stack(out[::-1])
