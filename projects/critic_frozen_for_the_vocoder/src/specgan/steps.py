import torch
import torch.nn.functional as F


def toggle(net, on):
    for p in net.parameters():
        p.requires_grad_(on)


def critic_step(critic, opt, real, fake):
    toggle(critic, True)
    r, _ = critic(real)
    f, _ = critic(fake.detach())
    loss = (r - 1).square().mean() + f.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def vocoder_step(critic, opt, real, fake):
    toggle(critic, False)
    score, feats = critic(fake)
    with torch.no_grad():
        _, wanted = critic(real)
    match = sum(F.l1_loss(a, b) for a, b in zip(feats, wanted))
    loss = (score - 1).square().mean() + 2.0 * match
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()
