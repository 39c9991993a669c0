import torch
import torch.nn as nn
import torch.nn.functional as F


class Generator(nn.Module):
    def __init__(self, n_mels=10, ch=16, hop=4):
        super().__init__()
        self.pre = nn.Conv1d(n_mels, ch, 3, padding=1)
        self.up = nn.ConvTranspose1d(ch, ch, hop, stride=hop)
        self.post = nn.Conv1d(ch, 1, 7, padding=3)

    def forward(self, mel):
        x = F.leaky_relu(self.up(F.leaky_relu(self.pre(mel), 0.1)), 0.1)
        return torch.tanh(self.post(x))


class Critic(nn.Module):
    def __init__(self, ch=12):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(1, ch, 5, 2, 2), nn.Conv1d(ch, ch, 5, 2, 2)])
        self.score = nn.Conv1d(ch, 1, 3, padding=1)

    def forward(self, wav):
        feats = []
        for conv in self.convs:
            wav = F.leaky_relu(conv(wav), 0.2)
            feats.append(wav)
        return self.score(wav), feats
