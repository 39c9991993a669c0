import torch
import torch.nn.functional as F


def play(maker, critic, reals):
    opts = {net: torch.optim.SGD(net.parameters(), lr=0.05) for net in (maker, critic)}
    for real in reals:
        z = torch.randn(len(real), maker.noise)
        for opt in opts.values():
            opt.zero_grad()
        lied = F.softplus(-critic(maker(z))).mean()
        lied.backward()
        opts[maker].step()
        caught = F.softplus(-critic(real)).mean() + F.softplus(critic(maker(z).detach())).mean()
        opts[critic].zero_grad()
        caught.backward()
        opts[critic].step()
        print(lied.item(), caught.item())
