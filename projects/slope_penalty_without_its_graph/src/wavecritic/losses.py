from . import penalties


def critic_loss(critic, real, fake, weight):
    gap = critic(fake).mean() - critic(real).mean()
    return gap + weight * penalties.slope(critic, real, fake)
