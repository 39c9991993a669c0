import torch.nn.functional as F

from vocoder import update_critic


def feature_matching(a, b):
    return sum(F.l1_loss(x, y.detach()) for x, y in zip(a, b))


def train_batch(gen, critic, opt_g, opt_c, mel, wav):
    fake = gen(mel)
    loss_c = update_critic(critic, opt_c, wav, fake)
    score, feats = critic(fake)
    loss_g = (score - 1).pow(2).mean() + 2 * feature_matching(feats, critic(wav)[1]) + 10 * F.l1_loss(fake, wav)
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    return loss_g.item(), loss_c
