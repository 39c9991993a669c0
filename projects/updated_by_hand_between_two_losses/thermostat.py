from torch import nn


class ComfortNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, room):
        return self.fc2(self.fc1(room).sin())


def losses(net, room):
    heating, paying = net(room), net(room)
    return (heating - room[:, :2]).pow(2).mean(), paying.exp().mean()
