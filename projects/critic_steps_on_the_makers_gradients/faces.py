from torch import nn


class Maker(nn.Module):
    def __init__(self, noise, dim):
        super().__init__()
        self.noise = noise
        self.fc1, self.fc2 = nn.Linear(noise, 12), nn.Linear(12, dim)

    def forward(self, z):
        return self.fc2(self.fc1(z).relu())


class Critic(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 12), nn.Linear(12, 1)

    def forward(self, x):
        return self.fc2(nn.functional.leaky_relu(self.fc1(x), 0.2))
