import torch.nn as nn


class WaveCritic(nn.Sequential):
    def __init__(self, ch=12):
        super().__init__(
            nn.Conv1d(1, ch, 5, 2, 2), nn.LeakyReLU(0.2, inplace=True), nn.Flatten(), nn.Linear(ch * 16, 1)
        )


def update(critic, opt, real, fake, clip=0.05):
    """Wasserstein step with weight clipping."""
    loss = critic(fake.detach()).mean() - critic(real).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    for p in critic.parameters():
        p.data.clamp_(-clip, clip)
    return loss.item()
