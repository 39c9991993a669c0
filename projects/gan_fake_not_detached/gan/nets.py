from torch import nn


class Generator(nn.Module):
    def __init__(self, nz=10, nx=16):
        super().__init__()
        self.l1 = nn.Linear(nz, 32)
        self.l2 = nn.Linear(32, nx)

    def forward(self, z):
        return self.l2(self.l1(z).relu()).tanh()


class Discriminator(nn.Module):
    def __init__(self, nx=16):
        super().__init__()
        self.l1 = nn.Linear(nx, 32)
        self.l2 = nn.Linear(32, 1)

    def forward(self, x):
        return self.l2(self.l1(x).relu()).squeeze(1)
