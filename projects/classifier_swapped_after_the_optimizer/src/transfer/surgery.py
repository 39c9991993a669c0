from torch import nn


def adapt_to(model, classes, bias_init=None):
    """Same trunk, new classifier."""
    model.fc = nn.Linear(model.fc.in_features, classes)
    nn.init.normal_(model.fc.weight, std=0.02)
    if bias_init is not None:
        nn.init.constant_(model.fc.bias, bias_init)
    return model
