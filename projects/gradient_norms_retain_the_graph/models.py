import torch
import torch.nn as nn


class ConvBlock(nn.Sequential):
    def __init__(self, c_in, c_out):
        super().__init__(nn.Conv1d(c_in, c_out, 3, padding=1), nn.BatchNorm1d(c_out), nn.ReLU(), nn.MaxPool1d(2))


class AudioTagger(nn.Module):
    def __init__(self, n_mels, n_tags):
        super().__init__()
        self.stack = nn.Sequential(ConvBlock(n_mels, 16), ConvBlock(16, 16))
        self.fc = nn.Linear(16, n_tags)

    def forward(self, mel):
        return self.fc(self.stack(mel).mean(-1))


class LinearTagger(nn.Module):
    def __init__(self, n_mels, n_tags):
        super().__init__()
        self.fc = nn.Linear(n_mels, n_tags)

    def forward(self, mel):
        return self.fc(mel.mean(-1))
