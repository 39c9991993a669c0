from torch import nn


class StarNet(nn.Module):
    def __init__(self, lines):
        super().__init__()
        self.mix = nn.Linear(lines, lines)

    def forward(self, light):
        return self.mix(light).exp()
