import torch.nn as nn


class PretrainedEncoder(nn.Module):
    def __init__(self, d_in=16, width=32):
        super().__init__()
        self.width = width
        self.layers = nn.Sequential(nn.Linear(d_in, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class Classifier(nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        self.fc = nn.Linear(encoder.width, classes)

    def forward(self, x):
        return self.fc(self.encoder(x))
