"""The images are detached where the discriminator learns, and the generator's score keeps their graph."""

# claim: correct
import torch
from torch import nn

from hinge import HingeGAN


class Deconv(nn.Module):
    def __init__(self, nz):
        super().__init__()
        self.fc = nn.Linear(nz, 8 * 4 * 4)
        self.up = nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1)

    def forward(self, z):
        return self.up(self.fc(z).relu().view(-1, 8, 4, 4)).tanh()


def main():
    torch.manual_seed(0)
    disc = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(128, 1))
    gan = HingeGAN(Deconv(HingeGAN.nz), disc)
    for it in range(2):
        d, g = gan.step(torch.randn(8, 1, 8, 8).clamp(-1, 1))
        print(it, round(d, 3), round(g, 3))
    return gan


if __name__ == "__main__":
    gan = main()
