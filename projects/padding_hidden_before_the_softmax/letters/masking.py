import torch


def beyond(length, longest):
    return torch.arange(longest)[None] >= length[:, None]


def weigh(scores, length):
    scores.masked_fill_(beyond(length, scores.size(-1)), float("-inf"))
    return scores.softmax(-1)
