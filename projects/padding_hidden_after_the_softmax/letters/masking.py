import torch


def beyond(length, longest):
    return torch.arange(longest)[None] >= length[:, None]


def weigh(scores, length):
    weights = scores.softmax(-1)
    weights.masked_fill_(beyond(length, scores.size(-1)), 0.0)  # expect: GRD141
    return weights
