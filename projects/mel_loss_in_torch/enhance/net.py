from torch import nn


class WaveNetLite(nn.Module):
    def __init__(self, ch=8, depth=3):
        super().__init__()
        self.first = nn.Conv1d(1, ch, 1)
        self.gates = nn.ModuleList(nn.Conv1d(ch, 2 * ch, 3, padding=2**i, dilation=2**i) for i in range(depth))
        self.last = nn.Conv1d(ch, 1, 1)

    def forward(self, wav):
        h = self.first(wav.unsqueeze(1))
        for g in self.gates:
            a, b = g(h).chunk(2, dim=1)
            h = h + a.tanh() * b.sigmoid()
        return self.last(h).squeeze(1)
