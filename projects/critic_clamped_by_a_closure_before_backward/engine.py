import torch


def critic_round(critic, gen, opt, sample, cfg, constrain):
    for _ in range(cfg.n_critic):
        real = sample()
        fake = gen(torch.randn(real.size(0), cfg.latent)).detach()
        gap = critic(fake).mean() - critic(real).mean()
        constrain(critic)
        opt.zero_grad()
        gap.backward()
        opt.step()
    return -gap.item()


def generator_round(critic, gen, opt, cfg, n=64):
    loss = -critic(gen(torch.randn(n, cfg.latent))).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()
