from torch.nn.functional import softplus


def d_objective(disc, real, fake):
    return softplus(-disc(real)).mean() + softplus(disc(fake.detach())).mean()


def g_objective(disc, fake):
    return softplus(-disc(fake)).mean()
