import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce


def discriminator_loss(disc, real, fake):
    on_real = disc(real)
    on_fake = disc(fake)
    return bce(on_real, torch.ones_like(on_real)) + bce(on_fake, torch.zeros_like(on_fake))


def generator_loss(disc, fake):
    on_fake = disc(fake)
    return bce(on_fake, torch.ones_like(on_fake))
