"""The similarities have their graph for the loss, and only the accuracy is measured under no_grad."""

# claim: correct
import torch
from torch import nn

from losses import InfoNCE
from utils import cosine_matrix, top1


class Tower(nn.Module):
    def __init__(self, d, out=12):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, 32), nn.SiLU(), nn.Linear(32, out))

    def forward(self, x):
        return self.net(x)


def main():
    torch.manual_seed(0)
    text, image = Tower(20), Tower(28)
    crit = InfoNCE()
    opt = torch.optim.AdamW([*text.parameters(), *image.parameters(), *crit.parameters()], lr=1e-2)
    mix_t, mix_i = torch.randn(6, 20), torch.randn(6, 28)
    for i in range(6):
        topic = torch.randn(24, 6)
        zt, zi = text(topic @ mix_t), image(topic @ mix_i)
        loss = crit(zt, zi)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(i, f"{loss.item():.3f}", "acc", top1(cosine_matrix(zt, zi)))
    return text


if __name__ == "__main__":
    text = main()
