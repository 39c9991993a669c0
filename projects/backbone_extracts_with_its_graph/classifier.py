from torch import nn

import backbones


class ImageClassifier(nn.Module):
    def __init__(self, backbone, n_classes):
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(backbone.width, n_classes)

    def forward(self, x):
        return self.fc(self.backbone.extract(x))


def create(name, n_classes, **kw):
    return ImageClassifier(getattr(backbones, name)(**kw), n_classes)
